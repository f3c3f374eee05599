"""Processes that remember viewers are told when one has lost something, and only then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import asyncpg

from models.access.api_key import ApiKey
from models.access.principal import viewer_of_token
from models.access.session import Session
from models.access.staff import Staff
from models.accounts.reseller import Reseller
from models.rules.access_draft import ApiKeyDraft, StaffPatch
from models.rules.enums import Role
from models.rules.patch import ResellerPatch
from tests import people


class Listener:
    """How often the channel was told of."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        self._connection = connection
        self.heard = 0

    def hear(self, *_: object) -> None:
        self.heard += 1

    async def hears(self, change: Callable[[], Awaitable[object]]) -> bool:
        """Whether a change is told."""
        self.heard = 0
        await change()
        await self._connection.fetchval("SELECT 1")  # notices arrive before the next answer
        await asyncio.sleep(0)
        return self.heard > 0


async def test_whatever_takes_something_from_a_viewer_is_told_and_use_is_not(database: str) -> None:
    admin = await people.administrator()
    rita = await people.reseller(admin)
    sam = await people.staff(admin, Role.SUB_ADMIN, "cdrs:read")
    granted = await ApiKey.grant(ApiKeyDraft(name="x", permissions=("cdrs:read",)), admin.viewer)
    connection = await asyncpg.connect(database)
    listener = Listener(connection)
    await connection.add_listener("access", listener.hear)
    told: list[Callable[[], Awaitable[object]]] = [
        lambda: Session.end(admin.viewer),
        lambda: ApiKey.revoke(granted.id, admin.viewer),
        lambda: Staff.reassign(sam.id, StaffPatch({"permissions": []}), admin.viewer),
        lambda: Reseller.deactivate(admin.viewer, rita.id),
        lambda: Reseller.activate(admin.viewer, rita.id),
        lambda: people.reseller(admin, rita),
        lambda: Reseller.change(
            admin.viewer, rita.id, ResellerPatch({"permissions": ("cdrs:read",)})
        ),
        lambda: Session.filter(account_id=rita.id).delete(),
    ]
    assert [await listener.hears(change) for change in told] == [True] * len(told)

    sam_again = await people.sign_in(sam.login)
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    await Session.filter(staff_id=sam.id).update(last_used_at=long_ago)
    untold: list[Callable[[], Awaitable[object]]] = [
        lambda: viewer_of_token(sam_again),
        lambda: people.sign_in(sam.login),
        lambda: people.customer(admin),
        lambda: Reseller.change(admin.viewer, rita.id, ResellerPatch({"company": "New"})),
        lambda: Staff.reassign(sam.id, StaffPatch({"name": "Samuel"}), admin.viewer),
    ]
    assert [await listener.hears(change) for change in untold] == [False] * len(untold)
    await connection.close()
