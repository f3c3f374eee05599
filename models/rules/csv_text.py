"""CSV as text: records out of a stream, lines out of cells, and cells that no spreadsheet runs.

What a column means is `customer_csv`; bytes and their encoding are not here.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from models.rules.errors import DomainError, ErrorCode, Problem
from models.rules.violation import Violation

# What may be in a file, by the name of its codec; others are guessed wrongly too often.
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16, little endian",
    "utf-16-be": "UTF-16, big endian",
    "cp1252": "Windows-1252",
}
SEPARATORS = (",", ";", "\t")
_UNKNOWN_ENCODING = Violation(
    ErrorCode.UNSUPPORTED_FILE, "must be one of UTF-8, UTF-16, UTF-16LE, UTF-16BE and Windows-1252"
)
_UNKNOWN_SEPARATOR = Violation(ErrorCode.INVALID, "must be a comma, a semicolon or a tab")
LINE_LONGEST = (
    65_536  # characters; a longer line is no list of customers, and memory has to be flat
)
# Of all lines that one record spans: quoted line ends would else collect cells without an end.
RECORD_LONGEST = 1_048_576
CELLS_MOST = 1000  # of a record: no list of customers has more columns
_TOO_LONG = Violation(
    ErrorCode.TOO_LONG,
    f"is longer than {LINE_LONGEST} characters or has more than {CELLS_MOST} cells",
)
_LINE_END = re.compile(r"\r\n|\n|\r(?!\Z)")  # a final \r may be half of \r\n: wait for more

# What makes a spreadsheet take a cell for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_PHONE_NUMBER = re.compile(r"[0-9 +\-()]+")


@dataclass(frozen=True, slots=True)
class Record:
    """One record; the number is the row that a spreadsheet shows, the header being row 1."""

    row_number: int
    cells: list[str]
    problem: Problem | None = None  # the record can not be read; it has no cells then


def records(chunks: Iterable[str], separator: str) -> Iterator[Record]:
    """Read records from pieces of text of any size; empty lines count as rows but answer nothing.

    A malformed record has a problem and reading goes on behind it. Raises DomainError
    (UNSUPPORTED_FILE) for a line longer than 64 Ki characters, or a record longer than 1 Mi.
    """
    lines = _Fed(_lines(chunks))
    reader = csv.reader(lines, delimiter=separator, strict=True)
    row_number = 0
    while True:
        row_number += 1
        lines.length = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            words = f"can not be read: {error}"
            yield Record(row_number, [], Violation(ErrorCode.INVALID, words).at())
            continue
        if len(cells) > CELLS_MOST or lines.length > LINE_LONGEST:
            yield Record(row_number, [], _TOO_LONG.at())
        elif cells:
            yield Record(row_number, cells)


def encoding_named(text: str) -> str | None:
    """The codec that people call so, in any spelling, with or without a byte order mark."""
    try:
        name = codecs.lookup(text).name
    except (LookupError, ValueError):
        return None
    known = {"utf-8": "utf-8-sig"}.get(name, name)
    return known if known in ENCODINGS else None


def form_problems(encoding: str | None, separator: str | None) -> tuple[Problem, ...]:
    """What is wrong with the form that somebody says a file has; None is as detected."""
    found = []
    if encoding is not None and encoding_named(encoding) is None:
        found.append(_UNKNOWN_ENCODING.at("encoding"))
    if separator is not None and separator not in SEPARATORS:
        found.append(_UNKNOWN_SEPARATOR.at("separator"))
    return tuple(found)


def detected_separator(header_line: str) -> str:
    """Tell which separator a header uses: the one that stands in it most often, else a comma."""
    bare = re.sub(r'"[^"]*"', "", header_line)
    return max(SEPARATORS, key=bare.count)


def csv_line(cells: Iterable[str], separator: str = ",") -> str:
    """Write one record with its line end (RFC 4180)."""
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator="\r\n").writerow(cells)
    return written.getvalue()


def protected(text: str, *, phone: bool = False) -> str:
    """Put ' before what a spreadsheet would run.

    Plain numbers stay bare, and telephone numbers where `phone` says that they are meant.
    """
    bare_phone = phone and _PHONE_NUMBER.fullmatch(text)
    return f"'{text}" if _is_formula(text) and not bare_phone else text


def unprotected(cell: str) -> str:
    """Take off the ' that `protected` put on, and no other."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell[1:]) else cell


def report_line(cells: Sequence[str], outcome: str, problems: Iterable[Problem]) -> str:
    """Write a row as it came, formula-safe, with its outcome and reasons behind it."""
    safe = [protected(unprotected(cell)) for cell in cells]
    reasons = "; ".join(
        f"{problem.code} {'.'.join(problem.field) or 'row'}: {problem.message}"
        for problem in problems
    )
    return csv_line([*safe, outcome, protected(reasons)])


def _is_formula(text: str) -> bool:
    # Quotes in front are looked through, so that taking one off undoes exactly what was put on.
    bare = text.lstrip("'")
    return bare.startswith(_FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(bare)


class _Fed:
    """Lines on their way to the reader, and how many characters it took since `length` was 0."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.length += len(line)
        if self.length > RECORD_LONGEST:
            sentence = f"A record of the file is longer than {RECORD_LONGEST} characters."
            raise DomainError(ErrorCode.UNSUPPORTED_FILE, ("uploadId",), sentence)
        return line


def _lines(chunks: Iterable[str]) -> Iterator[str]:
    pending = ""
    for chunk in chunks:
        pending += chunk
        begin = 0
        for end in _LINE_END.finditer(pending):
            yield _bounded(pending[begin : end.end()])
            begin = end.end()
        pending = _bounded(pending[begin:])
    if pending:
        yield pending


def _bounded(line: str) -> str:
    if len(line) > LINE_LONGEST:
        sentence = f"A line of the file is longer than {LINE_LONGEST} characters."
        raise DomainError(ErrorCode.UNSUPPORTED_FILE, ("uploadId",), sentence)
    return line
