"""GET /downloads/<link>: files for whoever the link was signed for, whole or in ranges.

What kinds of link there are, and what lies behind one, is handed in.
"""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import obstore
from obstore.store import ObjectStore
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from gateway.graphql.refused import RequestRefused, bad_request
from models import links
from models.links import Link
from models.rules.viewer import Viewer

PIECE_BYTES: Final = 1 << 20
# Of one range; the rest of RFC 9110, 14 may be answered with the whole file. No file is longer than
# 18 digits say, and thousands of them are no number to Python.
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class File:
    """What a link leads to. read: its bytes from one position up to, not including, another."""

    name: str
    media_type: str
    size: int
    tag: str
    read: Callable[[int, int], AsyncGenerator[bytes]]


Opener = Callable[[Link, Viewer], Awaitable[File | None]]
"""Finds the file of a link for a viewer; None when it is not there for them (any more)."""


class Downloads:
    """Serves links; each kind has its opener."""

    def __init__(self, openers: Mapping[str, Opener]) -> None:
        self._openers = openers

    async def send(self, request: Request, viewer: Viewer) -> Response:
        """The file, or the range asked for. Raises RequestRefused, 404, whatever is wrong."""
        link = links.opened(request.path_params["link"])
        opener = None if link is None else self._openers.get(link.kind)
        file = None if link is None or opener is None else await opener(link, viewer)
        if file is None:
            raise _nothing()
        return sent(request, file)


async def stored_file(store: ObjectStore, key: str, name: str, media_type: str) -> File | None:
    """A file that lies in storage; None when it does not any more."""
    try:
        meta = await obstore.head_async(store, key)
    except FileNotFoundError:
        return None

    async def read(start: int, end: int) -> AsyncGenerator[bytes]:
        wanted = await obstore.get_async(store, key, options={"range": (start, end)})
        async for piece in wanted.stream(min_chunk_size=PIECE_BYTES):
            yield bytes(piece)

    return File(name, media_type, meta["size"], meta["e_tag"] or "", read)


def held_file(content: bytes, name: str, media_type: str) -> File:
    """A file made on the spot, such as a PDF."""

    async def read(start: int, end: int) -> AsyncGenerator[bytes]:
        yield content[start:end]

    return File(name, media_type, len(content), f'"{sha256(content).hexdigest()[:32]}"', read)


def sent(request: Request, file: File) -> Response:
    """The file, or the range asked for. Raises RequestRefused, 416."""
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "Content-Disposition": _disposition(file.name),
        "ETag": file.tag,
        "X-Content-Type-Options": "nosniff",
    }
    start, end, status = 0, file.size, HTTPStatus.OK
    if "range" in request.headers and request.headers.get("if-range", file.tag) == file.tag:
        wanted = _wanted(request.headers["range"], file.size)
        if wanted is not None:
            start, end, status = *wanted, HTTPStatus.PARTIAL_CONTENT
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD" or start == end:
        return Response(status_code=status, headers=headers, media_type=file.media_type)
    return StreamingResponse(file.read(start, end), status, headers, file.media_type)


def _wanted(header: str, size: int) -> tuple[int, int] | None:
    """From and up to; None for what may be ignored. Raises RequestRefused, 416, beyond the end."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return None  # several ranges at once, or another unit: the whole file is a valid answer
    first, last = found.groups()
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last) + 1, size) if first and last else size
    if start >= size or end <= start:
        unit = {"Content-Range": f"bytes */{size}"}
        message = f"The file has {size} bytes."
        raise bad_request(message, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, unit)
    return start, end


def _disposition(name: str) -> str:
    plain = re.sub(r"[^\w .()+-]", "_", name, flags=re.ASCII)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _nothing() -> RequestRefused:
    message = "There is no such file for you, or the link is over."
    return bad_request(message, HTTPStatus.NOT_FOUND)
