"""A billing run: every account with a period that is over by an instant gets its invoices.

Which rows there are is settled once, at the start; what a period becomes is `money.billing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw, transaction
from models.jobs.chunk import Piece, Treated, Verdict
from models.jobs.halving import Refusal, halved
from models.jobs.job import TERMINAL, Job, JobOrder
from models.jobs.job_row import Span, open_rows
from models.jobs.plans import as_json, from_json
from models.money.billing import ClosedPeriods, DueAccount, close_periods, hold_due
from models.money.invoicing import BILLING
from models.rules.enums import JobKind, Role, RowOutcome
from models.rules.errors import DomainError, ErrorCode
from models.rules.viewer import Viewer

ACCOUNTS_MOST = 1000  # of a run that names its accounts
# Further ahead is a slip of the keyboard, and periods that were closed do not open again.
AHEAD_MOST: Final = timedelta(days=3660)

_SCHEDULED_RUNS: Final = UUID("3b8e6d0f-7f0a-4f36-8a53-0b6c1d2f9e47")  # namespace of their ids

# Who asks for the runs that nobody asked for.
SCHEDULE: Final = Viewer(
    role=Role.ADMIN,
    principal_id=UUID(int=0),
    account_id=None,
    permissions=frozenset(),
    reseller_ids=(),
    time_zone="UTC",
    name=BILLING,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingPlan:
    """Close what is over by `as_of`, of these accounts or of all that the asker sees."""

    as_of: datetime
    account_ids: tuple[UUID, ...] | None = None

    @classmethod
    def of(cls, job: Job) -> BillingPlan:
        """The plan of a job that was started with one."""
        return from_json(cls, job.input)


async def start_billing_run(
    viewer: Viewer,
    as_of: datetime | None,
    account_ids: Sequence[UUID] | None,
    *,
    dry_run: bool = False,
) -> Job:
    """Queue a run; without `as_of` as of now.

    Raises NOT_FOUND for an account that the viewer does not see, LIMIT_EXCEEDED, and OUT_OF_RANGE
    for an instant ahead: only staff may bill ahead, and not beyond ten years.
    """
    now = datetime.now(UTC)
    _refuse_ahead(viewer, as_of or now, now)
    async with transaction() as tx:
        chosen = None if account_ids is None else tuple(dict.fromkeys(account_ids))
        if chosen is not None:
            await _refuse_unseen(tx, viewer, chosen)
        plan = BillingPlan(as_of=as_of or now, account_ids=chosen)
        order = JobOrder(kind=JobKind.BILLING_RUN, plan=as_json(plan), dry_run=dry_run)
        return await Job.queue(order, viewer)


async def open_scheduled_run(as_of: datetime) -> UUID | None:
    """Queue the scheduled run as of an instant, once; None when there is nothing for it.

    One at a time: while people have an earlier one paused, or it still runs, no other is opened.
    """
    job_id = uuid5(_SCHEDULED_RUNS, as_of.astimezone(UTC).isoformat())
    async with transaction() as tx:
        if await Job.filter(id=job_id).exists():
            return job_id
        if not await raw(tx).fetchval(_HAS_WORK, as_of, SCHEDULE.principal_id, TERMINAL):
            return None
        plan = BillingPlan(as_of=as_of)
        order = JobOrder(kind=JobKind.BILLING_RUN, plan=as_json(plan), id=job_id)
        return (await Job.queue(order, SCHEDULE)).id


async def stage_due(job_id: UUID) -> Span:
    """Write a row for each account that is due, the longest due first; asked again, the same."""
    async with transaction() as tx:
        job = await Job.filter(id=job_id).select_for_update(no_key=True).get()
        if job.total is None:
            plan, asker = BillingPlan.of(job), job.asker
            scope = None if asker.is_staff else list(asker.reseller_ids)
            chosen = None if plan.account_ids is None else list(plan.account_ids)
            written = await raw(tx).fetchval(_STAGE, job_id, plan.as_of, scope, chosen)
            job.total = written
            await job.save(update_fields=["total"])
        return Span(1, job.total or 0, job.total or 0)


async def bill_rows(tx: BaseDBAsyncClient, piece: Piece) -> Treated:
    """Close the periods of a piece's accounts; one that fails is told with its reason, alone."""
    job = await Job.get(id=piece.job_id)
    as_of = BillingPlan.of(job).as_of
    rows = await open_rows(tx, piece.job_id, piece.first_row, piece.last_row)
    accounts = [row["account_id"] for row in rows]
    if job.dry_run:
        outcomes = await _tried(accounts, as_of)
    else:
        outcomes = await _closed(tx, accounts, as_of)
    return Treated.of([_verdict(row["row_no"], row["account_id"], outcomes) for row in rows])


