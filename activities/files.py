"""Uploaded files as text, read in a thread piece by piece, so that memory stays flat.

What the text means is known to the rules; who may read it was settled before.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator

import obstore
from charset_normalizer import from_bytes
from obstore.store import ObjectStore

from models.rules.csv_text import ENCODINGS
from models.rules.errors import DomainError, ErrorCode

PIECE_BYTES = 1_048_576
DETECTED_FROM_BYTES = 262_144  # detection is slow, and a header and some hundred rows tell enough
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_UPLOAD = ("uploadId",)


def detected_encoding(head: bytes) -> str:
    """The encoding of a text by its first bytes, one of `ENCODINGS`.

    Raises DomainError UNSUPPORTED_FILE when they are no text in any of them.
    """
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return encoding
    if b"\0" not in head:
        try:
            codecs.getincrementaldecoder("utf-8")().decode(head)
        except UnicodeDecodeError:
            return _guessed(head)
        return "utf-8-sig"
    return _guessed(head)


class FirstAccent:
    """What the first character beyond ASCII tells of a text that passes by, however late it comes.

    A text that begins as UTF-8 and breaks later is a damaged one and stays UTF-8.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._is_awaited = True
        self.is_utf8 = True

    def look(self, piece: bytes, *, final: bool = False) -> None:
        """Go on with the next piece; `final` says that nothing follows."""
        if not self._is_awaited:
            return
        try:
            self._is_awaited = self._decoder.decode(piece, final).isascii()
        except UnicodeDecodeError as wrong:
            self._is_awaited = False
            self.is_utf8 = not wrong.object[: wrong.start].isascii()


def texts(store: ObjectStore, key: str, encoding: str) -> Iterator[str]:
    """The file's text in pieces; blocks, so it is for a thread.

    Raises DomainError UNSUPPORTED_FILE where the file is not text in this encoding, NOT_FOUND when
    it is no longer there.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    seen = 0
    for piece in _opened(store, key).stream(min_chunk_size=PIECE_BYTES):
        yield _decoded(decoder, bytes(piece), seen, encoding)
        seen += len(piece)
    yield _decoded(decoder, b"", seen, encoding, final=True)


def _opened(store: ObjectStore, key: str) -> obstore.GetResult:
    try:
        return obstore.get(store, key)
    except FileNotFoundError as gone:
        sentence = "The uploaded file is not in storage any more: upload it again."
        raise DomainError(ErrorCode.NOT_FOUND, _UPLOAD, sentence) from gone


def _decoded(
    decoder: codecs.IncrementalDecoder, piece: bytes, at: int, encoding: str, *, final: bool = False
) -> str:
    try:
        text = decoder.decode(piece, final)
    except UnicodeDecodeError as wrong:
        sentence = f"Near byte {at + wrong.start} the file is not {ENCODINGS[encoding]}."
        raise DomainError(ErrorCode.UNSUPPORTED_FILE, _UPLOAD, sentence) from wrong
    if "\0" in text:
        sentence = "The file holds zero bytes: it is not a text file."
        raise DomainError(ErrorCode.UNSUPPORTED_FILE, _UPLOAD, sentence)
    return text


def _guessed(head: bytes) -> str:
    candidates = ["utf_16_le", "utf_16_be", "cp1252"]
    best = from_bytes(head[:DETECTED_FROM_BYTES], cp_isolation=candidates).best()
    if best is None:
        sentence = "The file is neither UTF-8, UTF-16 nor Windows-1252 text."
        raise DomainError(ErrorCode.UNSUPPORTED_FILE, _UPLOAD, sentence)
    return best.encoding.replace("_", "-")
