"""Secrets issued anew by whoever looks after a customer: shown once, and what they end."""

from __future__ import annotations

import pytest

from models.access.audit import AuditEvent
from models.access.session import Session
from models.accounts.account import Account
from models.accounts.credentials import Pin
from models.accounts.opening_facts import pin_hash
from models.mail.email import Email
from models.rules.errors import DomainError
from schema.scalars import global_id
from tests import people
from tests.api.product import Product, refusals
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")

SECRET = "{ username secret reason }"
PASSWORD = f"customerPasswordIssue {{ customer {{ id }} portalSecret {SECRET} }}"
PIN = f"customerPinReset {{ customer {{ hasPin }} pinSecret {SECRET} }}"


def _id(person: Person) -> dict[str, str]:
    return {"id": global_id("Customer", person.id)}


async def test_a_new_password_is_shown_once_and_ends_what_the_old_one_opened() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin)
    second = await people.sign_in(customer.login)
    asked = _id(customer) | {"idempotencyKey": "once"}
    issued = (await product.mutate(admin, PASSWORD, **asked))["portalSecret"]
    assert (issued["username"], issued["reason"]) == (customer.login, None)
    assert len(issued["secret"]) == 16
    for token in (customer.token, second):
        assert (await product.send(token, "{ viewer { name } }")).codes == ["UNAUTHENTICATED"]
    with pytest.raises(DomainError):
        await people.sign_in(customer.login)
    fresh = await people.sign_in(customer.login, issued["secret"])
    again = await product.mutate(admin, PASSWORD, **asked)
    shown = {"username": customer.login, "secret": None, "reason": "ALREADY_SHOWN"}
    assert again["portalSecret"] == shown
    assert await product.ask(fresh, "{ viewer { role } }") == {"viewer": {"role": "CUSTOMER"}}
    assert await _trail(customer, "customerPasswordIssue") == [[("password", None, "changed")]]
    assert await Email.filter(account_id=customer.id, template="set_password").count() == 0


async def test_a_link_is_mailed_and_the_password_stays_until_it_is_used() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin, email="carla@a.example")
    mailed = await product.mutate(admin, PASSWORD, **_id(customer), sendLink=True)
    assert mailed == {"customer": _id(customer), "portalSecret": None, "userErrors": []}
    [mail] = await Email.filter(account_id=customer.id, template="set_password")
    assert mail.to_address == "carla@a.example"
    assert await product.ask(customer, "{ viewer { role } }")
    assert await people.sign_in(customer.login)
    assert await _trail(customer, "customerPasswordIssue") == [[]]


async def test_no_link_goes_to_an_account_without_an_address() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin)
    await Account.filter(id=customer.id).update(email=None)  # as accounts made in bulk are
    refused = await product.mutate(admin, PASSWORD, **_id(customer), sendLink=True)
    assert refusals(refused) == [("REQUIRED", ["id"])]
    issued = await product.mutate(admin, PASSWORD, **_id(customer))
    assert await people.sign_in(customer.login, issued["portalSecret"]["secret"])


async def test_a_pin_is_drawn_and_shown_once_or_chosen_and_not_shown() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin)
    asked = _id(customer) | {"idempotencyKey": "once"}
    drawn = await product.mutate(admin, PIN, **asked)
    assert drawn["customer"] == {"hasPin": True}
    pin = drawn["pinSecret"]["secret"]
    assert pin.isdigit()
    assert len(pin) == 6
    assert (await Pin.get(account_id=customer.id)).keyed_hash == pin_hash(pin)
    again = await product.mutate(admin, PIN, **asked)
    shown = {"username": customer.login, "secret": None}
    assert again["pinSecret"] == shown | {"reason": "ALREADY_SHOWN"}
    chosen = await product.mutate(admin, PIN, **_id(customer), pin="40291537")
    assert chosen["pinSecret"] == shown | {"reason": "GIVEN_BY_CALLER"}
    assert (await Pin.get(account_id=customer.id)).keyed_hash == pin_hash("40291537")
    assert await _trail(customer, "customerPinReset") == [[("pin", None, "changed")]] * 2


@pytest.mark.parametrize(
    ("pin", "code"),
    [
        ("12345", "OUT_OF_RANGE"),
        ("1234567890123", "TOO_LONG"),
        ("1" * 10_000, "TOO_LONG"),
        ("12a456", "INVALID"),
        ("١٢٣٤٥٦", "INVALID"),
        ("123456\n", "INVALID"),
    ],
)
async def test_a_pin_that_breaks_a_rule_is_refused_and_the_old_one_stays(
    pin: str, code: str
) -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin, pin="402915")
    refused = await product.mutate(admin, PIN, **_id(customer), pin=pin)
    assert refusals(refused) == [(code, ["pin"])]
    assert (await Pin.get(account_id=customer.id)).keyed_hash == pin_hash("402915")


async def test_a_pin_is_one_accounts_alone() -> None:
    admin, product = await people.administrator(), Product()
    one, two = await people.customer(admin, pin="402915"), await people.customer(admin)
    taken = await product.mutate(admin, PIN, **_id(two), pin="402915")
    assert refusals(taken) == [("TAKEN", ["pin"])]
    assert await Pin.filter(account_id=two.id).count() == 0
    same = await product.mutate(admin, PIN, **_id(one), pin="402915")
    assert refusals(same) == []


@pytest.mark.parametrize("call", [PASSWORD, PIN])
async def test_secrets_are_issued_by_whoever_sees_the_account_and_may(call: str) -> None:
    admin, product = await people.administrator(), Product()
    owner, stranger = await people.reseller(admin), await people.reseller(admin)
    customer = await people.customer(admin, owner, pin="402915")
    before = await _kept(customer)
    refused = await product.mutate(stranger, call, **_id(customer))
    assert refusals(refused) == [("NOT_FOUND", ["id"])]
    document = f"mutation($id: ID!) {{ {call.split(maxsplit=1)[0]}(input: {{id: $id}})"
    for asker in (customer, await people.staff(admin)):
        answer = await product.send(
            asker, f"{document} {{ userErrors {{ code }} }} }}", **_id(customer)
        )
        assert answer.codes == ["FORBIDDEN"]
    assert await _kept(customer) == before
    assert refusals(await product.mutate(owner, call, **_id(customer))) == []


async def _kept(customer: Person) -> tuple[str, int]:
    sessions = await Session.filter(account_id=customer.id).count()
    return (await Pin.get(account_id=customer.id)).keyed_hash, sessions


async def _trail(customer: Person, action: str) -> list[list[tuple[str, None, str]]]:
    events = await AuditEvent.filter(account_id=customer.id, action=action)
    return [[(c["field"], c["old"], c["new"]) for c in event.changes] for event in events]
