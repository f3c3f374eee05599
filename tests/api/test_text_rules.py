"""Every text of the forms of accounts with what texts must not hold: code, path and sentence.

All that is wrong is told at once. The table is checked against the inputs themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, get_named_type, is_required_input_field

from models.rules.violation import label
from schema.scalars import global_id
from tests import people
from tests.api.product import Product, product_schema
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")

CONTROL = "contains control characters or marks that change the reading direction."
NUL = "contains the character NUL, which can not be stored."
# Free text of one line, by how long it may be; a note has lines.
FREE = {
    "firstName": 80,
    "lastName": 80,
    "company": 80,
    "line1": 120,
    "line2": 120,
    "city": 80,
    "province": 80,
    "postalCode": 16,
    "taxNumber": 32,
    "reference": 120,
}
NOTES = {"invoiceNote": 500}
# Texts with a form of their own: what is said of one without it, and of one that is too long.
EMAIL = "must be an e-mail address such as name@example.com."
PHONE = "may hold digits, spaces, + - ( ) and needs a digit."
ZONE = "must be the IANA name of a time zone, such as Europe/Berlin."
COUNTRY = "must be an ISO 3166 country code of two capitals, such as DE."
CURRENCY = "must be an ISO 4217 currency code such as EUR."
NUMBER = "may hold letters A-Z, digits and + - _ . only."
REALM = "must be a host name in lower case."
FORMED = {
    "email": (EMAIL, "must be at most 254 characters long."),
    "notificationEmail": (EMAIL, "must be at most 254 characters long."),
    "phone": (PHONE, "must be at most 32 characters long."),
    "mobile": (PHONE, "must be at most 32 characters long."),
    "number": (NUMBER, "must be at most 20 characters long."),
    "timeZone": (ZONE, ""),
    "countryCode": (COUNTRY, ""),
    "currencyCode": (CURRENCY, ""),
    "pin": ("must be digits only.", ""),
    "realm": (REALM, "must be at most 253 characters long."),
}
MUTATIONS = [f"{noun}Create" for noun in ("customer", "provider", "reseller")]
MUTATIONS += [f"{noun}Update" for noun in ("customer", "reseller")]
# What is no text to be judged: a key of the caller's own, words of a list, a secret.
OTHERS = {"idempotencyKey", "permissions", "password"}


_TEXTS = frozenset(
    {"String", "EmailAddress", "PhoneNumber", "TimeZone", "CountryCode", "CurrencyCode"}
)

Refusal = dict[tuple[str, ...], tuple[str, str]]


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_the_tables_hold_every_text_of_the_forms(mutation: str) -> None:
    known = FREE.keys() | NOTES.keys() | FORMED.keys()
    assert {path[-1] for path in texts(mutation)} <= known


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize(
    "text", ["a\x07b", "a\x7fb", "a\x85b", "a\tb", "a\r\nb", "a\u2028b", "a\u202eb", "a\u2066b"]
)
async def test_control_characters_and_overrides_are_refused(mutation: str, text: str) -> None:
    has_lines = bool({"\t", "\n"} & set(text))
    wanted = {
        path: ("INVALID", FORMED.get(path[-1], (CONTROL,))[0])
        for path in texts(mutation)
        if not (has_lines and path[-1] in NOTES)
    }
    assert await _refused(mutation, text) == _spoken(wanted)


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_marks_that_scripts_need_are_refused_only_where_there_is_a_form(
    mutation: str,
) -> None:
    """A right-to-left mark between Hebrew and Latin is part of a name, and of no number."""
    formed = {path: FORMED[path[-1]] for path in texts(mutation) if path[-1] in FORMED}
    wanted = {path: ("INVALID", words) for path, (words, _) in formed.items()}
    assert await _refused(mutation, "א\u200fb") == _spoken(wanted)


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_ten_thousand_characters_are_too_long_everywhere(mutation: str) -> None:
    wanted: Refusal = {}
    for path in texts(mutation):
        longest = FREE.get(path[-1]) or NOTES.get(path[-1])
        if longest:
            words = f"must be at most {longest} characters long; it has 10000."
            wanted[path] = ("TOO_LONG", words)
        else:
            formless, too_long = FORMED[path[-1]]
            wanted[path] = ("TOO_LONG", too_long) if too_long else ("INVALID", formless)
    assert await _refused(mutation, "x" * 10_000) == _spoken(wanted)


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_a_character_that_can_not_be_stored_is_refused_at_its_places(mutation: str) -> None:
    wanted = dict.fromkeys(texts(mutation), ("INVALID", NUL))
    assert await _refused(mutation, "a\0b") == _spoken(wanted)


def texts(mutation: str) -> Iterator[tuple[str, ...]]:
    """The path of every text of an input that has to be something."""
    for path, kind in _leaves(_input(mutation), ()):
        if kind in _TEXTS and path[-1] not in OTHERS:
            yield path


def _input(mutation: str) -> GraphQLInputObjectType:
    kind = product_schema()._schema.type_map[f"{mutation[0].upper()}{mutation[1:]}Input"]
    assert isinstance(kind, GraphQLInputObjectType)
    return kind


def _leaves(
    kind: GraphQLInputObjectType, above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, each in kind.fields.items():
        named = get_named_type(each.type)
        if isinstance(named, GraphQLInputObjectType):
            yield from _leaves(named, (*above, name))
        else:
            yield (*above, name), named.name


def _document(mutation: str) -> str:
    kind = _input(mutation).name
    return (
        f"mutation($input: {kind}!) {{ {mutation}(input: $input)"
        " { userErrors { code field message } } }"
    )


async def _given(mutation: str, text: str) -> tuple[dict[str, Any], Person]:
    """An input with the text in every place for one, and who sends it."""
    admin = await people.administrator()
    given: dict[str, Any] = {}
    for path in texts(mutation):
        holder = given
        for name in path[:-1]:
            holder = holder.setdefault(name, {})
        holder[path[-1]] = text
    demanded = {
        "type": "PREPAID",
        "rateGroupId": global_id("RateGroup", await people.rate_group(admin)),
    }
    if mutation == "customerUpdate":
        demanded |= {"id": global_id("Customer", (await people.customer(admin)).id)}
    if mutation == "resellerUpdate":
        demanded |= {"id": global_id("Reseller", (await people.reseller(admin)).id)}
    fields = _input(mutation).fields
    needed = {name for name, each in fields.items() if is_required_input_field(each)}
    return {n: v for n, v in demanded.items() if n in needed} | given, admin


async def _refused(mutation: str, text: str) -> Refusal:
    given, admin = await _given(mutation, text)
    answer = await Product().send(admin, _document(mutation), input=given)
    assert answer.codes == []
    errors = answer.data[mutation]["userErrors"]
    found = {tuple(each["field"]): (each["code"], each["message"]) for each in errors}
    assert len(found) == len(errors), "nothing is told twice"
    return found


def _spoken(wanted: Refusal) -> Refusal:
    return {path: (code, f"{label(path)} {words}") for path, (code, words) in wanted.items()}
