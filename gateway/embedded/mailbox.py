"""A mail catcher: takes every mail by SMTP, shows it on a page, lists it as JSON.

It delivers nothing to anybody. For trying out and for tests; bound to this machine only.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from gateway.embedded.mail_store import Mail, MailStore

HOST = "127.0.0.1"
MAIL_BYTES = 25_000_000
PAGE = 200  # mails on the page; the JSON list has all
# A mail's HTML comes from outside: it may look like something and do nothing.
NO_SCRIPT = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


class Catcher:
    """What aiosmtpd asks about every mail."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take it and say so."""
        del server, session
        content = envelope.original_content or b""
        mail = self._store.keep(envelope.mail_from or "", list(envelope.rcpt_tos), content)
        return f"250 kept as {mail.id}"


@asynccontextmanager
async def smtp_server(catcher: Any, port: int) -> AsyncIterator[int]:
    """Listen for mails; gives the port, which is a free one for 0."""
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        return SMTP(
            catcher,
            data_size_limit=MAIL_BYTES,
            enable_SMTPUTF8=True,
            hostname="localhost",
            ident="Trunkline mail catcher",
            loop=loop,
        )

    server = await loop.create_server(connection, HOST, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def page_application(store: MailStore) -> Starlette:
    """The page, a page a mail, and the JSON list."""
    return Starlette(
        routes=[
            Route("/", _on(store, _page)),
            Route("/messages/{id}", _on(store, _one)),
            Route("/messages/{id}/html", _on(store, _html)),
            Route("/messages/{id}/source", _on(store, _source)),
            Route("/messages/{id}/attachments/{index:int}", _on(store, _attachment)),
            Route("/api/messages", _on(store, _json_list)),
            Route("/api/messages/{id}", _on(store, _json_one)),
        ],
        # Links to set a password lie here: no other site's page may read them by a name of its own.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
    )


def _on(
    store: MailStore, answer: Callable[[MailStore, Request], Response]
) -> Callable[[Request], Any]:
    async def respond(request: Request) -> Response:
        return answer(store, request)

    return respond


def _page(store: MailStore, request: Request) -> Response:
    mails = store.newest_first(request.query_params.get("to"))
    return _rendered("mailbox.html", mails=mails[:PAGE], total=len(mails))


def _one(store: MailStore, request: Request) -> Response:
    mail = _asked(store, request)
    shown = {"html": store.html(mail) is not None, "attachments": store.attachments(mail)}
    return _rendered("mail.html", mail=mail, **shown)


def _html(store: MailStore, request: Request) -> Response:
    html = store.html(_asked(store, request)) or ""
    return HTMLResponse(html, headers={"Content-Security-Policy": NO_SCRIPT})


def _source(store: MailStore, request: Request) -> Response:
    return Response(store.raw(_asked(store, request)), media_type="text/plain; charset=utf-8")


def _attachment(store: MailStore, request: Request) -> Response:
    files = store.attachments(_asked(store, request))
    index = int(request.path_params["index"])
    if index >= len(files):
        raise HTTPException(404)
    named = {"Content-Disposition": f'attachment; filename="file-{index}"'}
    return Response(files[index].content, media_type=files[index].media_type, headers=named)


def _json_list(store: MailStore, request: Request) -> Response:
    mails = store.newest_first(request.query_params.get("to"))
    return JSONResponse([_json(mail) for mail in mails])


def _json_one(store: MailStore, request: Request) -> Response:
    mail = _asked(store, request)
    files = [
        {"name": file.name, "mediaType": file.media_type, "bytes": len(file.content)}
        for file in store.attachments(mail)
    ]
    return JSONResponse({**_json(mail), "html": store.html(mail), "attachments": files})


def _json(mail: Mail) -> dict[str, object]:
    return {
        "id": mail.id,
        "receivedAt": mail.received_at,
        "from": mail.sender,
        "to": list(mail.recipients),
        "subject": mail.subject,
        "messageId": mail.message_id,
        "text": mail.text,
    }


def _asked(store: MailStore, request: Request) -> Mail:
    mail = store.one(str(request.path_params["id"]))
    if mail is None:
        raise HTTPException(404)
    return mail


def _rendered(name: str, **values: object) -> Response:
    return HTMLResponse(TEMPLATES.get_template(name).render(**values))


TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("pages")), autoescape=True, auto_reload=False
)
