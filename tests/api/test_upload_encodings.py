"""How a file is written, told by all of it: its first 256 KiB may hold nothing but ASCII."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from obstore.store import LocalStore

from gateway.uploads import Uploads
from models.jobs.upload import Upload
from tests.api.playground import STAFF

PIECE_BYTES = 65_536
HEADER = b"Account,Email\r\n"
LONG = HEADER + b"1,a@b.example\r\n" * 30_000


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (LONG + "2,Zoé\r\n".encode("cp1252") + b"3,x\r\n", "cp1252"),
        (LONG + "2,Zoé".encode("cp1252"), "cp1252"),
        (LONG + "2,Zoé\r\n".encode(), "utf-8-sig"),
        (LONG + "2,Zoé\r\n".encode() + b"3,Zo\xe9\r\n", "utf-8-sig"),
        (b"\xef\xbb\xbf" + LONG + b"2,Zo\xe9\r\n", "utf-8-sig"),
        (LONG + b"x" * (PIECE_BYTES - len(LONG) % PIECE_BYTES - 1) + "é".encode(), "utf-8-sig"),
    ],
)
async def test_the_first_accent_tells_the_encoding_however_late_it_comes(
    tmp_path: Path, body: bytes, encoding: str
) -> None:
    upload = await Upload.begin(STAFF, "customers.csv")
    told = await Uploads(LocalStore(tmp_path)).keep(upload, _pieces(body))
    assert told["encoding"] == encoding
    assert (await Upload.get()).encoding == encoding


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    for begin in range(0, len(body), PIECE_BYTES):
        yield body[begin : begin + PIECE_BYTES]
