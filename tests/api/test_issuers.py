"""Company profiles, exchange rates, documents and statements through the API and its links."""

from __future__ import annotations

import csv
import io
import struct
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from obstore import put_async
from obstore.store import LocalStore
from starlette.applications import Starlette

from gateway.app import file_routes
from gateway.auth import Viewers
from gateway.documents import document_files
from gateway.downloads import Downloads
from gateway.uploads import Uploads
from models.access.principal import viewer_of_token
from models.jobs.upload import Received, Upload
from models.money.invoice import Invoice
from models.money.issuer_profile import IssuerProfile
from models.rules.enums import AccountType
from schema.scalars import global_id
from tests import people
from tests.api.product import Product, refusals
from tests.database.billing_world import billed
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")

PROFILE = """query($id: ID) { issuerProfile(resellerId: $id) {
    name address { line1 city countryCode } taxNumber invoicePrefix nextInvoiceNumber dueDays
    reminderDays suspendAfterDays logoUrl timeZone currencyCode } }"""
STATEMENT = """query($id: ID!, $from: DateTime!, $to: DateTime!) {
    statement(accountId: $id, between: {from: $from, to: $to}) {
        opening { amount currencyCode } closing { amount } debits { amount } credits { amount }
        lines { totalCount nodes { kind amount { amount } balanceAfter { amount } } }
        downloadUrl } }"""
SET = "issuerProfileSet { issuerProfile { name address { line1 city } reminderDays logoUrl } }"
RATE = "currencyRateSet { currency { code rate active } }"


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


# One blue pixel, as PNG has it.
PICTURE = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\x10\x20\xf0"))
    + _chunk(b"IEND", b"")
)


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """/downloads over a storage of this test alone."""
    store = LocalStore(tmp_path)
    routes = file_routes(Uploads(store), Downloads(document_files(store)), Viewers(viewer_of_token))
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


async def fetched(files: httpx.AsyncClient, url: str, who: Person) -> httpx.Response:
    return await files.get(url, headers={"Authorization": f"Bearer {who.token}"})


async def picture_of(viewer: Any, store: LocalStore, content: bytes = PICTURE) -> str:
    """An uploaded file, described as the upload route does it for a picture."""
    row = await Upload.begin(viewer, "logo.png")
    await put_async(store, row.storage_key, content)
    await row.complete(Received(len(content), "0" * 64, "", "", ()))
    return str(global_id("Upload", row.id))


def customer_id(person: Person) -> str:
    return str(global_id("Customer", person.id))


async def test_a_profile_is_changed_and_read_back() -> None:
    admin, product = await people.administrator(), Product()
    given: dict[str, Any] = {"name": "Acme", "address": {"line1": "Main Street 1", "city": "Lyon"}}
    answer = await product.mutate(admin, SET, **given, reminderDays=[2, 5])
    assert refusals(answer) == []
    shown = (await product.ask(admin, PROFILE))["issuerProfile"]
    assert (shown["name"], shown["reminderDays"]) == ("Acme", [2, 5])
    assert shown["address"] == {"line1": "Main Street 1", "city": "Lyon", "countryCode": "US"}
    assert (shown["nextInvoiceNumber"], shown["logoUrl"]) == (1, None)


async def test_documents_of_two_kinds_never_bear_the_same_number() -> None:
    admin, product = await people.administrator(), Product()
    before = await IssuerProfile.get(reseller_id=None)
    alike = await product.mutate(admin, SET, invoicePrefix="X-", receiptPrefix="X-")
    assert refusals(alike) == [("INVALID", ["invoicePrefix"]), ("INVALID", ["receiptPrefix"])]
    taken = await product.mutate(admin, SET, receiptPrefix=before.invoice_prefix)
    assert refusals(taken) == [("INVALID", ["receiptPrefix"])]
    assert (await IssuerProfile.get(reseller_id=None)).receipt_prefix == before.receipt_prefix


async def test_everybody_sees_the_profile_of_their_own_issuer() -> None:
    admin, product = await people.administrator(), Product()
    rita = await people.reseller(admin, company="Rita Ltd")
    carla = await people.customer(admin, rita)
    names = [
        (await product.ask(who, PROFILE))["issuerProfile"]["name"] for who in (admin, rita, carla)
    ]
    assert names == ["Trunkline", "Rita Ltd", "Rita Ltd"]


async def test_a_foreign_profile_is_neither_seen_nor_changed() -> None:
    admin, product = await people.administrator(), Product()
    mine, foreign = await people.reseller(admin), await people.reseller(admin)
    other = str(global_id("Reseller", foreign.id))
    assert (await product.send(mine, PROFILE, id=other)).codes == ["BAD_USER_INPUT"]
    answer = await product.mutate(mine, SET, resellerId=other, name="Mine")
    assert refusals(answer) == [("NOT_FOUND", ["resellerId"])]
    assert (await IssuerProfile.get(reseller_id=foreign.id)).name != "Mine"


async def test_a_customer_changes_no_profile() -> None:
    admin, product = await people.administrator(), Product()
    carla = await people.customer(admin)
    query = 'mutation { issuerProfileSet(input: {name: "X"}) { issuerProfile { name } } }'
    assert (await product.send(carla, query)).codes == ["FORBIDDEN"]


