"""Deleting accounts, forward only: switched off first, removed once the switches have let go.

Each step may be repeated without harm, and goes over many accounts at once. Money, documents,
calls and the trail are kept (`Account.RECORDS`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from models.access import audit
from models.accounts.belongings import release_holdings, remove_belongings
from models.database import raw
from models.money.balance import Balance, Occasion
from models.money.billing import DueAccount, close_periods, hold_due
from models.money.late_billing import make_late_due
from models.money.settlement import Settlement
from models.panel.sip_follow import devices_of, raise_generation
from models.rules.enums import AccountStatus, BalancePolicy, BillingSchedule
from models.rules.viewer import Viewer

NAME_LONGEST = 120  # of whoever deleted it
LIVING: Final = (AccountStatus.ACTIVE, AccountStatus.INACTIVE)

_HOLD = """
SELECT id, number, kind, status FROM accounts
 WHERE id = ANY ($1) AND status <> 'DELETED' ORDER BY id FOR NO KEY UPDATE
"""
# Of whoever still has a period that is open, from where the last one ended.
_OPEN_PERIODS = """
SELECT id, coalesce(period_started_at, created_at) AS opened_at, time_zone, billing_schedule,
       billing_day
  FROM accounts WHERE id = ANY ($1) AND type = 'POSTPAID' AND next_billing_at IS NOT NULL
 ORDER BY id
"""
_SWITCH_OFF = """
UPDATE accounts SET status = 'DELETING', next_billing_at = NULL, version = version + 1,
                    updated_at = now()
 WHERE id = ANY ($1) AND (status <> 'DELETING' OR next_billing_at IS NOT NULL)
"""
_OWNERS = """
SELECT DISTINCT reseller_id FROM accounts WHERE id = ANY ($1) AND reseller_id IS NOT NULL
"""
# Whoever is about to give them something holds the key of the row: they are waited for.
_HOLD_GOING = """
SELECT id, number, kind, status FROM accounts
 WHERE id = ANY ($1) AND status = 'DELETING' ORDER BY id FOR UPDATE
"""
_DELETED = """
UPDATE accounts SET status = 'DELETED', deleted_at = $2, deleted_by = $3, version = version + 1,
                    updated_at = now()
 WHERE id = ANY ($1)
"""


@dataclass(frozen=True, slots=True)
class Deletion:
    """Who deletes, what becomes of balances, when, and under which name it stands in the trail."""

    viewer: Viewer
    policy: BalancePolicy
    now: datetime
    action: str = "customersDelete"


async def switch_off(
    tx: BaseDBAsyncClient, account_ids: Sequence[UUID], deletion: Deletion
) -> None:
    """Bill what is unbilled, then refuse sign-in, calls and new things from this commit on.

    Accounts that are off already stay as they are; devices rise a generation, told to nobody yet.
    """
    held = await raw(tx).fetch(_HOLD, list(account_ids))
    ids = [row["id"] for row in held]
    await _close_periods(tx, ids, deletion.now)
    await raw(tx).execute(_SWITCH_OFF, ids)
    living = [row for row in held if row["status"] in LIVING]
    devices = await devices_of(raw(tx), [row["id"] for row in living])
    if devices:
        await raise_generation(raw(tx), devices)
    await _tell(living, AccountStatus.DELETING, deletion)


async def remove(
    tx: BaseDBAsyncClient, account_ids: Sequence[UUID], deletion: Deletion
) -> list[UUID]:
    """Take everything from accounts that are off, settle their balance, and let them be deleted.

    Answers those that were; their numbers and addresses are free from this commit on.
    """
    await _hold_wallets(tx, account_ids, deletion.policy)
    going = await raw(tx).fetch(_HOLD_GOING, list(account_ids))
    ids = [row["id"] for row in going]
    await release_holdings(tx, ids, deletion.viewer)
    await remove_belongings(tx, ids)
    await _settle(tx, ids, deletion)
    await raw(tx).execute(_DELETED, ids, deletion.now, deletion.viewer.name[:NAME_LONGEST])
    await make_late_due(tx, ids)  # calls that were reported since they were switched off
    await _tell(going, AccountStatus.DELETED, deletion)
    return ids


async def _hold_wallets(
    tx: BaseDBAsyncClient, account_ids: Sequence[UUID], policy: BalancePolicy
) -> None:
    """Postings hold wallets before accounts, in one go: so do we, and nobody waits in a circle."""
    ids = list(account_ids)
    if policy is BalancePolicy.RETURN:
        ids += [row["reseller_id"] for row in await raw(tx).fetch(_OWNERS, ids)]
    await Settlement.lock(tx, ids)


async def _close_periods(tx: BaseDBAsyncClient, account_ids: Sequence[UUID], now: datetime) -> None:
    """Invoice what is over, and then the rest as a period that ends now."""
    await close_periods(tx, await hold_due(tx, account_ids, now), now)
    rows = await raw(tx).fetch(_OPEN_PERIODS, list(account_ids))
    await Settlement.lock(tx, [row["id"] for row in rows])
    await close_periods(tx, [_closing(row, now) for row in rows], now)


async def _settle(tx: BaseDBAsyncClient, account_ids: Sequence[UUID], deletion: Deletion) -> None:
    occasion = Occasion(deletion.viewer.name, deletion.now)
    match deletion.policy:
        case BalancePolicy.KEEP:
            return
        case BalancePolicy.WRITE_OFF:
            await Balance.write_off(tx, account_ids, occasion)
        case BalancePolicy.RETURN:
            await Balance.return_to_owner(tx, account_ids, occasion)


async def _tell(rows: Sequence[asyncpg.Record], status: AccountStatus, deletion: Deletion) -> None:
    events = [
        (
            audit.Subject(_type(row), row["id"], row["number"], row["id"]),
            [audit.FieldChange("status", row["status"], status)],
        )
        for row in rows
    ]
    await audit.record_many(deletion.viewer, deletion.action, events)


def _closing(row: asyncpg.Record, now: datetime) -> DueAccount:
    schedule = BillingSchedule(row["billing_schedule"])
    calendar = (row["time_zone"], schedule, row["billing_day"])
    return DueAccount(row["id"], row["opened_at"], now, calendar)


def _type(row: asyncpg.Record) -> str:
    return "Reseller" if row["kind"] == "RESELLER" else "Customer"
