"""Who pays whom: for every chain and every price the lines sum to zero and nobody pays twice."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.errors import DomainError, ErrorCode
from models.rules.payment_chain import (
    LedgerAccountKind,
    Line,
    Member,
    SystemAccount,
    charge_lines,
    converted,
    refill_lines,
    reversed_lines,
    tax_lines,
)

RATES = {"USD": Decimal(1), "EUR": Decimal("0.9137"), "JPY": Decimal("151.27")}
amounts = st.decimals(min_value="0", max_value="99999999", places=6)
members = st.builds(Member, st.uuids(), st.booleans(), st.sampled_from(sorted(RATES)))
chains = st.lists(members, min_size=1, max_size=8, unique_by=lambda member: member.id)


def sums(lines: tuple[Line, ...]) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        totals[line.currency_code] += line.amount
    return totals


def moves(lines: tuple[Line, ...]) -> list[tuple[object, object]]:
    return [(line.account, line.amount) for line in lines]


def paid_by(wallet: UUID, lines: tuple[Line, ...]) -> list[Decimal]:
    return [-line.amount for line in lines if line.account == wallet and line.amount < 0]


def system(kind: str, issuer: UUID | None = None, currency: str = "USD") -> SystemAccount:
    return SystemAccount(LedgerAccountKind(kind), issuer, currency)


@given(chains, st.data())
def test_a_charge_sums_to_zero_in_each_currency(chain: list[Member], data: st.DataObject) -> None:
    prices = data.draw(st.lists(amounts, min_size=1, max_size=len(chain)))
    lines = charge_lines(chain, prices, RATES)
    assert set(sums(lines).values()) <= {0}
    assert all(line.amount for line in lines)


@given(chains, st.data())
def test_each_level_pays_its_own_price_once(chain: list[Member], data: st.DataObject) -> None:
    prices = data.draw(st.lists(amounts, min_size=1, max_size=len(chain)))
    lines = charge_lines(chain, prices, RATES)
    for member, price in zip(chain, prices, strict=False):
        assert paid_by(member.id, lines) == ([price] if price else [])
    for member in chain[len(prices) :]:
        assert paid_by(member.id, lines) == []


@given(chains, st.data())
def test_only_postpaid_payers_lines_await_an_invoice(
    chain: list[Member], data: st.DataObject
) -> None:
    prices = data.draw(st.lists(amounts, min_size=1, max_size=len(chain)))
    awaiting = {line.account for line in charge_lines(chain, prices, RATES) if line.awaits_invoice}
    paying = zip(chain, prices, strict=False)
    assert awaiting == {member.id for member, price in paying if price and not member.is_prepaid}


@given(chains, amounts.filter(bool))
def test_a_refill_sums_to_zero_and_comes_from_the_direct_owner_alone(
    chain: list[Member], amount: Decimal
) -> None:
    lines = refill_lines(chain, amount, RATES)
    assert set(sums(lines).values()) == {0}
    assert (lines[0].account, lines[0].amount) == (chain[0].id, amount)
    wallets = {line.account for line in lines if isinstance(line.account, UUID)}
    assert wallets <= {member.id for member in chain[:2]}


@given(chains, st.data())
def test_a_reversal_and_its_original_leave_nothing(
    chain: list[Member], data: st.DataObject
) -> None:
    prices = data.draw(st.lists(amounts, min_size=1, max_size=len(chain)))
    lines = charge_lines(chain, prices, RATES)
    left: dict[object, Decimal] = defaultdict(Decimal)
    for line in (*lines, *reversed_lines(lines)):
        left[line.account] += line.amount
    assert set(left.values()) <= {0}


def test_all_prepaid_the_reseller_earns_the_difference() -> None:
    customer, reseller = Member(uuid4(), True, "USD"), Member(uuid4(), True, "USD")
    lines = charge_lines([customer, reseller], [Decimal(10), Decimal(7)], {})
    assert moves(lines) == [
        (customer.id, -10),
        (reseller.id, 10),
        (reseller.id, -7),
        (system("REVENUE"), 7),
    ]


def test_a_postpaid_customer_owes_its_resellers_revenue() -> None:
    customer, reseller = Member(uuid4(), False, "USD"), Member(uuid4(), True, "USD")
    lines = charge_lines([customer, reseller], [Decimal(10), Decimal(7)], {})
    assert moves(lines) == [
        (customer.id, -10),
        (system("REVENUE", reseller.id), 10),
        (reseller.id, -7),
        (system("REVENUE"), 7),
    ]


def test_a_postpaid_payment_goes_to_the_resellers_cash() -> None:
    customer, reseller = Member(uuid4(), False, "USD"), Member(uuid4(), True, "USD")
    lines = refill_lines([customer, reseller], Decimal(10), {})
    assert moves(lines) == [
        (customer.id, 10),
        (system("CASH", reseller.id), -10),
    ]


def test_a_prepaid_payers_tax_goes_where_its_funds_came_from_and_is_kept_account_of() -> None:
    customer, reseller = Member(uuid4(), True, "USD"), Member(uuid4(), True, "USD")
    tax = Decimal("1.90")
    assert moves(tax_lines([customer, reseller], tax, {})) == [
        (customer.id, -tax),
        (reseller.id, tax),
        (system("CASH", reseller.id), -tax),
        (system("TAX", reseller.id), tax),
    ]


@pytest.mark.parametrize("is_prepaid", [True, False])
def test_tax_goes_to_the_issuer_that_gave_no_funds(*, is_prepaid: bool) -> None:
    customer, reseller = Member(uuid4(), is_prepaid, "USD"), Member(uuid4(), True, "USD")
    chain = [customer] if is_prepaid else [customer, reseller]
    issuer = None if is_prepaid else reseller.id
    lines = tax_lines(chain, Decimal("1.90"), {})
    assert [line.account for line in lines] == [customer.id, system("TAX", issuer)]


@given(chains, amounts)
def test_funds_that_are_spent_on_a_price_and_its_tax_are_back_with_their_owner(
    chain: list[Member], tax: Decimal
) -> None:
    lines = tax_lines(chain, tax, RATES)
    assert set(sums(lines).values()) <= {0}
    payer, issuer = chain[0], chain[1].id if len(chain) > 1 else None
    assert paid_by(payer.id, lines) == ([tax] if tax else [])
    told = [
        line.amount for line in lines if line.account == system("TAX", issuer, payer.currency_code)
    ]
    assert told == ([tax] if tax else [])
    if payer.is_prepaid and len(chain) > 1:
        owner = chain[1]
        back = converted(tax, payer.currency_code, owner.currency_code, RATES)
        assert sum(line.amount for line in lines if line.account == owner.id) == back


def test_a_missing_rate_names_the_currency() -> None:
    with pytest.raises(DomainError, match="KWD") as refused:
        converted(Decimal(1), "KWD", "USD", RATES)
    assert refused.value.code is ErrorCode.RATE_MISSING


def test_a_system_account_has_the_same_id_for_the_same_name_only() -> None:
    issuer = uuid4()
    names = [
        system("CASH"),
        system("TAX"),
        system("CASH", issuer),
        system("CASH", issuer, "EUR"),
        system("CASH", uuid4()),
    ]
    assert len({name.id for name in names}) == len(names)
    assert system("CASH", issuer).id == names[2].id
