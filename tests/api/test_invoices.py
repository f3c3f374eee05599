"""Documents settled by people through the API: who may, how much, and nothing twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models.ids import new_id
from models.mail.email import Email
from models.money.invoice import Invoice
from models.rules.enums import AccountType, InvoiceKind
from schema.scalars import global_id
from tests import people
from tests.api.product import Product, refusals
from tests.database.billing_world import billed, state, tax
from tests.database.money_world import assert_books_add_up, balance, count, fund
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")

PAY = "invoicePaymentRecord { invoice { status outstanding { amount } } }"
CREDIT = """creditNoteCreate { creditNote { number kind total { amount } tax { amount } } }"""
VOID = "invoiceVoid { invoice { status outstanding { amount } } }"
PAYING = """mutation($input: InvoicePaymentRecordInput!) {
    invoicePaymentRecord(input: $input) { invoice { id } userErrors { code } } }"""
IMPOSSIBLE = {
    "11.91": "OUT_OF_RANGE",
    "0": "OUT_OF_RANGE",
    "-1": "OUT_OF_RANGE",
    "0.001": "INVALID",
}
FORBIDDEN = ("FORBIDDEN", ["invoiceId"])
UNKNOWN = ("NOT_FOUND", ["invoiceId"])


def of(invoice_id: UUID, amount: str = "1", key: str = "k", **more: Any) -> dict[str, Any]:
    given = {"invoiceId": global_id("Invoice", invoice_id), "amount": amount}
    return given | {"idempotencyKey": key} | more


async def customer(admin: Person, owner: Person | None = None) -> tuple[Person, UUID]:
    """A postpaid customer, and an invoice of 10 and 19 % that it has not paid."""
    carla = await people.customer(admin, owner, type=AccountType.POSTPAID)
    await tax(carla.id)
    return carla, await billed(carla.id, "10")


async def test_an_invoice_is_paid_in_parts_credited_and_told_of() -> None:
    admin, product = await people.administrator(), Product()
    carla, invoice = await customer(admin)
    for _ in range(3):
        paid = await product.mutate(admin, PAY, **of(invoice, "1.90"))
        assert paid["invoice"] == {"status": "PARTIALLY_PAID", "outstanding": {"amount": "10"}}
    noted = await product.mutate(admin, CREDIT, **of(invoice, "11.90", reason="Goodwill"))
    note = noted["creditNote"]
    assert (note["kind"], note["number"]) == ("CREDIT_NOTE", "CN-000001")
    assert (note["total"]["amount"], note["tax"]["amount"]) == ("11.9", "1.9")
    assert await state(invoice) == ("PAID", Decimal("11.90"), 0)
    assert await balance(carla.id) == Decimal("1.90"), "what was paid is funds again"
    mail = await Email.get(template="receipt")
    assert (mail.account_id, mail.invoice_id) == (carla.id, invoice)
    await assert_books_add_up()


async def test_a_void_invoice_takes_no_payment_and_a_paid_one_is_not_void() -> None:
    admin, product = await people.administrator(), Product()
    carla, invoice = await customer(admin)
    given = {"id": global_id("Invoice", invoice), "reason": "Wrong address"}
    for _ in range(2):
        void = await product.mutate(admin, VOID, **given)
        assert void["invoice"] == {"status": "VOID", "outstanding": {"amount": "0"}}
    for call in (PAY, CREDIT):
        more = {"reason": "x"} if call is CREDIT else {}
        answer = await product.mutate(admin, call, **of(invoice, **more))
        assert refusals(answer) == [("WRONG_STATE", ["invoiceId"])]
    paid = await billed(carla.id, "10")  # what the void one took up is on it too
    await product.mutate(admin, PAY, **of(paid, "23.80"))
    answer = await product.mutate(admin, VOID, id=global_id("Invoice", paid), reason="Oops")
    assert refusals(answer) == [("WRONG_STATE", ["id"])]
    await assert_books_add_up()


async def test_amounts_that_can_not_be_settled_change_nothing() -> None:
    admin, product = await people.administrator(), Product()
    carla, invoice = await customer(admin)
    before = await count("postings"), await balance(carla.id)
    for amount, code in IMPOSSIBLE.items():
        paid = await product.mutate(admin, PAY, **of(invoice, amount))
        credited = await product.mutate(admin, CREDIT, **of(invoice, amount, reason="x"))
        assert refusals(paid) == refusals(credited) == [(code, ["amount"])]
    for amount in ("NaN", "1e2", "99999999999999999"):
        answer = await product.send(admin, PAYING, input=of(invoice, amount))
        assert answer.codes == ["BAD_USER_INPUT"]
    assert await state(invoice) == ("OPEN", Decimal("11.90"), Decimal("11.90"))
    assert (await count("postings"), await balance(carla.id)) == before


async def test_only_staff_and_the_issuer_settle_a_document() -> None:
    admin, product = await people.administrator(), Product()
    top = await people.reseller(admin)
    issuer, foreign = await people.reseller(top, top), await people.reseller(admin)
    carla, invoice = await customer(admin, issuer)
    for who, refusal in ((top, FORBIDDEN), (foreign, UNKNOWN)):
        assert refusals(await product.mutate(who, PAY, **of(invoice))) == [refusal]
    answer = await product.send(carla, PAYING, input=of(invoice))
    assert answer.codes == ["FORBIDDEN"]
    assert await state(invoice) == ("OPEN", Decimal("11.90"), Decimal("11.90"))
    for who in (issuer, admin):
        paid = await product.mutate(who, PAY, **of(invoice, key=who.login))
        assert refusals(paid) == []
    assert await state(invoice) == ("PARTIALLY_PAID", Decimal("11.90"), Decimal("9.90"))


async def test_what_is_no_invoice_is_not_settled() -> None:
    admin, product = await people.administrator(), Product()
    assert refusals(await product.mutate(admin, PAY, **of(new_id()))) == [UNKNOWN]
    paula = await people.customer(admin)
    await fund(paula.id, "5")
    receipt = await Invoice.get(kind=InvoiceKind.RECEIPT)
    answer = await product.mutate(admin, PAY, **of(receipt.id))
    assert refusals(answer) == [("WRONG_STATE", ["invoiceId"])]
    assert await balance(paula.id) == 5
