"""The rows that a change of many accounts becomes, written for all of them at once.

What is to be written was judged before; money that is not there raises and undoes all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.access import audit
from models.accounts.account import Account
from models.accounts.patched import FOLLOWED, Difference, spoken
from models.database import raw
from models.money.balance import Balance, BalanceChange, Moved, Occasion
from models.money.low_balance import notice_balances
from models.money.settlement import Settlement
from models.panel.sip_follow import devices_of, raise_generation
from models.rules.batch_change import INPUT, BatchChange
from models.rules.viewer import Viewer

ACTION: Final = "customersUpdate"
# The order of `_COLUMNS` in SQL, with the type of each.
_COLUMNS: Final = {
    "rate_group_id": "uuid",
    "status": "text",
    "records_calls": "bool",
    "manages_own_ips": "bool",
    "allows_local_calls": "bool",
    "expires_at": "timestamptz",
    "credit_limit": "numeric",
    "concurrent_calls": "int",
    "calls_per_second": "int",
    "valid_days": "int",
}
_TOLD_SWITCHES: Final = FOLLOWED | {"status"}

_ALERTS = """
SELECT a.id, coalesce(t.enabled, true) AS enabled, t.balance_below, s.low_balance_default
  FROM accounts a CROSS JOIN settings s LEFT JOIN alert_thresholds t ON t.account_id = a.id
 WHERE a.id = ANY ($1)
"""
_WRITE = f"""
UPDATE accounts a
   SET {", ".join(f"{name} = c.{name}" for name in _COLUMNS)},
       version = a.version + 1, updated_at = now()
  FROM unnest($1::uuid[], {", ".join(f"${n}::{t}[]" for n, t in enumerate(_COLUMNS.values(), 2))})
       AS c (id, {", ".join(_COLUMNS)})
 WHERE a.id = c.id
"""  # noqa: S608 - names of ours
_WRITE_ALERTS = """
INSERT INTO alert_thresholds (account_id, enabled, balance_below, crossings, below, updated_at)
SELECT id, enabled, balance_below, 0, false, now()
  FROM unnest($1::uuid[], $2::bool[], $3::numeric[]) AS t (id, enabled, balance_below)
    ON CONFLICT (account_id) DO UPDATE
   SET enabled = excluded.enabled, balance_below = excluded.balance_below, updated_at = now()
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """One change of many accounts. key: under which the money of each moves only once."""

    viewer: Viewer
    change: BatchChange
    key: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """The low-balance alert of an account; `chosen` is null where the house's default applies."""

    enabled: bool
    chosen: Decimal | None
    default: Decimal

    @property
    def limit(self) -> Decimal:
        """Below which balance it is told."""
        return self.default if self.chosen is None else self.chosen


@dataclass(frozen=True, slots=True)
class Row:
    """An account that nothing is against, and what is to be written of it."""

    account: Account
    difference: Difference
    alert: Alert
    wanted: Alert

    def values(self) -> list[Any]:
        """All of `_COLUMNS` as they shall be."""
        new = self.difference.new
        return [new.get(name, getattr(self.account, name)) for name in _COLUMNS]

    def trail(self, moved: Moved | None) -> tuple[audit.FieldChange, ...]:
        """What changed, as people read it."""
        old, new = spoken_with_status(self.difference.old), spoken_with_status(self.difference.new)
        if moved is not None:
            old["balance"], new["balance"] = moved.before, moved.after
        if self.alert != self.wanted:
            old |= {"alertEnabled": self.alert.enabled, "balanceBelow": self.alert.limit}
            new |= {"alertEnabled": self.wanted.enabled, "balanceBelow": self.wanted.limit}
        return audit.differences(old, new)


def spoken_with_status(values: Any) -> dict[str, object]:
    """Values by their names in the API; the status is no field of the profile."""
    profile = {name: value for name, value in values.items() if name != "status"}
    state = {"status": values["status"]} if "status" in values else {}
    return spoken(profile) | state


async def alerts_of(tx: BaseDBAsyncClient, accounts: Sequence[Account]) -> dict[UUID, Alert]:
    """The low-balance alerts of these accounts, with the house's default where none was set."""
    rows = await raw(tx).fetch(_ALERTS, [account.id for account in accounts])
    return {
        row["id"]: Alert(row["enabled"], row["balance_below"], row["low_balance_default"])
        for row in rows
    }


async def write_rows(tx: BaseDBAsyncClient, rows: Sequence[Row], batch: Batch) -> dict[UUID, Moved]:
    """Write all of them, or raise what is against it; answers whose balance was looked at."""
    await _write_columns(tx, [row for row in rows if row.difference])
    await _write_alerts(tx, [row for row in rows if row.alert != row.wanted])
    moved = await _move_balances(tx, rows, batch)
    await _notice(tx, rows)
    told = [(row.account.subject, row.trail(moved.get(row.account.id))) for row in rows]
    await audit.record_many(batch.viewer, ACTION, [event for event in told if event[1]])
    return moved


async def _write_columns(tx: BaseDBAsyncClient, rows: Sequence[Row]) -> None:
    if not rows:
        return
    columns = zip(*(row.values() for row in rows), strict=True)
    await raw(tx).execute(_WRITE, [row.account.id for row in rows], *map(list, columns))
    followed = [r.account.id for r in rows if not _TOLD_SWITCHES.isdisjoint(r.difference.new)]
    devices = await devices_of(raw(tx), followed)
    if devices:
        await raise_generation(raw(tx), devices)


async def _write_alerts(tx: BaseDBAsyncClient, rows: Sequence[Row]) -> None:
    if rows:
        await raw(tx).execute(
            _WRITE_ALERTS,
            [row.account.id for row in rows],
            [row.wanted.enabled for row in rows],
            [row.wanted.chosen for row in rows],
        )


async def _move_balances(
    tx: BaseDBAsyncClient, rows: Sequence[Row], batch: Batch
) -> dict[UUID, Moved]:
    wanted = batch.change.balance
    if wanted is None or not rows:
        return {}
    changes = [
        BalanceChange(
            key=f"{batch.key}/{row.account.id}",
            account_id=row.account.id,
            amount=wanted.signed,
            is_difference=wanted.is_difference,
        )
        for row in rows
    ]
    occasion = Occasion(batch.viewer.name, batch.now)
    moved = await Balance.adjust(tx, changes, occasion, at=(INPUT, "balance"))
    return {each.account_id: each for each in moved}


async def _notice(tx: BaseDBAsyncClient, rows: Sequence[Row]) -> None:
    """Tell of accounts that are below their limit by this change; a posting tells by itself."""
    shifted = [
        row.account.id
        for row in rows
        if row.alert != row.wanted or "credit_limit" in row.difference.new
    ]
    if shifted:
        await Settlement.lock(tx, shifted)
        await notice_balances(tx, shifted)
