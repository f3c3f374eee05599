"""API keys through the API: shown once, fewer permissions, one owner."""

from __future__ import annotations

import pytest

from models.access.api_key import ApiKey
from tests import people
from tests.api.product import Product, refusals

pytestmark = pytest.mark.usefixtures("database")

CREATE = "apiKeyCreate { secret apiKey { id name permissions revokedAt lastUsedAt expiresAt } }"
LIST = "{ apiKeys { id name revokedAt } }"


async def test_a_key_is_shown_once_and_does_what_it_says() -> None:
    roles, product = await people.six_roles(), Product()
    asked = {"name": "exports", "permissions": ["customers:read"], "idempotencyKey": "k1"}
    made = await product.mutate(roles.reseller, CREATE, **asked)
    key = made["secret"]
    assert key.startswith("tl_")
    assert made["apiKey"]["permissions"] == ["customers:read"]
    again = await product.mutate(roles.reseller, CREATE, **asked)
    assert (again["secret"], again["apiKey"]) == (None, made["apiKey"])
    assert await ApiKey.all().count() == 1
    other = await product.mutate(roles.reseller, CREATE, **(asked | {"name": "imports"}))
    assert refusals(other) == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]
    listed = await product.ask(key, "{ customers { nodes { number } } viewer { permissions } }")
    assert listed["customers"]["nodes"] == [{"number": roles.customer.login}]
    assert listed["viewer"]["permissions"] == ["customers:read"]
    refused = await product.send(key, "{ auditEvents { totalCount } }")
    assert refused.codes == ["FORBIDDEN"]
    call = "rateGroupCreate { rateGroup { id } }"
    query = 'mutation { rateGroupCreate(input: {name: "X"}) { rateGroup { id } } }'
    assert (await product.send(key, query)).codes == ["FORBIDDEN"], call


async def test_nobody_gives_a_key_what_they_lack_and_a_key_makes_none() -> None:
    roles, product = await people.six_roles(), Product()
    wanted = {"name": "", "permissions": ["customers:read", "money:refill", "nothing"]}
    refused = await product.mutate(roles.sub_admin, CREATE, **wanted)
    assert refusals(refused) == [
        ("REQUIRED", ["name"]),
        ("FORBIDDEN", ["permissions"]),
        ("INVALID", ["permissions"]),
    ]
    assert (refused["secret"], refused["apiKey"]) == (None, None)
    mine = {"name": "x", "permissions": ["customers:read"]}
    key = (await product.mutate(roles.sub_admin, CREATE, **mine))["secret"]
    assert refusals(await product.mutate(key, CREATE, **mine)) == [("FORBIDDEN", [])]
    assert await ApiKey.all().count() == 1


async def test_everybody_sees_and_ends_their_own_keys_alone() -> None:
    roles, product = await people.six_roles(), Product()
    made = await product.mutate(roles.reseller, CREATE, name="x", permissions=["customers:read"])
    key_id = made["apiKey"]["id"]
    end = "apiKeyRevoke { apiKey { id revokedAt } }"
    for other in (roles.admin, roles.sub_admin, roles.foreign, roles.customer):
        assert (await product.ask(other, LIST))["apiKeys"] == []
        refused = await product.mutate(other, end, id=key_id)
        assert (refused["apiKey"], refusals(refused)) == (None, [("NOT_FOUND", ["id"])])
    for stranger in (LIST, 'mutation { apiKeyRevoke(input: {id: "x"}) { apiKey { id } } }'):
        assert (await product.send(None, stranger)).codes == ["UNAUTHENTICATED"]
    assert (await product.ask(made["secret"], LIST))["apiKeys"][0]["revokedAt"] is None
    ended = await product.mutate(roles.reseller, end, id=key_id)
    assert ended["apiKey"]["revokedAt"] is not None
    assert (await product.send(made["secret"], LIST)).codes == ["UNAUTHENTICATED"]
    assert (await product.mutate(roles.reseller, end, id=key_id))["apiKey"] == ended["apiKey"]
    for wrong in ("", "x", "Q3VzdG9tZXI6MQ", roles.customer.token):
        unknown = await product.mutate(roles.reseller, end, id=wrong)
        assert refusals(unknown) == [("NOT_FOUND", ["id"])]


async def test_a_key_ends_neither_the_sessions_nor_the_keys_of_its_owner() -> None:
    """Somebody who found one with few permissions could shut its owner out else."""
    roles, product = await people.six_roles(), Product()
    few = {"name": "found", "permissions": ["customers:read"]}
    key = await product.mutate(roles.reseller, CREATE, **few)
    other = await product.mutate(roles.reseller, CREATE, **(few | {"name": "other"}))
    end, leave = "apiKeyRevoke { apiKey { id } }", "sessionDelete { deleted }"
    for key_id in (other["apiKey"]["id"], key["apiKey"]["id"], "unknown"):
        refused = await product.mutate(key["secret"], end, id=key_id)
        assert (refused["apiKey"], refusals(refused)) == (None, [("FORBIDDEN", [])])
    assert refusals(await product.mutate(key["secret"], leave, all=True)) == [
        ("FORBIDDEN", ["all"])
    ]
    assert (await product.mutate(key["secret"], leave))["deleted"] == 0
    keys = (await product.ask(roles.reseller, LIST))["apiKeys"]
    assert [each["revokedAt"] for each in keys] == [None, None]
