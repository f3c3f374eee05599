"""Links of kind `document`, `statement` and `logo`: papers made on the spot from what is stored.

A document opens for anyone who may see it; a statement for whoever asked for it.
"""

import asyncio
import tempfile
import weakref
from collections.abc import AsyncGenerator, AsyncIterator
from typing import IO, Final
from uuid import UUID

from obstore.store import ObjectStore

from activities.paper import pdf_of
from gateway.downloads import PIECE_BYTES, File, Opener, held_file, stored_file
from models.accounts.account import Account
from models.jobs.upload import Upload
from models.links import Link
from models.money.invoice import Invoice
from models.money.issuer_profile import IssuerProfile
from models.money.statement import Period, statement_csv, statement_of
from models.rules.viewer import Viewer

READING: Final = "billing:read"


def document_files(store: ObjectStore) -> dict[str, Opener]:
    """The openers, by kind of link."""

    async def document(link: Link, viewer: Viewer) -> File | None:
        if not viewer.may(READING) or not await _sees_document(viewer, link.subject_id):
            return None
        pdf = await pdf_of(store, link.subject_id)
        return None if pdf is None else held_file(pdf.content, pdf.file_name, "application/pdf")

    async def logo(link: Link, viewer: Viewer) -> File | None:
        profile = await IssuerProfile.get_or_none(id=link.subject_id)
        if profile is None or profile.logo_upload_id is None:
            return None
        if not await profile.is_seen_by(viewer):
            return None
        upload = await Upload.get_or_none(id=profile.logo_upload_id, removed_at__isnull=True)
        if upload is None:
            return None
        return await stored_file(store, upload.storage_key, upload.file_name, "image/png")

    return {"document": document, "statement": _statement, "logo": logo}


async def _statement(link: Link, viewer: Viewer) -> File | None:
    period = Period.of_text(link.part)
    if period is None or link.principal_id != viewer.principal_id or not viewer.may(READING):
        return None
    statement = await statement_of(viewer, link.subject_id, period)
    if statement is None:
        return None
    return await _spooled(statement_csv(statement), statement.file_name)


async def _spooled(texts: AsyncIterator[str], name: str) -> File:
    """A file of texts of any length, which never stands in memory."""
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the answer
    size = 0
    async for text in texts:
        size += await asyncio.to_thread(spool.write, text.encode())

    async def read(start: int, end: int) -> AsyncGenerator[bytes]:
        while piece := await asyncio.to_thread(_piece, spool, start, end):
            start += len(piece)
            yield piece

    weakref.finalize(read, spool.close)  # also where nobody reads: a HEAD, a wrong range
    return File(name, "text/csv", size, "", read)


def _piece(spool: IO[bytes], start: int, end: int) -> bytes:
    spool.seek(start)
    return spool.read(min(PIECE_BYTES, end - start))


async def _sees_document(viewer: Viewer, invoice_id: UUID) -> bool:
    invoice = await Invoice.get_or_none(id=invoice_id)
    account = None if invoice is None else await Account.get_or_none(id=invoice.account_id)
    return account is not None and account.visible_to(viewer)
