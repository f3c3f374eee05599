"""Text of CSV files, read and written: formula safety, rows as a spreadsheet counts them."""

import itertools
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.csv_text import (
    CELLS_MOST,
    LINE_LONGEST,
    csv_line,
    detected_separator,
    encoding_named,
    form_problems,
    protected,
    records,
    unprotected,
)
from models.rules.errors import DomainError, ErrorCode

MEBIBYTE = 1 << 20


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("+49 30 1234", "'+49 30 1234"),
        ("-5.25", "-5.25"),
        ("+49301234", "+49301234"),
        ("Ann", "Ann"),
        ("a=b", "a=b"),
        ("'Ann", "'Ann"),
        ("'=1", "''=1"),
        ("", ""),
    ],
)
def test_no_spreadsheet_runs_an_exported_cell(text: str, cell: str) -> None:
    assert protected(text) == cell
    assert unprotected(cell) == text


def test_telephone_numbers_stay_bare_in_their_columns() -> None:
    assert protected("+49 (30) 12-34", phone=True) == "+49 (30) 12-34"
    assert protected("=49", phone=True) == "'=49"


TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


@given(TEXTS | st.text("'=+-@\t\r1. ", max_size=8))
def test_protection_can_be_taken_off_again(text: str) -> None:
    assert unprotected(protected(text)) == text
    assert not protected(text).startswith(("=", "@", "\t", "\r"))


@given(
    rows=st.lists(st.lists(TEXTS, min_size=2, max_size=5), min_size=1, max_size=6),
    separator=st.sampled_from(",;\t"),
    piece=st.integers(1, 9),
)
@settings(max_examples=200)
def test_what_is_written_reads_back_however_the_stream_is_cut(
    rows: list[list[str]], separator: str, piece: int
) -> None:
    text = "".join(csv_line(row, separator) for row in rows)
    chunks = [text[begin : begin + piece] for begin in range(0, len(text), piece)]
    read = list(records(chunks, separator))
    assert [record.cells for record in read] == rows
    assert [record.row_number for record in read] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b\n1,2\n", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ("a,b\r\n\r\n1,2", [(1, ["a", "b"]), (3, ["1", "2"])]),
        ("a,b\r1,2\r", [(1, ["a", "b"]), (2, ["1", "2"])]),
        ('a,b\n"x\ny",2\n3,4\n', [(1, ["a", "b"]), (2, ["x\ny", "2"]), (3, ["3", "4"])]),
        ('a\n5" pipe\n', [(1, ["a"]), (2, ['5" pipe'])]),
        ("", []),
    ],
)
def test_rows_are_counted_as_a_spreadsheet_does(text: str, rows: list[Any]) -> None:
    assert [(record.row_number, record.cells) for record in records([text], ",")] == rows


def test_a_malformed_row_is_named_and_the_next_one_is_read() -> None:
    read = list(records(['a,b\n"x"y,2\n3,4\n'], ","))
    assert [(record.row_number, record.cells) for record in read] == [
        (1, ["a", "b"]),
        (2, []),
        (3, ["3", "4"]),
    ]
    assert read[1].problem is not None
    assert read[1].problem.message.startswith("The row can not be read")


def test_a_quote_that_never_closes_is_a_malformed_row() -> None:
    (header, broken) = records(['a,b\n"x,2\n3,4\n'], ",")
    assert header.problem is None
    assert broken.problem is not None


def test_a_line_without_end_is_refused_before_it_fills_memory() -> None:
    seen = 0

    def endless() -> Any:
        nonlocal seen
        while True:
            seen += 1000
            yield "x" * 1000

    with pytest.raises(DomainError, match="longer than") as caught:
        list(records(endless(), ","))
    assert caught.value.code is ErrorCode.UNSUPPORTED_FILE
    assert seen <= LINE_LONGEST + 1000


def test_a_record_without_end_is_refused_before_its_cells_fill_memory() -> None:
    with pytest.raises(DomainError, match="record of the file is longer than") as caught:
        list(records(itertools.chain(["a,b\n"], itertools.repeat('"ab\n",')), ","))
    assert caught.value.code is ErrorCode.UNSUPPORTED_FILE


@pytest.mark.parametrize("long", ["," * CELLS_MOST, ",".join([f'"{"x" * 40_000}\n"'] * 2)])
def test_a_record_that_is_too_long_is_refused_alone(long: str) -> None:
    header, refused, good = records([f"a,b\n{long}\n3,4\n"], ",")
    assert (refused.row_number, refused.cells) == (2, [])
    assert refused.problem is not None
    assert refused.problem.code is ErrorCode.TOO_LONG
    assert (header.cells, good.cells, good.row_number) == (["a", "b"], ["3", "4"], 3)


@pytest.mark.parametrize(
    ("header", "separator"),
    [
        ("Account,Email", ","),
        ("Account;Email;Last, first", ";"),
        ("Account\tEmail", "\t"),
        ('"a,b,c";d', ";"),
        ("Account", ","),
    ],
)
def test_the_separator_is_told_by_the_header(header: str, separator: str) -> None:
    assert detected_separator(header) == separator


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [
        ("UTF-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("UTF-16LE", "utf-16-le"),
        ("Windows-1252", "cp1252"),
        ("cp1252", "cp1252"),
        ("latin-1", None),
        ("rot13", None),
        ("", None),
        ("x\0", None),
    ],
)
def test_an_encoding_is_known_by_any_of_its_names(encoding: str, codec: str | None) -> None:
    assert encoding_named(encoding) == codec


def test_what_somebody_says_of_a_files_form_is_judged_whole() -> None:
    assert form_problems(None, None) == form_problems("utf-8", "\t") == ()
    wrong = form_problems("klingon", "||")
    assert [(each.code, each.field) for each in wrong] == [
        (ErrorCode.UNSUPPORTED_FILE, ("encoding",)),
        (ErrorCode.INVALID, ("separator",)),
    ]


@pytest.mark.parametrize(
    ("piece", "refusal"),
    [
        ("x" * MEBIBYTE, "longer than 65536 characters"),
        (("x" * 1023 + "\n") * 1024, "can not be read"),
    ],
)
def test_a_cell_of_a_hundred_mebibytes_is_refused_without_being_held(
    piece: str, refusal: str
) -> None:
    text = ["Account,Email\n", '7,"', *[piece] * 100, '"\n']
    tracemalloc.start()
    said = ""
    try:
        for record in records(text, ","):
            said = said or (record.problem.message if record.problem else "")
    except DomainError as refused:
        said = refused.message
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refusal in said
    assert most < 8 * MEBIBYTE
