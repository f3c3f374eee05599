"""Deleting through the API: previewed, done, nothing left; asked by everybody."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models.accounts.account import Account
from models.database import raw, transaction
from models.jobs.job import Job
from models.jobs.job_row import JobRow
from models.mail.email import Email
from models.rules.enums import AccountStatus, AccountType
from schema.scalars import global_id, type_and_id
from tests import people
from tests.api.product import Product, refusals
from tests.database.billing_world import billed
from tests.database.deletion_world import belongings, carried, furnish, left_behind
from tests.people import Person, SixRoles

pytestmark = pytest.mark.usefixtures("database")

DELETE = "customersDelete { job { id kind status } }"
RESELLERS = "resellersDelete { job { id kind } }"
ERASE = "customerErase { customer { number firstName lastName email status address { city } } }"
ERASE_RESELLER = "resellerErase { reseller { number firstName lastName email status } }"
PREVIEW = """
query($ids: [ID!], $where: CustomerWhere) { customerDeletionPreview(ids: $ids, where: $where) {
    accounts openInvoices belongings { kind count } records { kind count }
    balances { amount currencyCode } } }
"""


def gid(person: Person) -> str:
    return global_id("Customer", person.id)


async def finished(payload: dict[str, Any]) -> list[JobRow]:
    """The rows of the job that was started, once it is carried out."""
    assert refusals(payload) == []
    found = type_and_id(payload["job"]["id"])
    assert found is not None
    return await carried(await Job.get(id=found[1]))


async def previewed(asker: Person, **whom: Any) -> dict[str, Any]:
    shown = await Product().ask(asker, PREVIEW, **whom)
    found: dict[str, Any] = shown["customerDeletionPreview"]
    return found


def counts(tallies: list[dict[str, Any]]) -> dict[str, int]:
    return {tally["kind"]: tally["count"] for tally in tallies}


@pytest.fixture
async def roles() -> SixRoles:
    return await people.six_roles()


async def test_what_the_preview_counts_is_gone_afterwards_and_the_rest_is_there(
    roles: SixRoles,
) -> None:
    product = Product()
    ada = await people.customer(roles.admin, opening_balance=Decimal(50), generate_pin=True)
    await furnish(roles.admin, ada)
    before = await previewed(roles.admin, ids=[gid(ada)])
    assert before["accounts"] == 1
    assert before["balances"] == [{"amount": "45", "currencyCode": "USD"}]
    gone = counts(before["belongings"])
    assert sum(gone.values()) == sum((await belongings(ada.id)).values())
    assert gone["sipDevices"] == gone["dids"] == gone["apiKeys"] == gone["pins"] == 1
    assert counts(before["records"])["refills"] == 1
    payload = await product.mutate(roles.admin, DELETE, ids=[gid(ada)])
    assert payload["job"]["kind"] == "DELETE"
    await finished(payload)
    assert sum((await belongings(ada.id)).values()) == 0
    assert await left_behind() == {}
    shown = await product.ask(
        roles.admin,
        "query($id: ID!) { customer(id: $id) { status deletedAt sipDevices { totalCount }"
        " refills { totalCount } products { nodes { terminatedAt } } } }",
        id=gid(ada),
    )
    assert shown["customer"]["status"] == "DELETED"
    assert shown["customer"]["sipDevices"]["totalCount"] == 0
    assert shown["customer"]["refills"]["totalCount"] == 1
    assert (await previewed(roles.admin, ids=[gid(ada)]))["accounts"] == 0


async def test_a_preview_tells_of_open_invoices_and_sums_each_currency(roles: SixRoles) -> None:
    ada = await people.customer(roles.admin, type=AccountType.POSTPAID)
    await people.customer(roles.admin, currency_code="EUR", opening_balance=Decimal(7))
    await billed(ada.id, "30")
    where = {"type": {"in": ["PREPAID", "POSTPAID"]}}
    found = await previewed(roles.admin, where=where)
    assert (found["accounts"], found["openInvoices"]) == (3, 1)
    assert found["balances"] == [
        {"amount": "7", "currencyCode": "EUR"},
        {"amount": "-30", "currencyCode": "USD"},
    ]


async def test_a_preview_counts_only_whom_one_sees(roles: SixRoles) -> None:
    ids = [gid(roles.customer)]
    assert (await previewed(roles.reseller, ids=ids))["accounts"] == 1
    hidden = await previewed(roles.foreign, ids=ids)
    assert hidden == await previewed(roles.foreign, ids=[global_id("Customer", UUID(int=5))])
    assert (hidden["accounts"], hidden["belongings"]) == (0, [])
    product = Product()
    assert (await product.send(roles.customer, PREVIEW, ids=ids)).codes == ["FORBIDDEN"]
    assert (await product.send(None, PREVIEW, ids=ids)).codes == ["UNAUTHENTICATED"]
    one = {"number": {"eq": "1"}}
    wishes: list[dict[str, Any]] = [{}, {"where": {}}, {"ids": ids, "where": one}]
    for whom in wishes:
        assert (await product.send(roles.admin, PREVIEW, **whom)).codes == ["BAD_USER_INPUT"]


async def test_customers_of_others_are_as_if_they_did_not_exist(roles: SixRoles) -> None:
    product = Product()
    hidden = await product.mutate(roles.foreign, DELETE, ids=[gid(roles.customer)])
    never = await product.mutate(roles.foreign, DELETE, ids=[global_id("Customer", UUID(int=5))])
    assert hidden == never
    assert refusals(hidden) == [("NOT_FOUND", ["ids"])]
    reseller = global_id("Reseller", roles.reseller.id)
    told = {"ids": [reseller], "expectedCount": 2}
    hidden = await product.mutate(roles.foreign, RESELLERS, **told)
    assert refusals(hidden) == [("NOT_FOUND", ["ids"])]
    own = await product.mutate(roles.reseller, RESELLERS, **told)
    assert refusals(own) == [("FORBIDDEN", ["ids"])]
    for name, given in (
        ("customersDelete", {"ids": [gid(roles.customer)]}),
        ("resellersDelete", told),
        ("customerErase", {"id": gid(roles.customer), "reason": "Asked"}),
        ("resellerErase", {"id": reseller, "reason": "Asked"}),
    ):
        kind = name[0].upper() + name[1:]
        query = f"mutation($i: {kind}Input!) {{ {name}(input: $i) {{ userErrors {{ code }} }} }}"
        for asker, code in (
            (roles.customer, "FORBIDDEN"),
            (roles.sub_admin, "FORBIDDEN"),
            (None, "UNAUTHENTICATED"),
        ):
            assert (await product.send(asker, query, i=given)).codes == [code]
    assert not await Job.exists()
    assert not await Account.filter(status__not=AccountStatus.ACTIVE).exists()


async def test_a_filter_needs_its_number_and_a_reseller_its_whole_subtree(roles: SixRoles) -> None:
    product = Product()
    where = {"resellerId": {"eq": global_id("Reseller", roles.reseller.id)}}
    refused = await product.mutate(roles.admin, DELETE, where=where)
    assert refusals(refused) == [("REQUIRED", ["expectedCount"])]
    refused = await product.mutate(roles.admin, DELETE, where=where, expectedCount=2)
    assert refusals(refused) == [("WRONG_STATE", ["expectedCount"])]
    reseller = global_id("Reseller", roles.reseller.id)
    refused = await product.mutate(roles.admin, RESELLERS, ids=[reseller], expectedCount=1)
    assert refusals(refused) == [("WRONG_STATE", ["expectedCount"])]
    payload = await product.mutate(
        roles.admin, RESELLERS, ids=[reseller], expectedCount=2, balancePolicy="RETURN"
    )
    rows = await finished(payload)
    assert [row.account_id for row in rows] == [roles.customer.id, roles.reseller.id]
    for gone in (roles.reseller, roles.customer):
        assert (await product.send(gone, "{ viewer { name } }")).codes == ["UNAUTHENTICATED"]


async def test_erasing_blanks_the_person_and_keeps_what_the_law_wants(roles: SixRoles) -> None:
    product = Product()
    ada = await people.customer(
        roles.reseller,
        roles.reseller,
        type=AccountType.POSTPAID,
        email="ada@lovelace.example",
        first_name="Ada",
        last_name="Lovelace",
        city="London",
    )
    told = {"id": gid(ada), "reason": "She asked for it."}
    early = await product.mutate(roles.reseller, ERASE, **told)
    assert refusals(early) == [("WRONG_STATE", ["id"])]
    change = "customerUpdate { customer { lastName } }"
    await product.mutate(roles.reseller, change, id=gid(ada), lastName="King")
    invoice = await billed(ada.id, "30")
    await finished(await product.mutate(roles.reseller, DELETE, ids=[gid(ada)]))
    hidden = await product.mutate(roles.foreign, ERASE, **told)
    assert refusals(hidden) == [("NOT_FOUND", ["id"])]
    erased = await product.mutate(roles.reseller, ERASE, **told)
    assert erased["customer"] == {
        "number": ada.login,
        "firstName": "",
        "lastName": None,
        "email": None,
        "status": "DELETED",
        "address": {"city": None},
    }
    for table in ("accounts", "emails", "audit_events", "job_rows", "logins"):
        async with transaction() as tx:
            found = await raw(tx).fetchval(
                f"SELECT count(*) FROM {table} t WHERE t::text ~* 'lovelace|london|king'"
            )
        assert (table, found) == (table, 0)
    async with transaction() as tx:
        paper = await raw(tx).fetchval("SELECT addressee FROM invoices WHERE id = $1", invoice)
    assert "King" in paper
    assert await Email.filter(account_id=ada.id).exists()
    nothing = await product.mutate(roles.reseller, ERASE, id=gid(ada), reason=" ")
    assert refusals(nothing) == [("REQUIRED", ["reason"])]


async def test_a_deleted_reseller_is_erased_by_those_above_it(roles: SixRoles) -> None:
    product = Product()
    below = await people.reseller(roles.admin, roles.reseller, last_name="Lovelace")
    told = {"id": global_id("Reseller", below.id), "reason": "She asked for it."}
    early = await product.mutate(roles.reseller, ERASE_RESELLER, **told)
    assert refusals(early) == [("WRONG_STATE", ["id"])]
    going = {"ids": [told["id"]], "expectedCount": 1}
    await finished(await product.mutate(roles.reseller, RESELLERS, **going))
    hidden = await product.mutate(roles.foreign, ERASE_RESELLER, **told)
    assert refusals(hidden) == [("NOT_FOUND", ["id"])]
    assert (await Account.get(id=below.id)).last_name == "Lovelace"
    as_customer = await product.mutate(roles.admin, ERASE, **told)
    assert refusals(as_customer) == [("NOT_FOUND", ["id"])]
    nothing = await product.mutate(roles.admin, ERASE_RESELLER, **(told | {"reason": " "}))
    assert refusals(nothing) == [("REQUIRED", ["reason"])]
    erased = await product.mutate(roles.reseller, ERASE_RESELLER, **told)
    assert (refusals(erased), (await Account.get(id=below.id)).last_name) == ([], None)
    again = await product.mutate(roles.admin, ERASE_RESELLER, **told)
    assert again["reseller"] == {
        "number": below.login,
        "firstName": "",
        "lastName": None,
        "email": None,
        "status": "DELETED",
    }
