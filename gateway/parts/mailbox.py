"""The mail catcher's process.

It needs no database and no Temporal; mails lie in the data directory.
"""

from __future__ import annotations

import asyncio
import logging

from gateway.embedded.mail_store import MailStore
from gateway.embedded.mailbox import HOST, Catcher, page_application, smtp_server
from gateway.parts.options import Options
from gateway.serving import TellingServer, server_config
from gateway.settings import part_settings

_log = logging.getLogger(__name__)


def run(options: Options) -> int:
    """Catch mails until told to stop."""
    store = MailStore(part_settings().data_dir / "mails")
    asyncio.run(_catch(store, options))
    return 0


async def _catch(store: MailStore, options: Options) -> None:
    async with smtp_server(Catcher(store), options.smtp_port) as port:
        _log.info("catching mails", extra={"smtp": f"smtp://{HOST}:{port}"})
        page = server_config(page_application(store), HOST, options.page_port)
        await TellingServer(page, options.readiness).serve()