async def test_a_logo_is_a_small_picture_of_ones_own(
    files: httpx.AsyncClient, tmp_path: Path
) -> None:
    admin, product, store = await people.administrator(), Product(), LocalStore(tmp_path)
    good = await picture_of(admin.viewer, store)
    large = await picture_of(admin.viewer, store, PICTURE + bytes(600_000))
    answer = await product.mutate(admin, SET, logoUploadId=large)
    assert refusals(answer) == [("LIMIT_EXCEEDED", ["logoUploadId"])]
    rita = await people.reseller(admin)
    answer = await product.mutate(rita, SET, logoUploadId=good)
    assert refusals(answer) == [("NOT_FOUND", ["logoUploadId"])]
    answer = await product.mutate(admin, SET, logoUploadId=good)
    assert refusals(answer) == []
    response = await fetched(files, answer["issuerProfile"]["logoUrl"], admin)
    assert response.content == PICTURE


async def test_a_rate_is_set_by_the_administration_alone() -> None:
    admin, product = await people.administrator(), Product()
    answer = await product.mutate(admin, RATE, code="EUR", rate="0.92")
    assert answer["currency"] == {"code": "EUR", "rate": "0.92", "active": True}
    rita = await people.reseller(admin)
    query = 'mutation { currencyRateSet(input: {code: "EUR", rate: "2"}) { currency { code } } }'
    assert (await product.send(rita, query)).codes == ["FORBIDDEN"]


@pytest.mark.parametrize(
    ("code", "rate", "refusal"),
    [
        ("EUR", "0", ("OUT_OF_RANGE", ["rate"])),
        ("EUR", "-1", ("OUT_OF_RANGE", ["rate"])),
        ("XXX", "1", ("NOT_FOUND", ["code"])),
        ("USD", "2", ("IMMUTABLE", ["rate"])),
    ],
)
async def test_a_rate_that_can_not_be_is_refused(
    code: str, rate: str, refusal: tuple[str, list[str]]
) -> None:
    admin, product = await people.administrator(), Product()
    assert refusals(await product.mutate(admin, RATE, code=code, rate=rate)) == [refusal]


async def test_a_document_opens_as_the_same_pdf_for_whoever_may_see_it(
    files: httpx.AsyncClient,
) -> None:
    admin, product = await people.administrator(), Product()
    rita, foreign = await people.reseller(admin), await people.reseller(admin)
    carla = await people.customer(admin, rita, type=AccountType.POSTPAID)
    await billed(carla.id, "10")
    query = "{ invoices { nodes { number pdfUrl lines { description } } } }"
    url = (await product.ask(carla, query))["invoices"]["nodes"][0]["pdfUrl"]
    pdfs = [await fetched(files, url, who) for who in (carla, rita, admin)]
    assert {response.status_code for response in pdfs} == {200}
    assert pdfs[0].content.startswith(b"%PDF-")
    assert len({response.content for response in pdfs}) == 1
    assert "INV-000001.pdf" in pdfs[0].headers["content-disposition"]
    for stranger in (foreign, await people.customer(admin, rita)):
        assert (await fetched(files, url, stranger)).status_code == 404


async def test_a_document_keeps_its_issuer_when_the_profile_changes(
    files: httpx.AsyncClient,
) -> None:
    admin, product = await people.administrator(), Product()
    carla = await people.customer(admin, type=AccountType.POSTPAID)
    await billed(carla.id, "10")
    url = (await product.ask(admin, "{ invoices { nodes { pdfUrl } } }"))["invoices"]["nodes"][0]
    before = (await fetched(files, url["pdfUrl"], admin)).content
    await product.mutate(admin, SET, name="Renamed", address={"city": "Elsewhere"})
    assert (await fetched(files, url["pdfUrl"], admin)).content == before
    assert await Invoice.all().count() == 1


async def test_a_statement_adds_up_and_comes_as_csv(files: httpx.AsyncClient) -> None:
    admin, product = await people.administrator(), Product()
    carla = await people.customer(admin, opening_balance=Decimal(50))
    begin = datetime.now(UTC)
    charge = "accountCharge { charge { id } }"
    given = {"accountId": customer_id(carla), "currencyCode": "USD"}
    for nth, words in enumerate(("=SUM(A1)", "Setup")):
        await product.mutate(
            admin, charge, idempotencyKey=f"c{nth}", amount="7.50", description=words, **given
        )
    asked = {
        "id": customer_id(carla),
        "from": begin.isoformat(),
        "to": (begin + timedelta(hours=1)).isoformat(),
    }
    shown = (await product.ask(carla, STATEMENT, **asked))["statement"]
    amounts = [shown[name]["amount"] for name in ("opening", "credits", "debits", "closing")]
    assert amounts == ["50", "0", "15", "35"]
    assert shown["lines"]["totalCount"] == 2
    assert shown["lines"]["nodes"][0]["balanceAfter"]["amount"] == "35"
    response = await fetched(files, shown["downloadUrl"], carla)
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert [row["Description"] for row in rows] == [
        "Opening balance",
        "'=SUM(A1)",
        "Setup",
        "Closing balance",
    ]
    assert [row["Balance"] for row in rows] == ["50", "42.5", "35", "35"]
    assert (await fetched(files, shown["downloadUrl"], admin)).status_code == 404


async def test_a_statement_of_anybody_else_is_null() -> None:
    admin, product = await people.administrator(), Product()
    carla, other = await people.customer(admin), await people.customer(admin)
    asked = {"id": customer_id(carla), "from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
    assert (await product.ask(other, STATEMENT, **asked))["statement"] is None
