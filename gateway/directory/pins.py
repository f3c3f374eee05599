"""PINs that callers type: `POST /pin` finds an account, `POST /voicemail-pin` sets a mailbox's.

Both are for nodes alone, and guessing is slow.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qsl
from uuid import UUID

import orjson
from starlette.requests import Request

from gateway.directory.database import Database
from gateway.directory.door import JSON, Outcome, body_of
from models.rules.pin import PIN_LONGEST
from models.rules.sip_secret import MAILBOX_PIN, realm_violation, username_violation
from models.switch.mailbox import account_of_pin, set_mailbox_pin
from models.switch.node import NodeLogin

LONGEST_BODY = 1024  # bytes; three short values
WRONG_A_MINUTE = 30  # of one node: callers mistype, a guesser needs 10^6 and more
MINUTE_SECONDS = 60.0

_MALFORMED = Outcome.said(
    HTTPStatus.BAD_REQUEST, "malformed", {"error": "Post the values as JSON or as a form."}
)


class Pins:
    """Answers PINs, and remembers how many wrong ones each node sent within a minute."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._wrong: dict[UUID, deque[float]] = {}

    async def account(self, request: Request, node: NodeLogin) -> Outcome:
        """`{pin}` → the account that may call with it. Raises Away."""
        values = await _values(request)
        pin = values.get("pin", "")
        if not pin.isdecimal() or not pin.isascii() or len(pin) > PIN_LONGEST:
            return _MALFORMED
        wait = self._wait_seconds(node)
        if wait > 0:
            answer = {"error": "Too many wrong PINs from this switch; wait."}
            body, headers = orjson.dumps(answer), {"Retry-After": str(int(wait) + 1)}
            return Outcome(HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", body, JSON, headers)
        found = await self._database.read(lambda connection: account_of_pin(connection, pin))
        if found is None:
            self._wrong.setdefault(node.id, deque()).append(self._clock())
            answer = {"error": "No account has this PIN."}
            return Outcome.said(HTTPStatus.NOT_FOUND, "not_found", answer)
        answer = {"account_id": str(found.id), "account": found.number}
        return Outcome.said(HTTPStatus.OK, "found", answer, account=found.number)

    async def mailbox(self, request: Request, _node: NodeLogin) -> Outcome:
        """`{user, domain, pin}` sets the six digits of the user's mailbox. Raises Away."""
        values = await _values(request)
        user, realm, pin = (values.get(name, "") for name in ("user", "domain", "pin"))
        speakable = username_violation(user) is None and realm_violation(realm) is None
        if not speakable or not MAILBOX_PIN.fullmatch(pin):
            return _MALFORMED
        about = {"user": user, "realm": realm}
        changed = await self._database.read(
            lambda connection: set_mailbox_pin(connection, realm, user, pin)
        )
        if not changed:
            answer = {"error": "There is no such mailbox."}
            return Outcome.said(HTTPStatus.NOT_FOUND, "not_found", answer, **about)
        return Outcome.said(HTTPStatus.OK, "changed", {"status": "changed"}, **about)

    def _wait_seconds(self, node: NodeLogin) -> float:
        wrong = self._wrong.get(node.id)
        while wrong and self._clock() - wrong[0] > MINUTE_SECONDS:
            wrong.popleft()
        if not wrong or len(wrong) < WRONG_A_MINUTE:
            return 0
        return wrong[0] + MINUTE_SECONDS - self._clock()


async def _values(request: Request) -> dict[str, str]:
    """The posted values that are texts; none when the body can not be read."""
    body = await body_of(request, LONGEST_BODY)
    try:
        text = (body or b"").decode()
        given = orjson.loads(text) if text.startswith("{") else dict(parse_qsl(text))
    except ValueError:
        return {}
    return {str(name): value for name, value in given.items() if isinstance(value, str)}
