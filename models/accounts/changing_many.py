"""Changing many customers alike: the set-based twin of `changing`, judged by the same rules.

Each account is changed wholly or refused with all its reasons; the switches are told by whoever
asked, once the change is committed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.accounts.account import Account
from models.accounts.account_row import GONE
from models.accounts.changing_rows import Alert, Batch, Row, alerts_of, write_rows
from models.accounts.opening_facts import Facts, facts_of
from models.accounts.patched import Difference, Patched, drafts_of
from models.database import raw
from models.jobs.halving import Refusal, halved
from models.money.balance import Moved
from models.rules.batch_change import BatchChange, below
from models.rules.draft import CustomerDraft
from models.rules.enums import AccountType, RowOutcome
from models.rules.errors import ErrorCode, Problem
from models.rules.money import minor_digits_violation
from models.rules.panel import AlertThresholdDraft
from models.rules.patch import CustomerPatch
from models.rules.violation import Violation

GONE_ALREADY: Final = Problem(ErrorCode.WRONG_STATE, (), "The account is deleted.")
OWN: Final = Violation(ErrorCode.FORBIDDEN, "can not be changed on your own account")

_NUMBERS = ("credit_limit", "concurrent_calls", "calls_per_second", "valid_days")


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of one account; the amounts are of the money field that was named, if one was."""

    account_id: UUID
    is_changed: bool
    amount: Decimal | None = None
    previous_amount: Decimal | None = None


async def change_many(
    tx: BaseDBAsyncClient, account_ids: Sequence[UUID], batch: Batch
) -> dict[UUID, Changed | Refusal]:
    """Change customers and providers; those that can not be are refused alone, with all reasons.

    Rate groups, limits and states follow the rules of a single change; balances are postings.
    Devices rise a generation where a switch has to follow, and nobody is told of it here.
    """
    chosen = Account.filter(id__in=list(account_ids)).order_by("id")
    accounts = await chosen.select_for_update(no_key=True)
    judge = _Judge(
        batch,
        await drafts_of(tx, accounts),
        await alerts_of(tx, accounts),
        await _facts(tx, accounts, batch.change),
    )
    verdicts = {account.id: judge.verdict(account) for account in accounts}
    rows = [row for row in verdicts.values() if isinstance(row, Row)]

    async def writing(savepoint: BaseDBAsyncClient, some: Sequence[Row]) -> list[Changed]:
        moved = await write_rows(savepoint, some, batch)
        return [_changed(row, batch.change, moved.get(row.account.id)) for row in some]

    written = iter(await halved(rows, writing))
    return {
        account_id: next(written)
        if isinstance(verdict, Row)
        else Refusal(RowOutcome.REJECTED, verdict)
        for account_id, verdict in verdicts.items()
    }


@dataclass(frozen=True, slots=True)
class _Judge:
    batch: Batch
    drafts: Mapping[UUID, CustomerDraft]
    alerts: Mapping[UUID, Alert]
    facts: Facts

    def verdict(self, account: Account) -> Row | tuple[Problem, ...]:
        """What is to be written of an account, or everything against it."""
        if account.status in GONE:
            return (GONE_ALREADY,)
        change, current = self.batch.change, self.drafts[account.id]
        present = {name: getattr(account, name) for name in _NUMBERS}
        changes, problems = change.patch(present)
        patched = Patched(account, current, CustomerPatch(changes))
        alert, wanted = self.alerts[account.id], _wanted(self.alerts[account.id], change)
        problems += patched.problems(self.batch.viewer, self.facts)
        if change.touches_alert:
            draft = AlertThresholdDraft(wanted.enabled, wanted.limit)
            problems += draft.problems(account.currency_code)
        problems += self._beside(account)
        if problems:
            return tuple(below(problem) for problem in problems)
        difference = patched.difference(self.batch.now, renews=True)
        return Row(account, _with_status(difference, account, change), alert, wanted)

    def _beside(self, account: Account) -> list[Problem]:
        """What is against the parts that are no fields of the profile."""
        change, found = self.batch.change, []
        if change.status is not None and account.id == self.batch.viewer.account_id:
            found.append(OWN.at("status"))
        if change.balance is not None:
            violation = minor_digits_violation(change.balance.by, account.currency_code)
            found += [violation.at("balance")] if violation else []
        return found


async def _facts(tx: BaseDBAsyncClient, accounts: Sequence[Account], change: BatchChange) -> Facts:
    """The facts around what all of them are given; nothing else of them is asked about."""
    given = CustomerDraft(type=AccountType.PREPAID, rate_group_id=change.rate_group_id)
    return await facts_of(raw(tx), [given], {account.reseller_id for account in accounts})


def _wanted(alert: Alert, change: BatchChange) -> Alert:
    enabled = alert.enabled if change.alert_enabled is None else change.alert_enabled
    chosen = alert.chosen
    if change.balance_below is not None:
        chosen = change.balance_below.applied_to(alert.limit)
    return Alert(enabled, chosen, alert.default)


def _with_status(difference: Difference, account: Account, change: BatchChange) -> Difference:
    if change.status is None or change.status is account.status:
        return difference
    old = {**difference.old, "status": account.status}
    return Difference(old, {**difference.new, "status": change.status})


def _changed(row: Row, change: BatchChange, moved: Moved | None) -> Changed:
    before: Any = None
    after: Any = None
    if change.balance is not None and moved is not None:
        before, after = moved.before, moved.after
    elif change.credit_limit is not None:
        before = row.account.credit_limit
        after = row.difference.new.get("credit_limit", before)
    elif change.balance_below is not None:
        before, after = row.alert.limit, row.wanted.limit
    has_moved = moved is not None and moved.before != moved.after
    is_changed = bool(row.difference) or row.alert != row.wanted or has_moved
    return Changed(row.account.id, is_changed, after, before)
