"""The page at `/set-password`: it hands the token of its link and a new password to the API.

It knows no rule of passwords and keeps nothing; the API's refusals are shown as they are.
"""

from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

_OWN: Final = Path(__file__).parent
_FILES: Final = frozenset({"set-password.js", "set-password.css"})
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    # The link's token stands in the page's address: no other site and no cache may see it.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def password_routes() -> list[BaseRoute]:
    """The page and its two files."""
    return [
        Route("/set-password", _page, methods=["GET"]),
        Route("/set-password/{name}", _file, methods=["GET"]),
    ]


async def _page(_: Request) -> Response:
    return FileResponse(_OWN / "set-password.html", headers=_HEADERS)


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _FILES:
        return Response("There is no such file.", 404, media_type="text/plain")
    return FileResponse(_OWN / name, headers=_HEADERS)
