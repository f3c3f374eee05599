"""Documents on paper: what stands on them, drawn to the same bytes whenever and wherever."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from obstore.store import LocalStore
from tortoise.backends.base.client import BaseDBAsyncClient

from activities.paper import drawn, pdf_of
from gateway.settings import PROJECT
from models.accounts.account import Account
from models.accounts.tax import AccountTax, Tax
from models.database import raw, transaction
from models.ids import new_id
from models.money.charge import Charge, ManualCharge
from models.money.credit_note import CreditOrder
from models.money.invoice import Invoice
from models.money.issuer_profile import IssuerProfile
from models.money.printing import PrintedPaper, printed_paper
from models.money.refill import Refill, RefillOrder
from models.rules.enums import AccountType, InvoiceKind, PostingKind
from models.rules.issuer_profile import IssuerProfilePatch
from schema.scalars import id_of
from tests.api.test_issuers import PICTURE, picture_of
from tests.database.billing_world import APRIL, billed, owe, pay, tax
from tests.database.money_world import CLERK, fund, open_account
from tests.database.test_money_issuer_profile import ADMIN

pytestmark = pytest.mark.usefixtures("database")

REDRAW = """
import sys, json
from activities.paper import drawn
from models.money.printing import PrintedPaper
sys.stdout.buffer.write(drawn(PrintedPaper("x.pdf", json.loads(sys.stdin.read()), None)))
"""


async def paper(invoice_id: UUID) -> PrintedPaper:
    async with transaction() as tx:
        return await paper_in(tx, invoice_id)


async def paper_in(tx: BaseDBAsyncClient, invoice_id: UUID) -> PrintedPaper:
    found = await printed_paper(raw(tx), invoice_id)
    assert found is not None
    return found


async def addressed(**told: Any) -> UUID:
    """A postpaid customer in Berlin with an address, taxed at 19 %."""
    account_id = await open_account(AccountType.POSTPAID)
    row: dict[str, Any] = {
        "first_name": "Carla",
        "last_name": "Müller",
        "company": "Müller & Söhne",
        "address_line1": "Am Markt 3",
        "postal_code": "50667",
        "city": "Köln",
        "country_code": "DE",
        "time_zone": "Europe/Berlin",
        "tax_number": "DE987",
        "invoice_note": "Order 77",
    }
    await Account.filter(id=account_id).update(**(row | told))
    if await Tax.all().exists():
        rate = await Tax.get()
        await AccountTax.create(id=new_id(), account_id=account_id, tax_id=rate.id)
    else:
        await tax(account_id)
    return account_id


async def test_an_invoice_says_who_to_whom_what_for_how_much_and_until_when() -> None:
    await IssuerProfile.adopt(
        IssuerProfilePatch(None, {"name": "Acme", "city": "Lyon", "tax_number": "FR1"}), ADMIN
    )
    account_id = await addressed()
    await owe(account_id, "2", kind=PostingKind.CALL, label="Standard calls")
    words = (await paper(await billed(account_id, "10"))).words
    assert words["title"] == "Invoice"
    assert words["issuer"] == {
        "name": "Acme",
        "lines": ["Lyon", "United States"],
        "foot": ["Tax number FR1"],
    }
    assert words["customer"]["lines"] == [
        *("Müller & Söhne", "Carla Müller", "Am Markt 3", "50667 Köln", "Germany"),
        "Tax number DE987",
    ]
    assert ["Period", "1 March 2026 to 1 April 2026"] in words["facts"]
    assert [line["text"] for line in words["lines"]] == ["Standard calls (1), minutes", "Setup"]
    assert words["sums"] == [["Net", "12.00"], ["VAT 19 %", "2.28"]]
    assert (words["total"], words["outstanding"]) == ("14.28 USD", "14.28 USD")
    assert words["settlement"].startswith("Please pay 14.28 USD by 8 April 2026")
    assert words["notes"] == ["Order 77"]


async def test_what_is_paid_credited_or_void_is_said_so() -> None:
    account_id = await addressed()
    invoice_id = await billed(account_id, "10")
    await pay(invoice_id, "5")
    assert "5.00 USD of it has been paid" in (await paper(invoice_id)).words["settlement"]
    await pay(invoice_id, "6.90")
    assert (await paper(invoice_id)).words["settlement"] == "Paid. Thank you."
    async with transaction() as tx:
        order = CreditOrder(invoice_id, Decimal("1.19"), "Sorry", CLERK, APRIL)
        note_id = await Invoice.credit(tx, order)
    words = (await paper(note_id)).words
    assert (words["title"], words["outstanding"]) == ("Credit note", "")
    assert ["Credits", "INV-000001"] in words["facts"]
    other = await billed(await addressed(), "10")
    async with transaction() as tx:
        await Invoice.void(tx, other, actor=CLERK, at=APRIL, reason="Wrong address")
    words = (await paper(other)).words
    assert (words["mark"], words["settlement"]) == (
        "VOID",
        "This document is void since 1 April 2026: Wrong address.",
    )


async def test_a_credit_note_gives_each_tax_back_by_its_name() -> None:
    account_id = await addressed()
    await tax(account_id, 7, name="City levy")
    await tax(account_id, 0, name="Export")
    await tax(account_id, 0, fixed=1, name="Stamp duty")
    invoice_id = await billed(account_id, "10")
    taxes = [["City levy 7 %", "0.70"], ["Export 0 %", "0.00"], ["Stamp duty", "1.00"]]
    sums = [["Net", "10.00"], *taxes, ["VAT 19 %", "1.90"]]
    assert (await paper(invoice_id)).words["sums"] == sums
    notes = []
    for amount in ("1.01", "12.59"):
        async with transaction() as tx:
            order = CreditOrder(invoice_id, Decimal(amount), "Sorry", CLERK, APRIL)
            notes.append((await paper_in(tx, await Invoice.credit(tx, order))).words)
    assert [line["text"] for line in notes[0]["lines"]] == ["Credit of INV-000001"]
    names = [name for name, _ in sums]
    assert [name for name, _ in notes[0]["sums"]] == names
    assert [name for name, _ in notes[1]["sums"]] == names
    both = zip(*(note["sums"] for note in notes), strict=True)
    told = [sum(Decimal(amount) for _, amount in pair) for pair in both]
    assert told == [Decimal(amount) for _, amount in sums]
    assert notes[0]["notes"] == ["Sorry", "Order 77"]


async def test_a_tax_that_comes_to_nothing_is_no_thing_that_was_sold() -> None:
    account_id = await open_account(AccountType.POSTPAID)
    await tax(account_id, 0)
    words = (await paper(await billed(account_id, "10"))).words
    assert [line["text"] for line in words["lines"]] == ["Setup"]
    assert words["sums"] == [["Net", "10.00"], ["VAT 0 %", "0.00"]]


async def test_a_credit_of_billing_gives_no_fixed_tax_back() -> None:
    account_id = await addressed()
    await tax(account_id, 0, fixed=1, name="Stamp duty")
    words = (await paper(await billed(account_id, "-10"))).words
    assert words["title"] == "Credit note"
    assert words["sums"] == [["Net", "10.00"], ["VAT 19 %", "1.90"]]


async def test_receipts_carry_the_customers_note_beside_their_own() -> None:
    account_id = await open_account()
    await Account.filter(id=account_id).update(invoice_note="Order 77")
    async with transaction() as tx:
        order = RefillOrder(account_id, Decimal(20), "USD", CLERK, APRIL, note="In cash")
        refilled = await Refill.receive(tx, order)
        charge = ManualCharge(account_id, Decimal(5), "USD", "Router", CLERK, APRIL)
        charged = await Charge.by_hand(tx, charge)
    assert refilled.receipt_id
    assert charged.receipt_id
    await Account.filter(id=account_id).update(invoice_note="Order 78")
    assert (await paper(refilled.receipt_id)).words["notes"] == ["In cash", "Order 77"]
    assert (await paper(charged.receipt_id)).words["notes"] == ["Order 77"]


async def test_a_receipt_asks_for_nothing() -> None:
    account_id = await open_account()
    await fund(account_id, "20")
    receipt = await Invoice.get(account_id=account_id, kind=InvoiceKind.RECEIPT)
    words = (await paper(receipt.id)).words
    assert (words["title"], words["settlement"], words["sums"]) == (
        "Receipt",
        "Paid. Thank you.",
        [],
    )


async def test_a_paper_is_the_same_bytes_in_another_process_at_another_time() -> None:
    words = await paper(await billed(await addressed(), "10"))
    here = drawn(words)
    assert here == drawn(words)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", REDRAW),
        stdin=PIPE,
        stdout=PIPE,
        cwd=PROJECT,
        env={"SOURCE_DATE_EPOCH": "1", "TZ": "Asia/Tokyo", "PYTHONPATH": str(PROJECT)},
    )
    there, _ = await process.communicate(words.json().encode())
    assert there == here


async def test_an_account_that_moves_does_not_move_its_documents(tmp_path: Path) -> None:
    store, account_id = LocalStore(tmp_path), await addressed()
    invoice_id = await billed(account_id, "10")
    before = await pdf_of(store, invoice_id)
    await Account.filter(id=account_id).update(city="Elsewhere", company="Other", number="X1")
    assert await pdf_of(store, invoice_id) == before


async def test_a_logo_is_drawn_and_a_broken_one_left_out(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    words = await paper(await billed(await addressed(), "10"))
    plain = drawn(words)
    assert len(drawn(words, PICTURE)) != len(plain)
    assert drawn(words, b"\x89PNG broken") == plain
    assert drawn(words, b"no picture") == plain
    logo_id = id_of("Upload", await picture_of(ADMIN, store))
    await IssuerProfile.adopt(IssuerProfilePatch(None, {"logo_upload_id": logo_id}), ADMIN)
    pdf = await pdf_of(store, await billed(await addressed(), "10"))
    assert pdf is not None
    assert b"/Image" in pdf.content


async def test_text_that_looks_like_markup_is_only_text() -> None:
    hostile = '#panic("x") $a$ *b* [c] ] \\ " <d> @e'
    account_id = await addressed(company=hostile, invoice_note=hostile)
    words = await paper(await billed(account_id, "10"))
    assert hostile in words.words["customer"]["lines"]
    assert drawn(words).startswith(b"%PDF-")


async def test_a_document_longer_than_a_page_goes_on_over_the_next() -> None:
    account_id = await addressed()
    for nth in range(70):
        await owe(account_id, "1", label=f"Thing {nth:03}")
    words = await paper(await billed(account_id, "1"))
    assert len(words.words["lines"]) == 71
    assert b"/Type/Pages/Count 3/" in drawn(words)


async def test_there_is_no_paper_of_nothing(tmp_path: Path) -> None:
    assert await pdf_of(LocalStore(tmp_path), new_id()) is None
