"""SIP devices and switches through the API: what goes in comes out, for whom it may."""

from __future__ import annotations

from typing import Any

import pytest

from models.database import raw, transaction
from models.panel.sip_device import SipDevice
from models.rules.enums import ProvisioningState
from models.switch.node import SwitchNode
from schema.scalars import global_id, id_of
from tests import people
from tests.api.product import Product, refusals
from tests.people import Person

pytestmark = pytest.mark.usefixtures("database")

CREATE = "sipDeviceCreate { sipDevice { id username realm } sipSecret { username secret reason } }"
UPDATE = "sipDeviceUpdate { sipDevice { id version callerIdName codecs maxCalls } }"
ROTATE = "sipDeviceSecretRotate { sipDevice { id } sipSecret { username secret reason } }"
DELETE = "sipDeviceDelete { deletedId }"
ATTACH = """switchNodeCreate { switchNode { id name kind address profiles state stuckDevices }
            directoryUser directoryPassword }"""
SCREEN = """query($id: ID!) { customer(id: $id) { sipDevices { totalCount nodes {
    id version username realm status provisioning callerIdName callerIdNumber codecs callWaiting
    maxCalls allowedNetworks voicemail { enabled mailTo attachFile keepLocal mailAll }
    registrations { node contact userAgent } customer { id }
    nodes { name wantedGeneration appliedGeneration step attempts lastError }
} } } }"""
LIST = "query($where: SipDeviceWhere) { sipDevices(where: $where) { nodes { username } } }"


def customer_id(person: Person) -> str:
    return str(global_id("Customer", person.id))


async def created(product: Product, by: Person, whose: Person, **said: Any) -> dict[str, Any]:
    made: dict[str, Any] = await product.mutate(by, CREATE, customerId=customer_id(whose), **said)
    assert made["userErrors"] == []
    return made


async def screen(product: Product, viewer: Person, whose: Person) -> list[dict[str, Any]]:
    found = await product.ask(viewer, SCREEN, id=customer_id(whose))
    nodes: list[dict[str, Any]] = found["customer"]["sipDevices"]["nodes"]
    return nodes


async def names(product: Product, viewer: Person, **where: Any) -> list[str]:
    found = await product.ask(viewer, LIST, where=where)
    return [node["username"] for node in found["sipDevices"]["nodes"]]


async def attach(product: Product, admin: Person) -> dict[str, Any]:
    said = {"name": "fs1", "kind": "FREESWITCH", "address": "10.0.0.5:8021"}
    made: dict[str, Any] = await product.mutate(
        admin, ATTACH, **said, profiles=["internal"], secret="ClueCon"
    )
    return made


async def test_a_device_is_made_with_a_secret_that_is_shown_once() -> None:
    admin, product = await people.administrator(), Product()
    carla = await people.customer(admin)
    first = await created(product, admin, carla, username="desk", idempotencyKey="k1")
    assert first["sipDevice"]["username"] == "desk"
    assert first["sipDevice"]["realm"] == "sip.trunkline.local"
    assert len(first["sipSecret"]["secret"]) == 20
    again = await created(product, admin, carla, username="desk", idempotencyKey="k1")
    assert again["sipDevice"] == first["sipDevice"]
    assert again["sipSecret"] == {"username": "desk", "secret": None, "reason": "ALREADY_SHOWN"}
    assert await SipDevice.all().count() == 1


async def test_a_secret_that_the_caller_chose_is_not_told_back() -> None:
    admin, product = await people.administrator(), Product()
    carla = await people.customer(admin)
    made = await created(product, admin, carla, username="desk", password="another horse 9")
    assert made["sipSecret"] == {"username": "desk", "secret": None, "reason": "GIVEN_BY_CALLER"}


