"""Call decisions through the API: each step takes effect, in its order, for whom it may."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from models.accounts.account import Account
from models.rules.enums import CliPool
from schema.scalars import global_id
from tests import people
from tests.api.product import Product
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")

DECIDE = """query($id: ID!, $cli: String, $to: String) {
    callDecision(customerId: $id, callId: "c1", cli: $cli, calledNumber: $to) {
        verdict reason presentedCli dialNumber rateGroup { name } } }"""
STATE = "query($id: ID!) { customer(id: $id) { mayCall callBlockers } }"


async def _decided(
    asker: Person, customer: Person, cli: str | None = None, to: str | None = None
) -> Any:
    target = str(global_id("Customer", customer.id))
    found = await Product().ask(asker, DECIDE, id=target, cli=cli, to=to)
    return found["callDecision"]


async def _reason(asker: Person, customer: Person, **call: str) -> str:
    return str((await _decided(asker, customer, **call))["reason"])


async def test_a_funded_account_calls_and_an_empty_one_does_not() -> None:
    admin = await people.administrator()
    rich = await people.customer(admin, opening_balance=Decimal(5))
    poor = await people.customer(admin)
    decision = await _decided(admin, rich, cli="+49301", to="4940")
    assert (decision["verdict"], decision["reason"]) == ("ALLOW", "OK")
    assert (decision["presentedCli"], decision["dialNumber"]) == ("49301", "4940")
    assert await _reason(admin, poor) == "NO_FUNDS"
    state = await Product().ask(poor, STATE, id=str(global_id("Customer", poor.id)))
    assert state["customer"] == {"mayCall": False, "callBlockers": ["NO_FUNDS"]}


async def test_a_reseller_without_funds_stops_everybody_below() -> None:
    admin = await people.administrator()
    reseller = await people.reseller(admin, opening_balance=Decimal(5))
    customer = await people.customer(admin, reseller, opening_balance=Decimal(5))
    assert await _reason(admin, customer) == "NO_FUNDS"


async def test_a_reseller_that_is_off_switches_off_everybody_below() -> None:
    admin = await people.administrator()
    top = await people.reseller(admin, opening_balance=Decimal(50))
    below = await people.reseller(top, top, opening_balance=Decimal(20))
    customer = await people.customer(admin, below, opening_balance=Decimal(5))
    assert await _reason(admin, customer) == "OK"
    await Account.filter(id=top.id).update(status="INACTIVE")
    assert await _reason(admin, customer) == "ACCOUNT_OFF"


async def test_a_reseller_that_owes_stops_everybody_below_and_still_signs_in() -> None:
    admin = await people.administrator()
    top = await people.reseller(admin, opening_balance=Decimal(50))
    below = await people.reseller(top, top, opening_balance=Decimal(20))
    customer = await people.customer(admin, below, opening_balance=Decimal(5))
    await Account.filter(id=top.id).update(suspended_for_debt_at=datetime.now(UTC))
    for asker in (top, customer):
        assert await _reason(asker, customer) == "ACCOUNT_OFF"
        state = await Product().ask(asker, STATE, id=str(global_id("Customer", customer.id)))
        assert state["customer"] == {"mayCall": False, "callBlockers": ["ACCOUNT_OFF"]}
    own = "query($id: ID!) { reseller(id: $id) { suspendedForDebtAt } }"
    for reseller, is_suspended in ((top, True), (below, False)):
        shown = await Product().ask(reseller, own, id=str(global_id("Reseller", reseller.id)))
        assert (shown["reseller"]["suspendedForDebtAt"] is not None) == is_suspended


async def test_blocked_codes_and_speed_dials_take_effect_in_the_same_answer() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(admin, opening_balance=Decimal(5))
    target = str(global_id("Customer", customer.id))
    await product.mutate(
        admin, "blockedCodeCreate { blockedCode { id } }", customerId=target, prefix="900"
    )
    await product.mutate(
        admin, "speedDialSet { customer { id } }", customerId=target, key=4, number="900123"
    )
    assert await _reason(admin, customer, to="0049900") == "OK"
    assert await _reason(admin, customer, to="00900") == "DESTINATION_BLOCKED"
    assert await _reason(admin, customer, to="4") == "DESTINATION_BLOCKED"


async def test_an_account_that_may_not_call_the_house_is_told_so() -> None:
    admin = await people.administrator()
    other = await people.customer(admin, number="777001")
    customer = await people.customer(admin, opening_balance=Decimal(5), allows_local_calls=False)
    for to in (other.login, "+777001", "00777001", "777 001", "+777-001", " (777) 001"):
        assert await _reason(admin, customer, to=to) == "LOCAL_NOT_ALLOWED", to
    assert await _reason(admin, customer, to="123456") == "OK"


async def test_a_pool_of_caller_ids_lets_its_own_through_and_a_forced_one_wins() -> None:
    admin, product = await people.administrator(), Product()
    customer = await people.customer(
        admin, opening_balance=Decimal(5), cli_pool=CliPool.REJECT_UNLESS_CALLER_ID
    )
    target = str(global_id("Customer", customer.id))
    await product.mutate(
        admin,
        "callerIdCreate { callerId { id } }",
        customerId=target,
        number="+49 30 5".replace(" ", ""),
    )
    assert await _reason(admin, customer, cli="0049305") == "OK"
    assert await _reason(admin, customer, cli="49306") == "CALLERID_NOT_FOUND"
    assert await _reason(admin, customer, cli="anonymous") == "CALLERID_NOT_FOUND"
    await product.mutate(
        admin, "forceCallerIdSet { customer { id } }", customerId=target, number="49309"
    )
    assert (await _decided(admin, customer, cli="49306"))["presentedCli"] == "49309"


async def test_whoever_does_not_see_the_account_is_told_nothing() -> None:
    roles = await people.six_roles()
    assert await _decided(roles.foreign, roles.customer) is None
    assert await _decided(roles.reseller, roles.customer) is not None
    assert await _decided(roles.customer, roles.customer) is not None
