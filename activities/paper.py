"""Papers drawn by Typst: the same document is the same file, byte for byte, wherever it is drawn.

What stands on one is known to the models; fonts of the machine play no part.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from uuid import UUID

import orjson
import typst
from obstore import get_async
from obstore.store import ObjectStore

from models.database import raw, transaction
from models.jobs.upload import Upload
from models.money.printing import PrintedPaper, printed_paper

TEMPLATE = Path(__file__).parent / "papers" / "document.typ"
LOGOS_KEPT = 64  # issuers whose documents are drawn one after the other

_logos: OrderedDict[UUID, bytes] = OrderedDict()
_log = logging.getLogger(__name__)


class Undrawable(Exception):
    """A document that Typst refuses: a fault of ours, for a person to look at."""


@dataclass(frozen=True, slots=True)
class Pdf:
    """A drawn document and the name it is saved under."""

    file_name: str
    content: bytes


async def pdf_of(store: ObjectStore, invoice_id: UUID) -> Pdf | None:
    """Draw a document from what is stored of it; None when there is none of this id.

    Raises Undrawable.
    """
    async with transaction() as tx:
        paper = await printed_paper(raw(tx), invoice_id)
    if paper is None:
        return None
    logo = await _logo(store, paper.logo_upload_id)
    return Pdf(paper.file_name, await asyncio.to_thread(drawn, paper, logo))


def drawn(paper: PrintedPaper, logo: bytes | None = None) -> bytes:
    """The PDF; a logo that is no picture is logged and left out."""
    if logo:
        try:
            return _compiled(paper, _as_numbers(logo))
        except Undrawable:
            _log.exception("The logo of %s can not be drawn", paper.file_name)
    return _compiled(paper, "")


def _compiled(paper: PrintedPaper, logo: str) -> bytes:
    try:
        return typst.compile(
            _template(),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"words": paper.json(), "logo": logo},
            format="pdf",
        )
    except RuntimeError as refusal:  # a TypstError, or a plain one where it can not say more
        message = f"{paper.file_name} can not be drawn: {refusal}"
        raise Undrawable(message) from refusal


@lru_cache(maxsize=LOGOS_KEPT)
def _as_numbers(logo: bytes) -> str:
    """A picture as a text of numbers: what goes into a drawing are texts alone."""
    return orjson.dumps(list(logo)).decode()


async def _logo(store: ObjectStore, upload_id: UUID | None) -> bytes | None:
    """An issuer's picture; an upload never changes, so it is read once."""
    if upload_id is None:
        return None
    if upload_id not in _logos:
        upload = await Upload.get_or_none(id=upload_id, removed_at__isnull=True)
        if upload is None:
            return None
        _logos[upload_id] = bytes(await (await get_async(store, upload.storage_key)).bytes_async())
        while len(_logos) > LOGOS_KEPT:
            _logos.popitem(last=False)
    return _logos[upload_id]


@cache
def _template() -> bytes:
    return TEMPLATE.read_bytes()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)