async def test_the_customer_sees_everything_of_a_device_but_its_secret() -> None:
    admin, product = await people.administrator(), Product()
    carla = await people.customer(admin)
    await created(
        product,
        admin,
        carla,
        username="desk",
        callerIdName="Desk",
        callerIdNumber="+4930",
        codecs=["OPUS"],
        maxCalls=2,
        allowedNetworks=["192.0.2.0/28"],
        voicemail={"enabled": True, "mailTo": "box@example.com", "mailAll": True},
    )
    (device,) = await screen(product, carla, carla)
    assert device["voicemail"] == {
        "enabled": True,
        "mailTo": "box@example.com",
        "attachFile": True,
        "keepLocal": True,
        "mailAll": True,
    }
    assert (device["codecs"], device["maxCalls"]) == (["OPUS"], 2)
    assert device["allowedNetworks"] == ["192.0.2.0/28"]
    assert (device["status"], device["provisioning"]) == ("ACTIVE", "PENDING")
    assert device["customer"] == {"id": customer_id(carla)}
    assert (device["nodes"], device["registrations"]) == ([], [])


async def test_every_refused_field_of_a_device_is_told_with_its_path() -> None:
    admin, product = await people.administrator(), Product()
    carla = await people.customer(admin)
    answer = await product.mutate(
        admin,
        CREATE,
        customerId=customer_id(carla),
        username="a b",
        password="short",
        codecs=["MP3"],
        voicemail={"enabled": True, "mailTo": "a|b@example.com"},
    )
    assert refusals(answer) == [
        ("INVALID", ["username"]),
        ("PASSWORD_TOO_WEAK", ["password"]),
        ("INVALID", ["codecs"]),
        ("INVALID", ["voicemail", "mailTo"]),
    ]
    assert await SipDevice.all().count() == 0


async def test_a_change_keeps_what_is_absent_and_clears_what_is_null() -> None:
    admin, product = await people.administrator(), Product()
    carla = await people.customer(admin)
    made = await created(product, admin, carla, callerIdName="Desk", codecs=["OPUS"], maxCalls=2)
    device = {"id": made["sipDevice"]["id"], "expectedVersion": 1}
    answer = await product.mutate(admin, UPDATE, **device, callerIdName=None, maxCalls=3)
    assert answer["sipDevice"] == {
        "id": device["id"],
        "version": 2,
        "callerIdName": None,
        "codecs": ["OPUS"],
        "maxCalls": 3,
    }
    stale = await product.mutate(admin, UPDATE, **device, maxCalls=4)
    assert refusals(stale) == [("VERSION_CONFLICT", ["expectedVersion"])]


async def test_a_customer_renews_a_secret_and_changes_nothing_else() -> None:
    admin, product = await people.administrator(), Product()
    carla = await people.customer(admin)
    made = await created(product, admin, carla)
    device = made["sipDevice"]["id"]
    renewed = await product.mutate(carla, ROTATE, id=device)
    assert renewed["sipSecret"]["secret"] not in {None, made["sipSecret"]["secret"]}
    for call, said in (
        (UPDATE, {"id": device, "maxCalls": 1}),
        (DELETE, {"id": device}),
        (CREATE, {"customerId": customer_id(carla)}),
    ):
        assert refusals(await product.mutate(carla, call, **said)) == [("FORBIDDEN", [])]


async def test_strangers_to_a_device_are_told_what_is_told_of_one_that_never_was() -> None:
    admin, product = await people.administrator(), Product()
    rita, ruth = await people.reseller(admin), await people.reseller(admin)
    carla, carl = await people.customer(rita, rita), await people.customer(ruth, ruth)
    made = await created(product, rita, carla, username="desk")
    device = made["sipDevice"]["id"]
    for stranger in (ruth, carl):
        assert await names(product, stranger) == []
        found = await product.ask(stranger, "query($id: ID!) { node(id: $id) { id } }", id=device)
        assert found == {"node": None}
        rotated = await product.mutate(stranger, ROTATE, id=device)
        assert refusals(rotated) == [("NOT_FOUND", ["id"])]
    for call in (DELETE, UPDATE):
        assert refusals(await product.mutate(ruth, call, id=device)) == [("NOT_FOUND", ["id"])]
        assert refusals(await product.mutate(ruth, call, id="x")) == [("NOT_FOUND", ["id"])]
    created_there = await product.mutate(ruth, CREATE, customerId=customer_id(carla))
    assert refusals(created_there) == [("NOT_FOUND", ["customerId"])]
    assert await names(product, rita) == ["desk"]
    assert (await SipDevice.get(username="desk")).version == 1


