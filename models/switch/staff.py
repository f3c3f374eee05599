"""Mails to whoever can look after switches: of each kind one an hour at most.

What is worth a mail is decided by its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from models.mail.email import Email, MailDraft
from models.money.reader import Reader

PERMISSION = "switches:write"

_STAFF = """
SELECT id, email FROM staff
 WHERE status = 'ACTIVE' AND (role = 'ADMIN' OR $1 = ANY (permissions))
"""


async def tell_staff(connection: Reader, template: str, facts: Mapping[str, Any]) -> None:
    """Queue a mail to each of them, in the open transaction, unless this hour had one."""
    hour = f"{datetime.now(UTC):%Y-%m-%dT%H}"
    await Email.queue(
        [
            MailDraft(
                template=template,
                event=f"{template.replace('_', '-')}/{hour}/{row['id']}",
                to=row["email"],
                facts=facts,
            )
            for row in await connection.fetch(_STAFF, PERMISSION)
        ]
    )
