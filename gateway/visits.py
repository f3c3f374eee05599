"""Who asks, and from where: what one request or connection is to everything behind it.

Who a token belongs to is a question to the tables.
"""

import re
import uuid
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from gateway.auth import Viewers
from gateway.graphql.refused import RequestRefused
from models.rules.viewer import Viewer
from schema.context import Caller
from schema.refusals import Code, Refusal

PREFLIGHT_HEADER: Final = "graphql-require-preflight"
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, for all operations of one request or connection.

    vouched: it came with credentials or a header that no web page sends unasked.
    """

    viewer: Viewer | None
    request_id: str
    caller: Caller
    vouched: bool

    @property
    def spender(self) -> str:
        """Whose points are spent: the principal's, or the stranger's address's."""
        return self.caller.address if self.viewer is None else str(self.viewer.principal_id)


def stranger(connection: HTTPConnection) -> Visit:
    """The visit before anybody's credentials were looked at."""
    headers = connection.headers
    address = "" if connection.client is None else connection.client.host
    return Visit(
        viewer=None,
        request_id=_request_id(headers),
        caller=Caller(address, headers.get("user-agent", "")),
        vouched=PREFLIGHT_HEADER in headers,
    )


async def recognised(visit: Visit, token: str | None, viewers: Viewers) -> Visit:
    """The visit of the viewer behind the token. Raises RequestRefused, 401, for a bad one."""
    if token is None:
        return visit
    viewer = await viewers.of(token)
    if viewer is None:
        raise unauthenticated("The token is unknown or has ended; sign in again.")
    return replace(visit, viewer=viewer, vouched=True)


def bearer(authorization: str | None) -> str | None:
    """The token of an Authorization header. Raises RequestRefused, 401, for any other scheme."""
    if authorization is None:
        return None
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthenticated("Authorization has to be `Bearer <token>`.")
    return token.strip()


def unauthenticated(message: str) -> RequestRefused:
    """A refusal that every media type gets as 401."""
    error = Refusal(Code.UNAUTHENTICATED, message)
    return RequestRefused([error], HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": "Bearer"})


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
