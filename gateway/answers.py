"""What routes beside GraphQL share: the visit behind a request, and refusals as JSON.

The bodies of refusals have the shape of GraphQL errors, so that a client reads one form.
"""

from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gateway.auth import Viewers
from gateway.departure import Departed
from gateway.graphql.faults import as_refusal, told
from gateway.graphql.refused import RequestRefused
from gateway.visits import Visit, bearer, recognised, stranger, unauthenticated
from models.rules.viewer import Viewer
from schema.refusals import Code

_FAULT = 500
_GONE = Response(status_code=499)  # nobody reads it: the client left
Answering = Callable[[Request, Viewer], Awaitable[Response]]


def _sent(request: Request) -> str | None:
    return bearer(request.headers.get("authorization"))


class SignedInRoute:
    """A route for whoever comes with a token; every refusal and fault becomes JSON.

    token: where it stands in the request; in the Authorization header unless said otherwise.
    """

    def __init__(
        self, viewers: Viewers, answering: Answering, token: Callable[[Request], str | None] = _sent
    ) -> None:
        self._viewers = viewers
        self._answering = answering
        self._token = token

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        visit = stranger(request)
        try:
            response = await self._answering(request, await self._viewer(request, visit))
        except (ClientDisconnect, Departed):
            return _GONE
        except Exception as fault:  # noqa: BLE001 - the border of this route
            response = _refusal(fault, visit.request_id)
        response.headers["X-Request-Id"] = visit.request_id
        return response

    async def _viewer(self, request: Request, visit: Visit) -> Viewer:
        viewer = (await recognised(visit, self._token(request), self._viewers)).viewer
        if viewer is None:
            raise unauthenticated("Sign in first.")
        return viewer


def _refusal(fault: Exception, request_id: str) -> Response:
    refusal = fault
    if not isinstance(refusal, RequestRefused):
        refusal = RequestRefused([as_refusal(fault, request_id)])
    status = int(refusal.precise_status)
    if (refusal.errors[0].extensions or {}).get("code") == Code.INTERNAL_SERVER_ERROR:
        status = _FAULT
    body = orjson.dumps({"errors": told(refusal.errors, request_id, suggesting=False)})
    return Response(body, status, refusal.headers, media_type="application/json")
