"""The first months of a reseller's customers, told day by day: every posting, paper and mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from activities.paper import drawn
from models.accounts.account import Account
from models.database import read_pool
from models.money.invoice import Invoice
from models.money.printing import PrintedPaper
from models.panel.did import Did
from models.panel.product import ProductOrder
from models.rules.enums import AccountType, InvoiceStatus
from tests import people
from tests.database.money_world import assert_books_add_up
from tests.scenario.months import BERLIN, Months, at, ledger_of, midnight, papers_of
from tests.temporal.conftest import House

CARLA, PAUL, RITA = "carla@books.example", "paul@home.example", "rita@telecom.example"


CARLAS_LEDGER = [
    "2024-09-20 CALL -1 = -1",
    "2024-09-20 CALL -1 = -2",
    "2024-09-20 CALL -1 = -3",
    "2024-09-30 TAX -0.57 = -3.57",
    "2024-10-27 POST_CHARGE -20 = -23.57",
    "2024-11-15 POST_CHARGE -5 = -28.57",
    "2024-10-31 TAX -3.8 = -32.37",
    "2024-11-30 TAX -0.95 = -33.32",
    "2024-12-03 INVOICE_PAYMENT 3.57 = -29.75",
    "2024-12-03 INVOICE_PAYMENT 10 = -19.75",
]
PAULS_LEDGER = [
    "2024-09-10 REFILL 40 = 40",
    "2024-09-12 DID -7 = 33",
    "2024-09-12 PRODUCT -9 = 24",
    "2024-09-20 CALL -1 = 23",
    "2024-10-12 DID -3 = 20",
    "2024-10-12 PRODUCT -9 = 11",
    "2024-11-20 REFILL 50 = 61",
    "2024-11-12 DID -3 = 58",
    "2024-11-11 PRODUCT -9 = 49",
    "2024-12-04 CALL -46 = 3",
]
# What Paul pays comes into Rita's wallet, what both cost goes out of it.
RITAS_LEDGER = [
    "2024-09-10 REFILL 500 = 500",
    "2024-09-10 REFILL -40 = 460",
    "2024-09-12 DID 7 = 467",
    "2024-09-12 DID -7 = 460",
    "2024-09-12 PRODUCT 9 = 469",
    "2024-09-12 PRODUCT -9 = 460",
    "2024-09-20 CALL -0.6 = 459.4",
    "2024-09-20 CALL -0.6 = 458.8",
    "2024-09-20 CALL -0.6 = 458.2",
    "2024-09-20 CALL 1 = 459.2",
    "2024-09-20 CALL -0.6 = 458.6",
    "2024-10-12 DID 3 = 461.6",
    "2024-10-12 DID -2 = 459.6",
    "2024-10-12 PRODUCT 9 = 468.6",
    "2024-10-12 PRODUCT -9 = 459.6",
    "2024-11-20 REFILL -50 = 409.6",
    "2024-11-12 DID 3 = 412.6",
    "2024-11-12 DID -2 = 410.6",
    "2024-11-11 PRODUCT 9 = 419.6",
    "2024-11-11 PRODUCT -9 = 410.6",
    "2024-12-04 CALL 46 = 456.6",
    "2024-12-04 CALL -30 = 426.6",
]


@dataclass(frozen=True)
class Cast:
    """Who the story is about, and what Paul rents."""

    rita: people.Person
    carla: people.Person
    paul: people.Person
    did_id: UUID
    order_id: UUID


async def test_the_first_months_of_a_reseller_and_its_customers(house: House) -> None:
    months = await Months.begin(house)
    cast = await _they_sign_up_in_september(months)
    await _both_call(months, cast)
    async with house.working():
        await _autumn_is_billed(months, cast)
        await _the_missed_weeks_are_caught_up(months, cast)
        await _debts_are_pursued_and_paid(months, cast)
    await _every_posting_is_explained(cast)
    await _every_paper_says_what_happened(cast)
    _every_mail_came_once(months)
    await assert_books_add_up()


async def _they_sign_up_in_september(months: Months) -> Cast:
    admin = months.admin

    # 10 September 2024. Rita resells; the administration lends her nothing: she pays 500 ahead.
    rita = await people.reseller(
        admin, company="Rita Telecom", email=RITA, time_zone=BERLIN, **_at_home("Kantstraße 12")
    )
    await months.refilled(rita, "500", at("2024-09-10"))

    # Carla pays by invoice, on the last day of each month, with 19 % tax.
    carla = await people.customer(
        admin,
        rita,
        type=AccountType.POSTPAID,
        credit_limit=Decimal(200),
        time_zone=BERLIN,
        email=CARLA,
        company="Carla & Co",
        **_at_home("Am Markt 3"),
    )
    await months.opened_on(carla, "2024-09-10", billing_day=31)
    await months.taxed(carla, "VAT", 19)

    # Paul pays ahead: 40 from Rita's wallet, for a number and a flat rate.
    paul = await people.customer(
        admin,
        rita,
        first_name="Paul",
        time_zone=BERLIN,
        email=PAUL,
        **_at_home("Lindenallee 7"),
    )
    await months.opened_on(paul, "2024-09-10")
    await months.refilled(paul, "40", at("2024-09-10"))
    did_id = await months.assigned("+4930555", paul, at("2024-09-12"))
    order_id = await months.ordered("Flat rate", 9, paul, at("2024-09-12"))
    # From now on Rita asks 3 a month for what costs her 2.
    await months.asks(rita, did_id, setup_fee=5, monthly_fee=3)
    return Cast(rita, carla, paul, did_id, order_id)


async def _both_call(months: Months, cast: Cast) -> None:
    # 20 September. Both call; Rita earns 0.40 with each.
    for hour in ("09:00", "10:00", "11:00"):
        await months.called(cast.carla, at("2024-09-20", hour), "1", "0.60")
    await months.called(cast.paul, at("2024-09-20", "12:00"), "1", "0.60")


async def _autumn_is_billed(months: Months, cast: Cast) -> None:
    # 30 September, midnight in Berlin: September has no 31st. A minute earlier nobody is due.
    assert await months.billed(at("2024-09-29", "23:59")) is None
    await months.billed(midnight("2024-09-30"))
    assert await numbers(cast.carla) == ["INV-000001"]

    # 12 October: Paul's number and his flat rate come to the end of their first period.
    await months.renewed(at("2024-10-12", "00:10"))
    assert (await Did.get(id=cast.did_id)).next_renewal_at == midnight("2024-11-12")
    renewed = await ProductOrder.get(id=cast.order_id)
    assert renewed.next_renewal_at == midnight("2024-11-11")

    # 27 October: the clocks go back, and Carla has her address changed within the hour
    # that comes twice.
    await months.charged(cast.carla, "20", "Change of address", at("2024-10-27", "02:30"))


async def _the_missed_weeks_are_caught_up(months: Months, cast: Cast) -> None:
    # The house is dark for weeks: no sweep on 31 October, none on 30 November.
    await months.charged(cast.carla, "5", "Paper invoice", at("2024-11-15"))
    await months.refilled(cast.paul, "50", at("2024-11-20"))

    # 2 December: all that was missed is caught up, each period by itself.
    await months.billed(at("2024-12-02"))
    await months.billed(at("2024-12-02", "12:15"))
    assert await numbers(cast.carla) == ["INV-000001", "INV-000002", "INV-000003"]
    await months.renewed(at("2024-12-02"))


async def _debts_are_pursued_and_paid(months: Months, cast: Cast) -> None:
    # The first invoice was due on 7 October: one reminder, not three, and Carla is suspended.
    await months.pursued(at("2024-12-02"))
    await months.pursued(at("2024-12-02", "13:00"))
    assert (await Account.get(id=cast.carla.id)).suspended_for_debt_at == at("2024-12-02")

    # 3 December: she pays it, and a part of the second; she may call again at once.
    await months.paid("INV-000001", "3.57", at("2024-12-03"))
    assert (await Account.get(id=cast.carla.id)).suspended_for_debt_at is None
    await months.paid("INV-000002", "10", at("2024-12-03"))

    # Paul calls until little is left.
    await months.called(cast.paul, at("2024-12-04"), "46", "30")
    await months.delivered()


async def _every_posting_is_explained(cast: Cast) -> None:
    assert await ledger_of(cast.carla.id) == CARLAS_LEDGER
    assert await ledger_of(cast.paul.id) == PAULS_LEDGER
    assert await ledger_of(cast.rita.id) == RITAS_LEDGER
    sums = await read_pool().fetch(
        "SELECT currency_code, sum(amount) AS amount FROM posting_lines GROUP BY 1"
    )
    assert [tuple(row) for row in sums] == [("USD", 0)]


async def _every_paper_says_what_happened(cast: Cast) -> None:
    first, second, third = await papers_of(cast.carla.id)
    assert [paper.words["total"] for paper in (first, second, third)] == [
        "3.57 USD",
        "23.80 USD",
        "5.95 USD",
    ]
    assert first.words["lines"] == [
        {"text": "Standard calls (3), minutes", "quantity": "6", "amount": "3.00"}
    ]
    assert ["Period", "10 September 2024 to 29 September 2024"] in first.words["facts"]
    assert ["Period", "30 September 2024 to 30 October 2024"] in second.words["facts"]
    assert ["Period", "31 October 2024 to 29 November 2024"] in third.words["facts"]
    assert first.words["settlement"] == "Paid. Thank you."
    assert second.words["settlement"] == (
        "10.00 USD of it has been paid. Please pay 13.80 USD by 9 December 2024,"
        " stating INV-000002."
    )
    assert first.words["issuer"]["name"] == "Rita Telecom"
    states = await Invoice.filter(account_id=cast.carla.id).order_by("sequence")
    assert [state.status for state in states] == [
        InvoiceStatus.PAID,
        InvoiceStatus.PARTIALLY_PAID,
        InvoiceStatus.OPEN,
    ]
    paid_by_paul, paid_by_rita = [await papers_of(each.id) for each in (cast.paul, cast.rita)]
    # What was caught up on 2 December is dated so, whenever its period began.
    assert [dict(paper.words["facts"])["Date"] for paper in paid_by_rita[-2:]] == [
        "2 December 2024"
    ] * 2
    # Both pay 7 for the number at first; from then on Rita pays 2 and asks 3.
    assert _totals(paid_by_paul) == ["3.00"] * 2 + ["40.00", "50.00", "7.00"] + ["9.00"] * 3
    assert _totals(paid_by_rita) == ["2.00"] * 2 + ["500.00", "7.00"] + ["9.00"] * 3
    for paper in (first, second, third, *paid_by_paul, *paid_by_rita):
        assert drawn(paper).startswith(b"%PDF-")


def _every_mail_came_once(months: Months) -> None:
    assert sorted(months.subjects(CARLA)) == [
        "20.00 USD charged to your account",
        "5.00 USD charged to your account",
        "Invoice INV-000001 is overdue",
        "Invoice INV-000001 is overdue: your account is suspended",
        "Invoice INV-000001: 3.57 USD",
        "Invoice INV-000002: 23.80 USD",
        "Invoice INV-000003: 5.95 USD",
        "Receipt: 10.00 USD",
        "Receipt: 3.57 USD",
        "Welcome to Rita Telecom",
    ]
    assert sorted(months.subjects(PAUL)) == [
        "40.00 USD added to your account",
        "50.00 USD added to your account",
        "Renewed: DID +4930555",
        "Renewed: DID +4930555",
        "Renewed: Flat rate",
        "Renewed: Flat rate",
        "Welcome to Rita Telecom",
        "Your balance is low: 3.00 USD",
        "Your new number: +4930555",
        "Your order: Flat rate",
    ]
    assert sorted(months.subjects(RITA)) == [
        "500.00 USD added to your account",
        "Welcome to Trunkline",
    ]
    store = months.house.smtp.store
    with_papers = {
        mail.subject: [attached.name for attached in store.attachments(mail)]
        for mail in months.house.smtp.mails(CARLA)
    }
    assert with_papers["Invoice INV-000002: 23.80 USD"] == ["INV-000002.pdf"]
    assert with_papers["Invoice INV-000001 is overdue"] == ["INV-000001.pdf"]
    assert with_papers["Welcome to Rita Telecom"] == []


def _at_home(street: str) -> dict[str, Any]:
    return {
        "address_line1": street,
        "postal_code": "10623",
        "city": "Berlin",
        "country_code": "DE",
    }


def _totals(papers: Sequence[PrintedPaper]) -> list[str]:
    return sorted(paper.words["total"].removesuffix(" USD") for paper in papers)


async def numbers(person: people.Person) -> list[str]:
    """Of the person's documents."""
    rows = await Invoice.filter(account_id=person.id).order_by("sequence")
    return [row.number for row in rows]
