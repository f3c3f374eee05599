"""A batch update: one change of everybody that was chosen, a piece at a time; or only tried.

What the change means for an account is known to `accounts.changing_many`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.accounts.changing_many import Changed, change_many
from models.accounts.changing_rows import Batch
from models.database import raw, transaction
from models.jobs.choosing import Choice, Wish, chosen, counted, stage_chosen
from models.jobs.chunk import Piece, Treated, Verdict
from models.jobs.halving import Refusal
from models.jobs.job import Job, JobOrder
from models.jobs.job_row import Span, open_rows
from models.jobs.plans import as_json, from_json
from models.jobs.selection import FROM
from models.panel.entry import refuse_customers
from models.rules.batch_change import INPUT, BatchChange, Way
from models.rules.enums import JobKind, RowOutcome
from models.rules.errors import DomainError, ErrorCode, Problem, Refused
from models.rules.money import minor_digits_violation
from models.rules.viewer import Viewer

PERMISSION: Final = "customers:update"
_MONEY: Final = {
    Way.SET: ("money:refill", "money:charge"),
    Way.INCREASE: ("money:refill",),
    Way.DECREASE: ("money:charge",),
}

Outcomes = dict[UUID, Changed | Refusal]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchUpdatePlan:
    """Who is to be changed, and how."""

    choice: Choice
    change: BatchChange

    @classmethod
    def of(cls, job: Job) -> BatchUpdatePlan:
        """The plan of a job that was started with one."""
        return from_json(cls, job.input)


async def start_batch_update(
    viewer: Viewer, wish: Wish, change: BatchChange, *, dry_run: bool = False
) -> Job:
    """Queue a change of everybody that was named. Requirement heading: Batch Update.

    Raises Refused with what is wrong with either, FORBIDDEN, NOT_FOUND and LIMIT_EXCEEDED at
    `ids`, WRONG_STATE at `expectedCount`, and CURRENCY_MISMATCH when balances of several
    currencies would change alike.
    """
    refuse_customers(viewer)
    if problems := (*wish.problems(), *change.problems(), *_may_not(viewer, change)):
        raise Refused(problems)
    choice = chosen(wish, viewer)
    async with transaction() as tx:
        await counted(tx, choice)
        await _refuse_mixed(tx, choice, change)
        plan = BatchUpdatePlan(choice=choice, change=change)
        order = JobOrder(kind=JobKind.BATCH_UPDATE, plan=as_json(plan), dry_run=dry_run)
        return await Job.queue(order, viewer)


async def stage_accounts(job_id: UUID) -> Span:
    """Write a row for each account to be changed; asked again, the same. Raises as the start."""
    plan = BatchUpdatePlan.of(await Job.get(id=job_id))
    return await stage_chosen(job_id, plan.choice)


async def update_rows(tx: BaseDBAsyncClient, piece: Piece) -> Treated:
    """Change the accounts of a piece; those that can not be are refused with all their reasons."""
    job = await Job.get(id=piece.job_id)
    rows = await open_rows(tx, piece.job_id, piece.first_row, piece.last_row)
    accounts = [row["account_id"] for row in rows]
    change = BatchUpdatePlan.of(job).change
    batch = Batch(job.asker, change, f"batch-update/{job.id}", datetime.now(UTC))
    if problems := _may_not(job.asker, change):  # whoever tries rows again may hold less
        refusal = Refusal(RowOutcome.REJECTED, problems)
        outcomes: Outcomes = dict.fromkeys(accounts, refusal)
    elif job.dry_run:
        outcomes = await _tried(accounts, batch)
    else:
        outcomes = await change_many(tx, accounts, batch)
    verdicts = [_verdict(row["row_no"], row["account_id"], outcomes) for row in rows]
    return Treated.of(verdicts)


async def changed_accounts(piece: Piece) -> list[UUID]:
    """The accounts of a piece that were changed; none by a dry run."""
    async with transaction() as tx:
        rows = await raw(tx).fetch(_CHANGED, piece.job_id, piece.first_row, piece.last_row)
    return [row["account_id"] for row in rows]


class _Undone(Exception):
    """A dry run has seen what it wanted."""


async def _tried(account_ids: Sequence[UUID], batch: Batch) -> Outcomes:
    """What the change would make of them: the same work, rolled back."""
    outcomes: Outcomes = {}
    with suppress(_Undone):
        async with transaction() as savepoint:
            outcomes = await change_many(savepoint, account_ids, batch)
            raise _Undone
    return outcomes


def _verdict(row_no: int, account_id: UUID, outcomes: Outcomes) -> Verdict:
    outcome = outcomes[account_id]
    if isinstance(outcome, Refusal):
        return Verdict(row_no, outcome.outcome, outcome.problems, account_id)
    return Verdict(
        row_no,
        RowOutcome.UPDATED if outcome.is_changed else RowOutcome.UNCHANGED,
        account_id=account_id,
        amount=outcome.amount,
        previous_amount=outcome.previous_amount,
    )


def _may_not(viewer: Viewer, change: BatchChange) -> tuple[Problem, ...]:
    """Who moves money here needs what moving it by hand needs."""
    needed = () if change.balance is None else _MONEY[change.balance.way]
    path = (INPUT, "balance") if change.balance else ()
    lacking = [word for word in (PERMISSION, *needed) if not viewer.may(word)]
    sentence = f"This needs the permission {' and '.join(lacking)}."
    return (Problem(ErrorCode.FORBIDDEN, path, sentence),) if lacking else ()


async def _refuse_mixed(tx: BaseDBAsyncClient, choice: Choice, change: BatchChange) -> None:
    """An amount means nothing without a currency: balances change in one of them at a time."""
    if change.balance is None:
        return
    query = _CURRENCIES.format(accounts=FROM, condition=choice.selection.condition)
    currencies = [row[0] for row in await raw(tx).fetch(query, *choice.selection.bound)]
    if len(currencies) > 1:
        sentence = f"The accounts have several currencies: {', '.join(currencies)}."
        raise DomainError(ErrorCode.CURRENCY_MISMATCH, (INPUT, "balance"), sentence)
    for currency in currencies:
        if violation := minor_digits_violation(change.balance.by, currency):
            raise Refused((violation.at(INPUT, "balance"),))


_CURRENCIES = """
SELECT DISTINCT a.currency_code FROM {accounts} WHERE {condition} ORDER BY 1
"""
_CHANGED = """
SELECT account_id FROM job_rows
 WHERE job_id = $1 AND row_no BETWEEN $2 AND $3 AND outcome = 'UPDATED'
   AND NOT (SELECT dry_run FROM jobs WHERE id = $1)
"""
