"""Batch updates through the API, asked by everybody; a refusal changes nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from models.accounts.account import Account
from models.jobs.job import Job
from models.rules.enums import AccountType
from schema.scalars import global_id, type_and_id
from tests import people
from tests.api.product import Product, refusals
from tests.database.batch_world import treated
from tests.people import Person, SixRoles

pytestmark = pytest.mark.usefixtures("database")

UPDATE = "customersUpdate { job { id kind status dryRun } }"
ROWS = """
query($id: ID!) { job(id: $id) { status progress { total done succeeded failed } rows { nodes {
    outcome reasons { code field } customer { number recordsCalls balance { amount } }
    amount { amount currencyCode } previousAmount { amount } } } } }
"""


def gid(person: Person) -> str:
    return global_id("Customer", person.id)


async def carried(product: Product, asker: Person, payload: dict[str, Any]) -> list[Any]:
    """The rows of the job that was started, once it is carried out."""
    assert refusals(payload) == []
    found = type_and_id(payload["job"]["id"])
    assert found is not None
    await treated(await Job.get(id=found[1]))
    shown = await product.ask(asker, ROWS, id=payload["job"]["id"])
    rows: list[Any] = shown["job"]["rows"]["nodes"]
    return rows


@pytest.fixture
async def roles() -> SixRoles:
    return await people.six_roles()


async def test_what_was_named_is_changed_and_each_row_says_from_what_to_what(
    roles: SixRoles,
) -> None:
    product = Product()
    changes = {"recordsCalls": True, "balance": {"increase": "2.50"}}
    payload = await product.mutate(roles.admin, UPDATE, ids=[gid(roles.customer)], changes=changes)
    assert payload["job"]["kind"] == "BATCH_UPDATE"
    [row] = await carried(product, roles.admin, payload)
    # The reseller who pays for it has nothing.
    assert [reason["code"] for reason in row["reasons"]] == ["INSUFFICIENT_BALANCE"]
    ada = await people.customer(roles.admin, opening_balance=Decimal(1))
    payload = await product.mutate(roles.admin, UPDATE, ids=[gid(ada)], changes=changes)
    assert await carried(product, roles.admin, payload) == [
        {
            "outcome": "UPDATED",
            "reasons": [],
            "customer": {
                "number": ada.login,
                "recordsCalls": True,
                "balance": {"amount": "3.5"},
            },
            "amount": {"amount": "3.5", "currencyCode": "USD"},
            "previousAmount": {"amount": "1"},
        }
    ]


async def test_a_dry_run_says_the_same_and_changes_nothing(roles: SixRoles) -> None:
    product = Product()
    ada = await people.customer(roles.admin, type=AccountType.POSTPAID)
    told = {"ids": [gid(ada)], "changes": {"creditLimit": {"set": "20"}}, "dryRun": True}
    payload = await product.mutate(roles.admin, UPDATE, **told)
    assert payload["job"]["dryRun"]
    [row] = await carried(product, roles.admin, payload)
    assert (row["outcome"], row["amount"]["amount"]) == ("UPDATED", "20")
    assert (await Account.get(id=ada.id)).credit_limit == 0


async def test_a_filter_takes_what_the_list_shows_under_it(roles: SixRoles) -> None:
    product = Product()
    for number in ("88001", "88002", "89001"):
        await people.customer(roles.reseller, roles.reseller, number=number)
    await people.customer(roles.foreign, roles.foreign, number="88003")
    where = {"number": {"startsWith": "88"}, "status": {"in": ["ACTIVE", "INACTIVE"]}}
    told = {"where": where, "changes": {"recordsCalls": True}}
    query = "query($where: CustomerWhere) { customers(where: $where) { totalCount } }"
    seen = (await product.ask(roles.reseller, query, where=where))["customers"]["totalCount"]
    assert seen == 2
    refused = await product.mutate(roles.reseller, UPDATE, **told, expectedCount=3)
    assert (refused["job"], refusals(refused)) == (None, [("WRONG_STATE", ["expectedCount"])])
    payload = await product.mutate(roles.reseller, UPDATE, **told, expectedCount=2)
    rows = await carried(product, roles.reseller, payload)
    assert {row["customer"]["number"] for row in rows} == {"88001", "88002"}


@pytest.mark.parametrize(
    ("told", "refused"),
    [
        ({}, [("REQUIRED", ["ids"])]),
        ({"ids": []}, [("REQUIRED", ["ids"])]),
        ({"where": {}, "expectedCount": 6}, [("REQUIRED", ["where"])]),
        ({"where": {"not": {"or": []}}, "expectedCount": 6}, [("REQUIRED", ["where"])]),
        ({"where": {"number": {"eq": "1"}}}, [("REQUIRED", ["expectedCount"])]),
        ({"ids": ["x"], "where": {"number": {"eq": "1"}}}, [("INVALID", ["where"])]),
        ({"ids": ["x"]}, [("NOT_FOUND", ["ids"])]),
        ({"ids": ["x"] * 1001}, [("NOT_FOUND", ["ids"])]),
        (
            {"ids": [str(n) for n in range(2)], "expectedCount": 2},
            [("WRONG_STATE", ["expectedCount"])],
        ),
    ],
)
async def test_who_is_not_named_clearly_is_not_changed(
    roles: SixRoles, told: dict[str, Any], refused: list[Any]
) -> None:
    payload = await Product().mutate(roles.admin, UPDATE, **told, changes={"recordsCalls": True})
    assert (payload["job"], refusals(payload)) == (None, refused)
    assert not await Job.exists()


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({}, [("REQUIRED", ["changes"])]),
        ({"status": "DELETED"}, [("INVALID", ["changes", "status"])]),
        ({"recordsCalls": None}, [("REQUIRED", ["changes", "recordsCalls"])]),
        ({"concurrentCalls": {"set": "1.5"}}, [("INVALID", ["changes", "concurrentCalls"])]),
        ({"concurrentCalls": {"set": "-1"}}, [("OUT_OF_RANGE", ["changes", "concurrentCalls"])]),
        ({"creditLimit": {"set": "-1"}}, [("OUT_OF_RANGE", ["changes", "creditLimit"])]),
        ({"balanceBelow": {"set": "-1"}}, [("OUT_OF_RANGE", ["changes", "balanceBelow"])]),
        ({"balance": {"increase": "-1"}}, [("OUT_OF_RANGE", ["changes", "balance"])]),
        ({"balance": {"set": "1.234"}}, [("INVALID", ["changes", "balance"])]),
        (
            {"expiresAt": "2030-01-01T00:00:00Z", "validDays": {"set": "3"}},
            [("INVALID", ["changes", "expiresAt"])],
        ),
    ],
)
async def test_a_change_that_no_account_could_take_is_refused_at_once(
    roles: SixRoles, changes: dict[str, Any], refused: list[Any]
) -> None:
    payload = await Product().mutate(
        roles.admin, UPDATE, ids=[gid(roles.customer)], changes=changes
    )
    assert (payload["job"], refusals(payload)) == (None, refused)
    assert not await Job.exists()


async def test_a_number_changes_in_exactly_one_way(roles: SixRoles) -> None:
    query = (
        "mutation($input: CustomersUpdateInput!) {"
        " customersUpdate(input: $input) { userErrors { code } } }"
    )
    for change in ({}, {"set": "1", "increase": "1"}, {"set": None}):
        told = {"ids": [gid(roles.customer)], "changes": {"balance": change}}
        answer = await Product().send(roles.admin, query, input=told)
        assert answer.codes == ["BAD_USER_INPUT"]


async def test_customers_of_others_are_as_if_they_did_not_exist(roles: SixRoles) -> None:
    product = Product()
    told = {"ids": [gid(roles.customer)], "changes": {"recordsCalls": True}}
    hidden = await product.mutate(roles.foreign, UPDATE, **told)
    never = await product.mutate(
        roles.foreign, UPDATE, **(told | {"ids": [global_id("Customer", UUID(int=5))]})
    )
    assert hidden == never
    assert refusals(hidden) == [("NOT_FOUND", ["ids"])]
    own = await product.mutate(roles.customer, UPDATE, **told)
    assert refusals(own) == [("FORBIDDEN", [])]
    query = (
        "mutation($input: CustomersUpdateInput!) {"
        " customersUpdate(input: $input) { userErrors { code } } }"
    )
    assert (await product.send(roles.sub_admin, query, input=told)).codes == ["FORBIDDEN"]
    assert (await product.send(None, query, input=told)).codes == ["UNAUTHENTICATED"]
    assert not await Job.exists()
    assert (await Account.get(id=roles.customer.id)).version == 1


async def test_a_repeated_key_answers_the_first_job(roles: SixRoles) -> None:
    product = Product()
    told = {"ids": [gid(roles.customer)], "changes": {"recordsCalls": True}}
    first = await product.mutate(roles.admin, UPDATE, **told, idempotencyKey="k")
    again = await product.mutate(roles.admin, UPDATE, **told, idempotencyKey="k")
    assert first["job"]["id"] == again["job"]["id"]
    other = told | {"changes": {"recordsCalls": False}}
    reused = await product.mutate(roles.admin, UPDATE, **other, idempotencyKey="k")
    assert refusals(reused) == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]
    assert await Job.all().count() == 1
