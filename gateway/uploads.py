"""POST /uploads: a file goes to storage piece by piece and never stands in memory.

What is in it is judged by the job that uses it; here only its first lines are looked at.
"""

import asyncio
import contextlib
import hashlib
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from typing import Any, Final

import obstore
from obstore.store import LocalStore, ObjectStore
from python_multipart.multipart import parse_options_header
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from activities.files import DETECTED_FROM_BYTES, FirstAccent, detected_encoding
from gateway.graphql.refused import bad_request, refused
from gateway.multipart import first_file
from models.jobs.upload import Received, Upload
from models.rules.csv_text import detected_separator, records
from models.rules.viewer import Viewer
from schema.refusals import Code
from schema.scalars import global_id

LARGEST_BYTES: Final = 1 << 30
PIECE_BYTES: Final = 5 << 20  # the smallest part that S3 takes
SAMPLE_ROWS: Final = 5
DAY_SECONDS: Final = 86_400
SWEEP_SECONDS: Final = 3_600
PERMISSIONS: Final = frozenset({"customers:import", "templates:write"})  # lists, logos
_LOG = logging.getLogger(__name__)
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


@dataclass(frozen=True, slots=True)
class _Text:
    """What the beginning of a file tells; all empty for an image."""

    encoding: str = ""
    separator: str = ""
    header: tuple[str, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()


class _Seen:
    """What is remembered of a file that passes through."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.bytes = 0
        self.head = bytearray()
        self.accent = FirstAccent()

    @property
    def whole(self) -> bool:
        """Whether the head is all of it."""
        return self.bytes == len(self.head)

    def encoding(self) -> str:
        """The encoding of all that was added; raises DomainError when it is no text."""
        encoding = detected_encoding(bytes(self.head))
        self.accent.look(b"", final=True)
        # The head may be plain ASCII, which tells nothing of what comes later.
        late = encoding == "utf-8-sig" and not self.accent.is_utf8
        return "cp1252" if late else encoding

    def add(self, piece: bytes) -> None:
        """One more piece. Raises RequestRefused, 413, when there are too many bytes."""
        self.bytes += len(piece)
        if self.bytes > LARGEST_BYTES:
            raise _too_large()
        self.digest.update(piece)
        self.accent.look(piece)
        self.head += piece[: max(DETECTED_FROM_BYTES - len(self.head), 0)]


class Uploads:
    """Takes files into a store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def receive(self, request: Request, viewer: Viewer) -> Response:
        """Store one file, 201. Raises RequestRefused, or DomainError for what is no text."""
        if not any(viewer.may(permission) for permission in PERMISSIONS):
            raise refused(Code.FORBIDDEN, "This needs the permission customers:import.")
        name, pieces = await _incoming(request)
        upload = await Upload.begin(viewer, _plain(name))
        return JSONResponse(await self.keep(upload, pieces), HTTPStatus.CREATED)

    async def keep(self, upload: Upload, pieces: AsyncIterator[bytes]) -> dict[str, Any]:
        """Bring a file that has its place to it; what is told of it. Raises as `receive`."""
        writer = obstore.open_writer_async(
            self._store, upload.storage_key, buffer_size=PIECE_BYTES, max_concurrency=2
        )
        seen = _Seen()
        try:
            async for piece in pieces:
                seen.add(piece)
                await writer.write(piece)
            text = await asyncio.to_thread(_looked_at, seen)
        except BaseException:
            await self._dropped(writer, upload)
            raise
        await writer.close()
        digest = seen.digest.hexdigest()
        received = Received(seen.bytes, digest, text.encoding, text.separator, text.header)
        await upload.complete(received)
        return _answer(upload, received, text)

    async def sweep(self) -> None:
        """Remove what is overdue, and parts that a killed process left in a local folder."""
        for upload in await Upload.overdue():
            with contextlib.suppress(FileNotFoundError):
                await obstore.delete_async(self._store, upload.storage_key)
            await upload.leave_storage()
        if isinstance(self._store, LocalStore):
            await asyncio.to_thread(_remove_parts, Path(str(self._store.prefix)))

    async def sweep_for_ever(self) -> None:
        """Sweep now and every hour; a failure is told, and tried again."""
        while True:
            try:
                await self.sweep()
            except Exception:  # noqa: BLE001 - the next sweep must come, whatever this one met
                _LOG.exception("uploads could not be swept")
            await asyncio.sleep(SWEEP_SECONDS)

    async def _dropped(self, writer: Any, upload: Upload) -> None:
        """A writer that is not closed leaves its parts behind, so it is closed and removed."""
        await writer.close()
        await obstore.delete_async(self._store, upload.storage_key)


async def _incoming(request: Request) -> tuple[str, AsyncIterator[bytes]]:
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > LARGEST_BYTES:
        raise _too_large()
    media, options = parse_options_header(request.headers.get("content-type"))
    body = request.stream()
    if media == b"multipart/form-data":
        return await first_file(body, options.get(b"boundary", b""))
    _, named = parse_options_header(request.headers.get("content-disposition"))
    return named.get(b"filename", b"upload").decode(errors="replace"), body


def _remove_parts(root: Path) -> None:
    """The local store writes to `<name>#<number>` until a file is whole."""
    yesterday = time.time() - DAY_SECONDS
    for part in root.glob("**/*#*"):  # of exports and reports too, whose worker was killed
        if part.stat().st_mtime < yesterday:
            part.unlink(missing_ok=True)


def _plain(name: str) -> str:
    """A file's own name: browsers may send a path, and nobody stores control characters."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(filter(str.isprintable, last)) or "upload"


def _looked_at(seen: _Seen) -> _Text:
    """Header and first rows. Raises DomainError for no text."""
    head = bytes(seen.head)
    if head.startswith(_IMAGES):
        return _Text()
    encoding = seen.encoding()
    text = head.decode(encoding, errors="ignore")  # a character may be cut at the end
    if not seen.whole:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1]
    first_line = text.partition("\n")[0].partition("\r")[0]
    separator = detected_separator(first_line)
    rows = [record.cells for record in islice(records([text], separator), SAMPLE_ROWS + 1)]
    header, *sample = rows or [[]]
    return _Text(encoding, separator, tuple(header), tuple(map(tuple, sample)))


def _answer(upload: Upload, received: Received, text: _Text) -> dict[str, Any]:
    return {
        "id": global_id("Upload", upload.id),
        "fileName": upload.file_name,
        "bytes": received.bytes,
        "sha256": received.sha256,
        "encoding": text.encoding or None,
        "separator": text.separator or None,
        "header": list(text.header),
        "sample": [list(row) for row in text.sample],
    }


def _too_large() -> Exception:
    message = f"A file has at most {LARGEST_BYTES} bytes."
    return bad_request(message, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"Connection": "close"})
