"""The viewer: who is asking, as the API sees it."""

from collections.abc import Mapping
from typing import Any

import strawberry

from models.rules.enums import Role
from schema.accounts.customer import Customer
from schema.accounts.reseller import Reseller
from schema.context import Info
from schema.permissions import SIGNED_IN
from schema.reads import Source, Visible, column, computed, root_only, row, to_one
from schema.scalars import EmailAddress, TimeZone

_ITSELF = "{t}.id = {principal_id}"

VIEWERS = Source(
    table="principals", visible=Visible(staff=_ITSELF, reseller=_ITSELF, customer=_ITSELF)
)
"""Everybody who can sign in; each sees itself alone."""


def _permissions(_row: Mapping[str, Any], info: Info) -> list[str]:
    return sorted(info.context.signed_in.permissions)


@row(VIEWERS, description="Who is asking.")
class Viewer:
    """A person or account behind a session or API key."""

    role: Role = column(description="What kind of viewer this is.")
    permissions: list[str] = computed(
        needs=(),
        resolve=_permissions,
        description="What it may do, as words of the catalogue; an API key may have fewer.",
    )
    customer: Customer | None = to_one(
        on="{t}.id = {p}.account_id", description="Its own account; customers and providers only."
    )
    reseller: Reseller | None = to_one(
        on="{t}.id = {p}.account_id", description="Its own account; resellers only."
    )
    name: str = column(description="Its name.")
    email: EmailAddress | None = column(description="Its address, also a login.")
    time_zone: TimeZone = column(description="The zone that its days are meant in.")


@strawberry.type
class ViewerQueries:
    """Everybody who is signed in."""

    viewer: Viewer = root_only(_ITSELF, permission=SIGNED_IN, description="Who is asking.")