Outcomes = dict[UUID, ClosedPeriods | Refusal]


async def _closed(tx: BaseDBAsyncClient, account_ids: Sequence[UUID], as_of: datetime) -> Outcomes:
    held = await hold_due(tx, account_ids, as_of)

    async def close(
        savepoint: BaseDBAsyncClient, accounts: Sequence[DueAccount]
    ) -> Sequence[ClosedPeriods]:
        return await close_periods(savepoint, accounts, as_of)

    answers = await halved(held, close)
    return {account.id: answer for account, answer in zip(held, answers, strict=True)}


class _Undone(Exception):
    """A dry run has seen what it wanted."""


async def _tried(account_ids: Sequence[UUID], as_of: datetime) -> Outcomes:
    """What closing would make of it: the same work, rolled back, so it can not tell otherwise."""
    outcomes: Outcomes = {}
    with suppress(_Undone):
        async with transaction() as savepoint:
            outcomes = await _closed(savepoint, account_ids, as_of)
            raise _Undone
    return outcomes


def _verdict(row_no: int, account_id: UUID, outcomes: Outcomes) -> Verdict:
    match outcomes.get(account_id):
        case ClosedPeriods() as closed if closed.documents:
            return Verdict(row_no, RowOutcome.CREATED, account_id=account_id, amount=closed.total)
        case Refusal() as refusal:
            return Verdict(row_no, refusal.outcome, refusal.problems, account_id)
        case _:  # nothing was owed, or somebody else holds the account: still due, it comes again
            return Verdict(row_no, RowOutcome.UNCHANGED, account_id=account_id)


def _refuse_ahead(viewer: Viewer, as_of: datetime, now: datetime) -> None:
    latest = now + AHEAD_MOST if viewer.is_staff else now
    if as_of > latest:
        sentence = "Billing ahead is for the administration, and ends after ten years."
        raise DomainError(ErrorCode.OUT_OF_RANGE, ("asOf",), sentence)


async def _refuse_unseen(
    tx: BaseDBAsyncClient, viewer: Viewer, account_ids: Sequence[UUID]
) -> None:
    if len(account_ids) > ACCOUNTS_MOST:
        sentence = f"A run names at most {ACCOUNTS_MOST} accounts."
        raise DomainError(ErrorCode.LIMIT_EXCEEDED, ("customerIds",), sentence)
    scope = None if viewer.is_staff else list(viewer.reseller_ids)
    seen = await raw(tx).fetchval(_SEEN, list(account_ids), scope)
    if seen != len(account_ids):
        sentence = "There is no such account."
        raise DomainError(ErrorCode.NOT_FOUND, ("customerIds",), sentence)


_DUE = """
    type = 'POSTPAID' AND status <> 'DELETING' AND next_billing_at <= {as_of}
"""

_HAS_WORK = f"""
    SELECT EXISTS (SELECT FROM accounts WHERE {_DUE.format(as_of="$1")})
       AND NOT EXISTS (SELECT FROM jobs WHERE kind = 'BILLING_RUN' AND principal_id = $2
                                          AND status <> ALL ($3::text[]))
"""  # noqa: S608 - one condition of ours, in two statements

_SEEN = """
    SELECT count(*) FROM accounts
    WHERE id = ANY ($1::uuid[]) AND ($2::uuid[] IS NULL OR reseller_id = ANY ($2))
"""

_STAGE = f"""
    WITH due AS (
        SELECT id, row_number() OVER (ORDER BY next_billing_at, id) AS row_no
        FROM accounts
        WHERE {_DUE.format(as_of="$2")}
          AND ($3::uuid[] IS NULL OR reseller_id = ANY ($3))
          AND ($4::uuid[] IS NULL OR id = ANY ($4))
    ), staged AS (
        INSERT INTO job_rows (job_id, row_no, reasons, account_id)
        SELECT $1, row_no, '[]', id FROM due
        RETURNING 1
    )
    SELECT count(*)::int FROM staged
"""  # noqa: S608 - one condition of ours, in two statements
