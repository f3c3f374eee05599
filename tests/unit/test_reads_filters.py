"""What filters and templates mean, without a database."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import filters
from models.rules.filters import Criterion, Kind, literal, template
from schema.reads.source import Visible, names_in

SOMEBODY = UUID("018f0000-0000-7000-8000-000000000001")
CRITERIA = {
    "number": Criterion("{t}.number", Kind.EXACT),
    "name": Criterion("{t}.name", Kind.TEXT),
    "company": Criterion("{t}.company", Kind.TEXT, folded="{t}.co", within="{t}.search"),
    "state": Criterion("{t}.state", Kind.WORD),
    "balance": Criterion("{w}.balance", Kind.AMOUNT),
    "since": Criterion("{t}.since", Kind.INSTANT),
    "plan": Criterion("{t}.plan_id", Kind.ID),
    "old": Criterion("({t}.age > 9) = {value}", Kind.CONDITION, value_type="bool"),
    "search": Criterion("{t}.search", Kind.SEARCH),
}


def said(where: dict[str, Any]) -> tuple[str, list[object]]:
    """The condition and its values."""
    types: list[str] = []

    def parameter(sql_type: str) -> str:
        types.append(sql_type)
        return f"${len(types)}"

    sql = filters.sql_of(filters.shape_of(where, CRITERIA), CRITERIA, parameter)
    values = filters.values_of(where, CRITERIA, "America/New_York")
    assert len(values) == len(types)
    return sql, values


@pytest.mark.parametrize(
    ("where", "sql", "values"),
    [
        ({}, "true", []),
        ({"number": None}, "true", []),
        ({"number": {}}, "true", []),
        ({"number": {"eq": None}}, "true", []),
        ({"number": {"eq": "A1"}}, "{t}.number = $1", ["A1"]),
        ({"number": {"ne": "A1"}}, "{t}.number IS DISTINCT FROM $1", ["A1"]),
        ({"number": {"startsWith": "1_%"}}, "{t}.number LIKE $1", ["1\\_\\%%"]),
        ({"number": {"endsWith": "\\"}}, "{t}.number LIKE $1", ["%\\\\"]),
        ({"number": {"in": ["a", "b"]}}, "{t}.number = ANY($1)", [["a", "b"]]),
        ({"number": {"isNull": False}}, "{t}.number IS NOT NULL", []),
        ({"name": {"eq": "Ann"}}, "fold({t}.name) = fold($1)", ["Ann"]),
        (
            {"name": {"notContains": "x"}},
            "coalesce(fold({t}.name) NOT LIKE fold($1), true)",
            ["%x%"],
        ),
        (
            {"company": {"contains": "x"}},
            "({t}.search LIKE fold($1) AND {t}.co LIKE fold($1))",
            ["%x%"],
        ),
        ({"balance": {"gte": "1.5"}}, "{w}.balance >= $1", [Decimal("1.5")]),
        (
            {"since": {"lt": "2030-01-01T00:00:00+00:00"}},
            "{t}.since < $1",
            [datetime(2030, 1, 1, tzinfo=UTC)],
        ),
        (
            {"since": {"on": "2030-03-10"}},
            "({t}.since >= $1 AND {t}.since < $2)",
            [datetime(2030, 3, 10, 5, tzinfo=UTC), datetime(2030, 3, 11, 4, tzinfo=UTC)],
        ),
        (
            {"since": {"notOn": date(2030, 1, 1)}},
            "coalesce({t}.since < $1 OR {t}.since >= $2, true)",
            [datetime(2030, 1, 1, 5, tzinfo=UTC), datetime(2030, 1, 2, 5, tzinfo=UTC)],
        ),
        (
            {"since": {"since": "2030-01-01", "until": "2030-01-02"}},
            "({t}.since >= $1 AND {t}.since < $2)",
            [datetime(2030, 1, 1, 5, tzinfo=UTC), datetime(2030, 1, 3, 5, tzinfo=UTC)],
        ),
        ({"plan": {"eq": str(SOMEBODY)}}, "{t}.plan_id = $1", [SOMEBODY]),
        ({"plan": {"isNull": True}}, "{t}.plan_id IS NULL", []),
        ({"old": True}, "(({t}.age > 9) = $1)", [True]),
        ({"search": "50%"}, "{t}.search LIKE fold($1)", ["%50\\%%"]),
        ({"or": []}, "false", []),
        ({"and": []}, "true", []),
        ({"not": {}}, "NOT coalesce(true, false)", []),
        (
            {"or": [{"state": {"eq": "ON"}}, {"balance": {"lt": "0", "gt": "-5"}}]},
            "({t}.state = $1 OR ({w}.balance < $2 AND {w}.balance > $3))",
            ["ON", Decimal(0), Decimal(-5)],
        ),
        (
            {"not": {"and": [{"number": {"eq": "1"}}, {"old": False}]}, "state": {"ne": "ON"}},
            (
                "(NOT coalesce(({t}.number = $1 AND (({t}.age > 9) = $2)), false)"
                " AND {t}.state <> $3)"
            ),
            ["1", False, "ON"],
        ),
    ],
)
def test_a_filter_means_this_condition_with_these_values(
    where: dict[str, Any], sql: str, values: list[object]
) -> None:
    assert said(where) == (sql, values)


def test_folded_texts_of_a_list_are_compared_folded() -> None:
    sql, values = said({"name": {"in": ["A", "b"]}})
    assert sql == "fold({t}.name) = ANY(ARRAY(SELECT fold(item) FROM unnest($1) AS item))"
    assert values == [["A", "b"]]


def test_a_key_that_nothing_stands_behind_is_no_filter() -> None:
    with pytest.raises(KeyError):
        filters.shape_of({"colour": {"eq": "red"}}, CRITERIA)


def test_filters_that_differ_in_values_alone_have_one_shape() -> None:
    one = {"or": [{"number": {"eq": "1"}}, {"state": {"in": ["ON"]}}]}
    two = {"or": [{"number": {"eq": "2"}}, {"state": {"in": ["ON", "OFF"]}}]}
    assert filters.shape_of(one, CRITERIA) == filters.shape_of(two, CRITERIA)
    assert filters.shape_of(one, CRITERIA) != filters.shape_of({"or": []}, CRITERIA)


def test_every_key_is_found_however_deep() -> None:
    where = {"not": {"or": [{"state": {"eq": "ON"}}]}, "and": [{"number": {"eq": "1"}}]}
    assert {*filters.names_in(filters.shape_of(where, CRITERIA))} == {"state", "number"}


@given(st.text())
def test_a_literal_pattern_has_no_bare_wildcard(text: str) -> None:
    unescaped = literal(text).replace("\\\\", "").replace("\\%", "").replace("\\_", "")
    assert not set(unescaped) & set("%_\\")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("username", "{t}.username"),
        ("w.balance", "{w}.balance"),
        ("{w}.balance + {t}.credit", "{w}.balance + {t}.credit"),
        ("count(*)", "count(*)"),
        ("'EUR'", "'EUR'"),
    ],
)
def test_a_column_name_is_a_template(text: str, expected: str) -> None:
    assert template(text) == expected


def test_a_template_tells_the_names_it_needs() -> None:
    assert names_in("{t}.a = {p}.b AND {w}.c > {value}") == {"t", "p", "w", "value"}


def test_visibility_names_a_reseller_in_exactly_one_way() -> None:
    assert Visible(subtree="owner_id", customer="false").customer == "false"
    for wrong in ({}, {"reseller": "true", "subtree": "owner_id"}):
        with pytest.raises(ValueError, match="subtree"):
            Visible(customer="false", **wrong)
    with pytest.raises(ValueError, match="customer"):
        Visible(reseller="true")
