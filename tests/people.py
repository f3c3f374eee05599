"""The people of a test's house, made by the verbs themselves: staff, resellers, customers.

Each comes with a signed-in viewer and a token; nothing is written around the verbs.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher

from gateway.settings import read_settings
from models import seal
from models.access.principal import viewer_of_token
from models.access.session import Session
from models.access.staff import Staff
from models.accounts import passwords
from models.accounts.account import Account
from models.accounts.rate_group import RateGroup
from models.accounts.reseller import Reseller
from models.rules.access_draft import StaffDraft
from models.rules.draft import CustomerDraft, ResellerDraft
from models.rules.enums import AccountKind, AccountType, Role
from models.rules.pick_lists import RateGroupDraft
from models.rules.viewer import Viewer

# Tests hash by the hundred; what one hash costs in earnest is no matter of theirs.
passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

PASSWORD = "correct horse 9 Battery"
ADDRESS = "192.0.2.1"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the house; `id` is the account's or staff member's."""

    id: UUID
    login: str
    token: str
    viewer: Viewer


def install_key() -> None:
    """Give this process an application key."""
    seal.install_key(b"k" * seal.KEY_BYTES)


def install_secret(text: str) -> None:
    """Give this process the application key of one that was told so."""
    seal.install_key(read_settings({"TRUNKLINE_SECRET_KEY": text}).application_key)


async def sign_in(login: str, password: str = PASSWORD, address: str = ADDRESS) -> str:
    """A token of a new session."""
    return (await Session.open(login, password, address, "tests")).token


async def person(row_id: UUID, login: str) -> Person:
    """Somebody who exists, signed in."""
    token = await sign_in(login)
    viewer = await viewer_of_token(token)
    if viewer is None:
        raise AssertionError(f"{login} cannot sign in")
    return Person(row_id, login, token, viewer)


async def administrator() -> Person:
    """The first administrator."""
    install_key()
    await Staff.bootstrap("admin@house.example", PASSWORD)
    admin = await Staff.get(email="admin@house.example")
    return await person(admin.id, admin.email)


async def staff(by: Person, role: Role = Role.SUB_ADMIN, *permissions: str) -> Person:
    """A staff member with chosen permissions."""
    email = f"staff{next(_numbers)}@house.example"
    draft = StaffDraft(
        name="Sam", email=email, role=role, permissions=permissions, password=PASSWORD
    )
    appointed = await Staff.appoint(draft, by.viewer)
    return await person(appointed.id, email)


async def reseller(by: Person, under: Person | None = None, **fields: Any) -> Person:
    """A reseller below another one, or below the administration."""
    mark = next(_numbers)
    told: dict[str, Any] = {"first_name": "Rita", "email": f"r{mark}@resellers.example"}
    told |= {"number": f"R{mark:04}", "password": PASSWORD}
    told |= {"parent_id": under.id if under else None}
    opened = await Reseller.open(by.viewer, ResellerDraft(**(told | fields)))
    return await person(opened.account_id, opened.number)


async def rate_group(by: Person, of: Person | None = None) -> UUID:
    """An active rate group of a reseller or the administration."""
    draft = RateGroupDraft(name=f"Rates {next(_numbers)}", reseller_id=of.id if of else None)
    return await RateGroup.introduce(draft, by.viewer)


async def customer(by: Person, of: Person | None = None, **fields: Any) -> Person:
    """A customer of a reseller or of the administration, with a rate group of its own."""
    mark = next(_numbers)
    told: dict[str, Any] = {"first_name": "Carla", "email": f"c{mark}@customers.example"}
    told |= {"number": f"C{mark:04}", "password": PASSWORD, "type": AccountType.PREPAID}
    told |= {"reseller_id": of.id if of else None, "kind": AccountKind.CUSTOMER}
    told |= {"rate_group_id": await rate_group(by, of)}
    opened = await Account.open(by.viewer, CustomerDraft(**(told | fields)))
    return await person(opened.account_id, opened.number)


@dataclass(frozen=True, slots=True)
class SixRoles:
    """Everybody a field can be asked by; a stranger is None.

    sub_admin: may read customers and nothing else. reseller: `customer` is its own. foreign: a
    reseller that has nothing to do with either.
    """

    admin: Person
    sub_admin: Person
    reseller: Person
    foreign: Person
    customer: Person


async def six_roles() -> SixRoles:
    """One of each."""
    admin = await administrator()
    owner = await reseller(admin)
    return SixRoles(
        admin=admin,
        sub_admin=await staff(admin, Role.SUB_ADMIN, "customers:read"),
        reseller=owner,
        foreign=await reseller(admin),
        customer=await customer(admin, owner),
    )
