"""The page at `/`: GraphiQL from this machine alone, with the example documents in its tabs.

It has no rights of its own: it asks the API as any client does.
"""

from pathlib import Path
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

_OWN: Final = Path(__file__).parent
_VENDOR: Final = _OWN / "vendor"
_FILES: Final = {
    path.name: path
    for path in (
        _OWN / "console.js",
        _OWN / "console.css",
        _VENDOR / "graphiql.min.js",
        _VENDOR / "graphiql.min.css",
        _VENDOR / "react.production.min.js",
        _VENDOR / "react-dom.production.min.js",
    )
}
# The editor styles itself by attributes and carries its fonts as data; nothing comes from outside.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src data:; img-src 'self' data:; connect-src 'self'; base-uri 'self'; "
    "frame-ancestors 'none'; form-action 'none'"
)
_HEADERS: Final = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}


def page_routes(documents: Path) -> list[BaseRoute]:
    """The page, its files, and the `*.graphql` examples of a folder."""

    async def examples(_: Request) -> Response:
        return Response(orjson.dumps(read_examples(documents)), media_type="application/json")

    return [
        Route("/", _page, methods=["GET"]),
        Route("/graphiql/documents.json", examples, methods=["GET"]),
        Route("/graphiql/{name}", _file, methods=["GET"]),
    ]


def read_examples(documents: Path) -> list[dict[str, Any]]:
    """Each document with the variables of the `.json` file beside it, by file name."""
    return [
        {"name": path.stem, "query": path.read_text(), "variables": _variables(path)}
        for path in sorted(documents.glob("*.graphql"))
    ]


def _variables(document: Path) -> str | None:
    beside = document.with_suffix(".json")
    return beside.read_text() if beside.exists() else None


async def _page(_: Request) -> Response:
    return FileResponse(_OWN / "index.html", headers=_HEADERS)


async def _file(request: Request) -> Response:
    path = _FILES.get(request.path_params["name"])
    if path is None:
        return Response("There is no such file.", 404, media_type="text/plain")
    return FileResponse(path, headers=_HEADERS)
