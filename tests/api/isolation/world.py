"""A whole world of tenants: the house, a reseller with two below it, and one of another tree.

Each has a full set of everything that the schema knows; nothing is written around the verbs.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from models.rules.enums import AccountKind, Role, SwitchKind
from models.rules.permissions import CEILINGS
from models.rules.switch_node import NodeDraft
from models.switch.node import SwitchNode
from schema.inputs import row_id
from tests import people
from tests.api.isolation.furnishing import (
    House,
    Label,
    furnish_customer,
    furnish_owner,
    furnish_person,
    import_file,
)
from tests.api.product import Product
from tests.people import Person

KEY_LASTS = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Tenant:
    """One owner of customers. customer: has something on every panel; neighbour: has little.

    picks: ids of its pick lists by input field.
    """

    label: Label
    customer: Person
    neighbour: Person
    picks: dict[str, Any]

    @property
    def owner(self) -> Person:
        """Its reseller; the administration has none."""
        assert self.label.reseller is not None
        return self.label.reseller


@dataclass(frozen=True, slots=True)
class World:
    """child and sibling stand below parent; foreign is parent's own sibling.

    carrier: a provider of the house, which carried a call of every tenant's customer.
    expired_key, ended_session: what was child's once and is good for nothing any more.
    """

    admin: Person
    carrier: Person
    house: Tenant
    parent: Tenant
    child: Tenant
    sibling: Tenant
    foreign: Tenant
    expired_key: str
    ended_session: str

    @property
    def tenants(self) -> list[Tenant]:
        """All of them, the administration first."""
        return [self.house, self.parent, self.child, self.sibling, self.foreign]


async def inhabited() -> World:
    """Fill an empty database; everybody in the answer is signed in."""
    admin = await people.administrator()
    await people.staff(admin, Role.SUB_ADMIN, "customers:read")
    house = await _house(admin)
    administration = await _tenant(house, Label("Aardvark", "1", None))
    parent = await _tenant(house, Label("Quagga", "2", await _reseller(admin, "Quagga")))
    below = {"under": parent.owner, "rate_group_id": await people.rate_group(admin, parent.owner)}
    child = await _tenant(house, Label("Okapi", "3", await _reseller(admin, "Okapi", **below)))
    sibling = await _tenant(house, Label("Numbat", "4", await _reseller(admin, "Numbat", **below)))
    foreign = await _tenant(house, Label("Dugong", "5", await _reseller(admin, "Dugong")))
    return World(
        admin=admin,
        carrier=house.carrier,
        house=administration,
        parent=parent,
        child=child,
        sibling=sibling,
        foreign=foreign,
        expired_key=await _expired_key(house, child.owner),
        ended_session=await _ended_session(house, child.owner),
    )


async def _house(admin: Person) -> House:
    product = Product()
    draft = NodeDraft(
        name="Switch",
        kind=SwitchKind.FREESWITCH,
        address="192.0.2.9:8021",
        profiles=("internal",),
        secret="of-the-socket",
    )
    switch = await SwitchNode.attach(admin.viewer, draft)
    carrier = await people.customer(admin, kind=AccountKind.PROVIDER)
    house = House(admin, product, switch.node_id, "", carrier)
    await house.make("didCreate { did { id } }", number="+49550", currencyCode="USD")
    offer = {"name": "Line", "category": "SUBSCRIPTION", "price": "1", "currencyCode": "USD"}
    made = await house.make("productCreate { product { id } }", billing="ONE_TIME", **offer)
    return replace(house, offer=made["product"]["id"])


async def _reseller(admin: Person, mark: str, **fields: Any) -> Person:
    """One with everything it may hold and money to lend."""
    told: dict[str, Any] = {"first_name": mark, "email": f"{mark}@{mark}.example".lower()}
    told |= {"number": f"{mark}-reseller", "company": f"{mark} Inc", "city": mark}
    told |= {"permissions": tuple(sorted(CEILINGS[Role.RESELLER])), "realm": f"{mark.lower()}.sip"}
    told |= {"opening_balance": Decimal(100) if fields else Decimal(1000)}
    return await people.reseller(admin, **(told | fields))


async def _tenant(house: House, label: Label) -> Tenant:
    picks = await furnish_owner(house, label)
    lists = {
        "rate_group_id": row_id("RateGroup", picks["rateGroupId"]),
        "non_cli_rate_group_id": await people.rate_group(house.admin, label.reseller),
        "localization_id": row_id("Localization", picks["localizationId"]),
        "tax_ids": tuple(row_id("Tax", tax) for tax in picks["taxIds"]),
    }
    customer, neighbour = [
        await people.customer(house.admin, label.reseller, **_profile(label, name), **lists)
        for name in ("customer", "neighbour")
    ]
    await furnish_customer(house, label, customer)
    actor = label.reseller or house.admin
    await furnish_person(house, label, customer)
    upload = await furnish_person(house, label, actor)
    await import_file(label, actor, upload, picks["rateGroupId"])
    return Tenant(label, customer, neighbour, picks)


def _profile(label: Label, name: str) -> dict[str, Any]:
    mark = label.mark
    return {
        "number": f"{mark}-{name}",
        "first_name": mark,
        "last_name": f"{mark} {name}",
        "company": f"{mark} Ltd",
        "email": f"{name}@{mark}.example".lower(),
        "phone": f"+495577{label.digits}004",
        "reference": f"{mark} {name}",
        "opening_balance": Decimal(10),
        "manages_own_ips": True,
        "city": mark,
    }


async def _expired_key(house: House, owner: Person) -> str:
    key = {"name": "short", "permissions": ["customers:read", "panel:write"]}
    ends = (datetime.now(UTC) + KEY_LASTS).isoformat()
    made = await house.product.mutate(owner, "apiKeyCreate { secret }", expiresAt=ends, **key)
    await house.product.ask(made["secret"], "{ viewer { name } }")
    await asyncio.sleep(KEY_LASTS.total_seconds())
    return str(made["secret"])


async def _ended_session(house: House, owner: Person) -> str:
    token = await people.sign_in(owner.login)
    await house.product.ask(token, "mutation { sessionDelete(input: {}) { deleted } }")
    return token
