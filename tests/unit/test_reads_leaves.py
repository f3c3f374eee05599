"""How values are read and said, and what cursors and ids hold, without a database."""

import base64
import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from schema.reads.cursors import fingerprint, keys_of
from schema.reads.forms import Order
from schema.reads.text import Text
from schema.refusals import Refusal
from schema.scalars import (
    decimal_text,
    global_id,
    id_of,
    instant_text,
    parse_date,
    parse_decimal,
    parse_instant,
    parse_text,
    type_and_id,
)

SOMEBODY = UUID("018f0000-0000-7000-8000-000000000001")
KINDS: list[tuple[str, str, object]] = [
    ("text", 'x"y', 'x"y'),
    ("text", "", ""),
    ("int8", "-5", -5),
    ("numeric", "12.500000", Decimal("12.5")),
    (
        "timestamptz",
        "2026-01-01 00:00:00.12+00",
        datetime(2026, 1, 1, microsecond=120000, tzinfo=UTC),
    ),
    ("timestamptz", "2026-01-01 05:30:00+05:30", datetime(2026, 1, 1, tzinfo=UTC)),
    ("timestamptz", "infinity", datetime.max),  # noqa: DTZ901 - as asyncpg says infinity
    ("timestamptz", "-infinity", datetime.min),  # noqa: DTZ901 - the same
    ("uuid", str(SOMEBODY), SOMEBODY),
    ("bool", "true", True),
]


def cursor(mark: str, *keys: object) -> str:
    text = mark + json.dumps(keys)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(("kind", "key", "value"), KINDS)
def test_a_cursor_gives_back_its_keys(kind: str, key: str, value: object) -> None:
    mark = fingerprint("Customer", Order("{t}.x"))
    found = keys_of(cursor(mark, key, str(SOMEBODY)), mark, (kind, "uuid"))
    assert found == (value, SOMEBODY)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("text", 5),
        ("text", None),
        ("text", "a\0"),
        ("int8", "9223372036854775808"),
        ("int8", "1.5"),
        ("numeric", "NaN"),
        ("numeric", "Infinity"),
        ("numeric", "x"),
        ("timestamptz", "2026-01-01 00:00:00"),
        ("timestamptz", "tomorrow"),
        ("uuid", "5"),
        ("bool", "maybe"),
    ],
)
def test_a_cursor_with_keys_of_another_kind_is_refused(kind: str, key: object) -> None:
    mark = fingerprint("Customer", Order("{t}.x"))
    with pytest.raises(Refusal):
        keys_of(cursor(mark, key), mark, (kind,))


def test_each_ordering_of_each_type_has_its_own_cursors() -> None:
    orders = [
        ("Customer", Order("{t}.a")),
        ("Customer", Order("{t}.a", descending=True)),
        ("Customer", Order("{t}.b")),
        ("Device", Order("{t}.a")),
    ]
    marks = {fingerprint(name, order) for name, order in orders}
    assert len(marks) == len(orders)
    one, two = sorted(marks)[:2]
    with pytest.raises(Refusal):
        keys_of(cursor(one, "x"), two, ("text",))


@given(st.text(max_size=200))
def test_no_text_is_more_than_a_refused_cursor(text: str) -> None:
    with pytest.raises(Refusal):
        keys_of(text, fingerprint("Customer", Order("{t}.x")), ("text", "uuid"))


# ------------------------------------------------------------------------------------- leaves


def test_constants_around_values_are_merged_and_quoted() -> None:
    text = Text("{").say('"a":"').add("x").say('"').say(',"it\'s":').add("y").say("}")
    assert text.sql() == """('{"a":"' || x || '","it''s":' || y || '}')"""
    assert Text("{").say("}").sql() == "'{}'"
    assert Text().sql() == "''"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("25.000000", "25"),
        ("0.000000", "0"),
        ("-0.50", "-0.5"),
        ("1E+3", "1000"),
        ("100", "100"),
        ("-0.0", "0"),
    ],
)
def test_a_decimal_is_said_without_what_does_not_count(value: str, text: str) -> None:
    assert decimal_text(Decimal(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00Z"),
        ("2026-01-01T01:00:00.120000+01:00", "2026-01-01T00:00:00.12Z"),
        ("2026-01-01T00:00:00.000001+00:00", "2026-01-01T00:00:00.000001Z"),
    ],
)
def test_an_instant_is_said_in_utc(value: str, text: str) -> None:
    assert instant_text(datetime.fromisoformat(value)) == text


@pytest.mark.parametrize("value", ["1.5", "-0.000001", "99999999999999.999999", 7, "0"])
def test_an_exact_number_is_read(value: object) -> None:
    assert parse_decimal(value) == Decimal(str(value))


@pytest.mark.parametrize(
    "value",
    [1.5, True, None, "NaN", "Infinity", "1e3", "", "1.0000001", "123456789012345", "\uff11"],
)
def test_what_is_no_exact_number_is_refused(value: object) -> None:
    with pytest.raises(GraphQLError):
        parse_decimal(value)


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-31",
        "2026-01-31T09:30:00",
        "2026-02-30T00:00:00Z",
        "now",
        5,
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_what_is_no_instant_is_refused(value: object) -> None:
    with pytest.raises(GraphQLError):
        parse_instant(value)


def test_an_instant_is_read_with_any_offset() -> None:
    expected = datetime(2026, 1, 31, 4, tzinfo=UTC)
    for text in ("2026-01-31T09:30:00+05:30", "2026-01-31t04:00:00z", "2026-01-31T04:00Z"):
        assert parse_instant(text) == expected


@pytest.mark.parametrize(
    "value",
    ["2026-1-31", "20260131", "2026-02-30", None, "2026-01-31T00", "0999-12-31", "9999-12-31"],
)
def test_what_is_no_day_is_refused(value: object) -> None:
    with pytest.raises(GraphQLError):
        parse_date(value)


def test_a_text_is_a_text_of_no_more_than_a_request() -> None:
    assert parse_text("ü") == "ü"
    for wrong in ("x" * 1_048_577, 5, None):
        with pytest.raises(GraphQLError):
            parse_text(wrong)


@given(st.from_regex(r"[A-Z][A-Za-z]{0,19}", fullmatch=True), st.uuids())
def test_a_global_id_gives_back_type_and_row(name: str, row_id: UUID) -> None:
    text = global_id(name, row_id)
    assert type_and_id(text) == (name, row_id)
    assert id_of(name, text) == row_id
    assert id_of(name + "X", text) is None


@given(st.text(max_size=300))
def test_no_text_is_more_than_no_id(text: str) -> None:
    assert type_and_id(text) is None
