"""The character NUL, which no row can hold, in every text of every mutation and elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
)

from tests import people
from tests.api.product import Product, product_schema
from tests.api.samples import SAMPLES

pytestmark = pytest.mark.usefixtures("database")

TEXTS = frozenset(
    {"CountryCode", "CurrencyCode", "EmailAddress", "ID", "IpNetwork", "PhoneNumber", "String"}
) | {"TimeZone"}
BAD = "a\0b"


async def test_every_mutation_names_every_text_of_its_input_that_has_it() -> None:
    admin, product = await people.administrator(), Product()
    mutations = product_schema()._schema.mutation_type
    assert mutations is not None
    for name, field in mutations.fields.items():
        kind = field.args["input"].type
        given = filled(kind)
        if not list(places(given, ())):
            continue
        document = (
            f"mutation($input: {kind}) {{ {name}(input: $input)"
            " { userErrors { code field message } } }"
        )
        answer = await product.send(admin, document, input=given)
        assert answer.codes == [], (name, answer.body)
        errors = answer.data[name]["userErrors"]
        assert {tuple(each["field"]) for each in errors} == set(places(given, ())), name
        assert {each["code"] for each in errors} <= {"INVALID"}, name
        assert all("the character NUL" in each["message"] for each in errors), name


async def test_it_is_refused_in_a_literal_as_in_a_variable() -> None:
    admin, product = await people.administrator(), Product()
    text = 'mutation { rateGroupCreate(input: {name: "a\\u0000b"}) { userErrors { field } } }'
    answer = await product.ask(admin, text)
    assert answer == {"rateGroupCreate": {"userErrors": [{"field": ["name"]}]}}
    shown = text.replace("{ field }", "{ code } rateGroup { id }")
    assert await product.ask(admin, shown.replace("\\u0000", ""))
    for wrong in (
        '{ customerByNumber(number: "a\\u0000b") { id } }',
        f"{{ customers {{ nodes {{ id }} }} }} {text.replace('mutation', 'mutation M')}",
    ):
        refused = await product.send(admin, wrong)
        assert len(refused.codes) == 1, refused.body


async def test_it_is_refused_in_what_is_asked_of_an_answer() -> None:
    admin, product = await people.administrator(), Product()
    asked = """mutation($input: ResellerCreateInput!, $place: Cursor) {
        resellerCreate(input: $input) { reseller {
            customers(after: $place) { nodes { id } } } } }"""
    given = {"firstName": "R", "email": "r@a.example"}
    answer = await product.send(admin, asked, input=given, place=BAD)
    assert answer.codes == ["BAD_USER_INPUT"], answer.body


async def test_a_query_names_the_variable_that_has_it() -> None:
    admin = await people.administrator()
    document = "query($number: String!) { customerByNumber(number: $number) { id } }"
    answer = await Product().send(admin, document, number=BAD)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.body["errors"][0]["message"].endswith("it stands in variables.number.")


def filled(kind: GraphQLInputType) -> Any:
    """A value with the character in every text of it."""
    if isinstance(kind, GraphQLNonNull):
        return filled(kind.of_type)
    if isinstance(kind, GraphQLList):
        return [filled(kind.of_type)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        fields = list(kind.fields.items())
        chosen = fields[:1] if kind.is_one_of else fields
        return {
            name: filled(each.type)
            for name, each in chosen
            if name not in {"and", "or", "not"}  # filters of themselves
        }
    return BAD if kind.name in TEXTS else SAMPLES[kind.name]


def places(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The paths of its texts that have the character."""
    if value == BAD:
        yield path
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from places(inner, (*path, str(place)))
