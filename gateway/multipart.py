"""The first file of a multipart/form-data body, piece by piece as it arrives (RFC 7578).

Other parts are read and dropped.
"""

from collections.abc import AsyncIterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from gateway.graphql.refused import bad_request

_DISPOSITION = b"content-disposition"


async def first_file(
    body: AsyncIterator[bytes], boundary: bytes
) -> tuple[str, AsyncIterator[bytes]]:
    """Its name and its pieces. Raises RequestRefused, 400, for a body without one or cut short."""
    form = _Form(boundary)
    async for chunk in body:
        form.read(chunk)
        if form.file_name is not None:
            return form.file_name, _pieces(form, body)
    raise bad_request("The form has no file.")


async def _pieces(form: "_Form", body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield form.take()
    async for chunk in body:
        form.read(chunk)
        yield form.take()
    if not form.complete:
        raise bad_request("The form ended before its last boundary.")


class _Form:
    """What was parsed of a form so far."""

    def __init__(self, boundary: bytes) -> None:
        self.file_name: str | None = None
        self.complete = False
        self._taken = bytearray()
        self._header, self._value = b"", b""
        self._inside = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_ends,
                "on_part_data": self._part_piece,
                "on_part_end": self._part_ends,
                "on_end": self._form_ends,
            },
        )

    def read(self, chunk: bytes) -> None:
        """Parse on."""
        try:
            self._parser.write(chunk)
        except FormParserError as wrong:
            raise bad_request(f"The form can not be read: {wrong}.") from wrong

    def take(self) -> bytes:
        """What came of the file since the last time."""
        taken = bytes(self._taken)
        self._taken.clear()
        return taken

    def _part_begins(self) -> None:
        self._header, self._value = b"", b""

    def _header_field(self, text: bytes, start: int, end: int) -> None:
        self._header += text[start:end]

    def _header_value(self, text: bytes, start: int, end: int) -> None:
        self._value += text[start:end]

    def _header_ends(self) -> None:
        if self._header.lower() == _DISPOSITION and self.file_name is None:
            _, options = parse_options_header(self._value)
            name = options.get(b"filename")
            if name is not None:
                self.file_name = name.decode(errors="replace")
                self._inside = True
        self._header, self._value = b"", b""

    def _part_piece(self, text: bytes, start: int, end: int) -> None:
        if self._inside:
            self._taken += text[start:end]

    def _part_ends(self) -> None:
        self._inside = False

    def _form_ends(self) -> None:
        self.complete = True