async def test_a_removed_device_leaves_the_lists_and_shows_while_it_goes() -> None:
    admin, product = await people.administrator(), Product()
    carla = await people.customer(admin)
    await attach(product, admin)
    made = await created(product, admin, carla, username="desk")
    device = made["sipDevice"]["id"]
    answer = await product.mutate(admin, DELETE, id=device)
    assert answer["deletedId"] == device
    assert await screen(product, admin, carla) == []
    assert await names(product, admin) == []
    assert await names(product, admin, provisioning={"eq": "REVOKING"}) == ["desk"]
    query = "query($id: ID!) { node(id: $id) { ... on SipDevice { provisioning nodes { name } } } }"
    found = await product.ask(admin, query, id=device)
    assert found["node"] == {"provisioning": "REVOKING", "nodes": [{"name": "fs1"}]}


async def test_what_is_stuck_is_found_by_its_age() -> None:
    admin, product = await people.administrator(), Product()
    carla = await people.customer(admin)
    for username in ("stuck", "fresh", "ready"):
        await created(product, admin, carla, username=username)
    ready = ProvisioningState.READY
    await SipDevice.filter(username="ready").update(provisioning=ready)
    async with transaction() as tx:
        await raw(tx).execute(
            "UPDATE sip_devices SET provisioned_at = now() - interval '1 hour'"
            " WHERE username <> 'fresh'"
        )
    assert await names(product, admin, stuckLongerThanSeconds=60) == ["stuck"]


async def test_a_switch_is_attached_moved_and_retired_by_the_administration() -> None:
    admin, product = await people.administrator(), Product()
    made = await attach(product, admin)
    assert made["switchNode"]["name"] == "fs1"
    assert (made["switchNode"]["state"], made["switchNode"]["stuckDevices"]) == ("ACTIVE", 0)
    assert made["directoryUser"].startswith("switch-")
    node = made["switchNode"]["id"]
    moved = await product.mutate(
        admin, "switchNodeUpdate { switchNode { address version } }", id=node, address="[::1]:8021"
    )
    assert moved["switchNode"] == {"address": "[::1]:8021", "version": 2}
    retired = await product.mutate(admin, "switchNodeRetire { switchNode { state } }", id=node)
    assert retired["switchNode"] == {"state": "RETIRED"}
    again = await product.mutate(admin, "switchNodeRetire { switchNode { id } }", id=node)
    assert refusals(again) == [("ALREADY_DONE", ["id"])]
    listed = await product.ask(admin, "{ switchNodes { name state } }")
    assert listed == {"switchNodes": [{"name": "fs1", "state": "RETIRED"}]}


async def test_a_repeated_call_attaches_once_and_shows_the_password_once() -> None:
    admin, product = await people.administrator(), Product()
    said = {"name": "k1", "kind": "KAMAILIO", "address": "http://10.0.0.6:5060/RPC"}
    first = await product.mutate(admin, ATTACH, **said, idempotencyKey="k")
    again = await product.mutate(admin, ATTACH, **said, idempotencyKey="k")
    assert first["directoryPassword"] is not None
    assert again["directoryPassword"] is None
    assert again["switchNode"] == first["switchNode"]
    assert await SwitchNode.all().count() == 1


async def test_only_the_administration_sees_or_attaches_switches() -> None:
    admin, product = await people.administrator(), Product()
    rita = await people.reseller(admin)
    carla, sam = await people.customer(admin), await people.staff(admin)
    made = await attach(product, admin)
    for stranger in (rita, carla, sam):
        assert (await product.send(stranger, "{ switchNodes { id } }")).codes == ["FORBIDDEN"]
        query = "query($id: ID!) { node(id: $id) { id } }"
        found = await product.send(stranger, query, id=made["switchNode"]["id"])
        assert found.data is None or found.data["node"] is None
        query = "mutation($input: SwitchNodeRetireInput!) { switchNodeRetire(input: $input)"
        query += " { userErrors { code } } }"
        refused = await product.send(stranger, query, input={"id": made["switchNode"]["id"]})
        assert refused.codes == ["FORBIDDEN"]
    node = await SwitchNode.get(id=id_of("SwitchNode", made["switchNode"]["id"]))
    assert node.state == "ACTIVE"
