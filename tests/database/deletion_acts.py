"""Deletions carried out from the wish to the last row, and what they left."""

from __future__ import annotations

from uuid import UUID

from models.accounts.account import Account
from models.jobs.choosing import Wish
from models.jobs.deletion_plan import start_deletion
from models.jobs.job_row import JobRow
from models.rules.enums import (
    AccountStatus,
    BalancePolicy,
)
from tests.database.deletion_world import (
    carried,
)
from tests.people import Person


async def deleted(
    admin: Person, *whom: Person, policy: BalancePolicy = BalancePolicy.KEEP
) -> list[JobRow]:
    wish = Wish(ids=tuple(each.id for each in whom))
    return await carried(await start_deletion(admin.viewer, wish, policy))


async def status_of(account_id: UUID) -> AccountStatus:
    account = await Account.get(id=account_id)
    return AccountStatus(account.status)
