"""A deletion: accounts that were chosen, or resellers with all below them, a piece at a time.

What becomes of an account is known to `accounts.deleting`; here is the order of it, and what
people can still stop. Whoever is switched off by then stays so, and is deleted when asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.accounts.deleting import Deletion, remove, switch_off
from models.database import raw, retried, transaction
from models.jobs.chunk import Piece, Tally, Treated, Verdict, is_wanted, kept_tally, treat_once
from models.jobs.deletion_plan import DeletionPlan
from models.jobs.halving import Refusal, halved
from models.jobs.job import Job
from models.jobs.job_row import Span
from models.jobs.waiting import waits_no_longer
from models.rules.enums import RowOutcome
from models.rules.errors import ErrorCode, Problem
from models.rules.reasons import problems_of, reasons_json

_ROWS = """
SELECT row_no, account_id, outcome, reasons, begun_at FROM job_rows
 WHERE job_id = $1 AND row_no BETWEEN $2 AND $3 ORDER BY row_no FOR UPDATE
"""
_BEGUN = """
UPDATE job_rows r
   SET begun_at = now(), outcome = b.outcome, reasons = b.reasons
  FROM unnest($2::int[], $3::text[], $4::jsonb[]) AS b (row_no, outcome, reasons)
 WHERE r.job_id = $1 AND r.row_no = b.row_no
"""
# How deep an account stands: resellers below their own; what is deepest goes first.
_PLACES = """
SELECT a.id, a.status, a.kind = 'RESELLER' AS is_reseller,
       coalesce(length(a.path) - length(replace(a.path, '/', '')), 0) AS depth
  FROM accounts a WHERE a.id = ANY ($1)
"""
_STILL_BELOW = """
SELECT reseller_id AS id, count(*)::int AS count FROM accounts
 WHERE reseller_id = ANY ($1) AND status <> 'DELETED' GROUP BY reseller_id
"""
_BEFORE_US = """
SELECT EXISTS (SELECT FROM job_rows WHERE job_id = $1 AND row_no < $2 AND outcome IS NULL)
"""
_NO_LONGER: Final = Problem(ErrorCode.FORBIDDEN, (), "You may not delete accounts any more.")

# Switched off in one transaction: so many closing invoices take seconds.
OFF_ROWS: Final = 500

Answers = dict[UUID, RowOutcome | Refusal]


class NotYet(Exception):
    """Accounts below a reseller are still being deleted by other pieces of this job."""


async def switch_all_off(job_id: UUID, span: Span, at_once: int = OFF_ROWS) -> bool:
    """Switch off everybody the job goes over: a piece may have to wait for switches, this not.

    False when people want the job paused or ended: whoever is off by then stays so.
    """
    for first in range(span.first, span.last + 1, at_once):
        last = min(first + at_once - 1, span.last)
        if await retried(partial(_off_by, job_id, first, last)) is None:
            return False
    return True


async def begin(piece: Piece) -> list[UUID] | None:
    """Take a piece up, whose accounts are off from then on; answers whose devices to revoke.

    None when people want the job paused or ended. A piece that is finished has nobody.
    """
    if await kept_tally(piece) is not None:
        return []
    return await retried(partial(_off_by, piece.job_id, piece.first_row, piece.last_row))


async def finish(piece: Piece) -> Tally | None:
    """Remove everything from accounts of a piece that has begun, and let them be deleted.

    None when a reseller has to wait for the pieces before it.
    """
    try:
        tally = await treat_once(piece, _remove_rows, is_begun=True)
    except NotYet:
        return None
    await waits_no_longer(piece.job_id)
    return tally


async def _off_by(job_id: UUID, first: int, last: int) -> list[UUID] | None:
    async with transaction() as tx:
        rows = await raw(tx).fetch(_ROWS, job_id, first, last)
        if not await is_wanted(tx, job_id):
            return None
        if living := [row for row in rows if row["begun_at"] is None]:
            await _switch_off(tx, job_id, living)
        return [row["account_id"] for row in rows]


async def _switch_off(tx: BaseDBAsyncClient, job_id: UUID, rows: Sequence[Any]) -> None:
    """Switch off all of them; who can not be is written down with its reason, and left as it is."""
    job = await Job.get(id=job_id)
    plan = DeletionPlan.of(job)
    refusals: list[Refusal | None]
    if job.asker.may(plan.permission):
        verb = partial(_off, deletion=_deletion(job, plan))
        answers = await halved([row["account_id"] for row in rows], verb)
        refusals = [each if isinstance(each, Refusal) else None for each in answers]
    else:  # whoever tries rows again may hold less
        refusals = [Refusal(RowOutcome.REJECTED, (_NO_LONGER,))] * len(rows)
    await raw(tx).execute(
        _BEGUN,
        job_id,
        [row["row_no"] for row in rows],
        [refusal and refusal.outcome.value for refusal in refusals],
        [reasons_json(refusal.problems if refusal else ()) for refusal in refusals],
    )


async def _off(
    tx: BaseDBAsyncClient, account_ids: Sequence[UUID], *, deletion: Deletion
) -> Sequence[UUID]:
    await switch_off(tx, account_ids, deletion)
    return account_ids


async def _remove_rows(tx: BaseDBAsyncClient, piece: Piece) -> Treated:
    job = await Job.get(id=piece.job_id)
    deletion = _deletion(job, DeletionPlan.of(job))
    rows = await raw(tx).fetch(_ROWS, piece.job_id, piece.first_row, piece.last_row)
    refused = {row["account_id"]: row for row in rows if row["outcome"] is not None}
    open_ids = [row["account_id"] for row in rows if row["outcome"] is None]
    places = {row["id"]: row for row in await raw(tx).fetch(_PLACES, open_ids)}
    answers: Answers = {}
    for _, level in groupby(sorted(open_ids, key=lambda id_: _order(places[id_])), _depth(places)):
        answers |= await _removed(tx, piece, [places[id_] for id_ in level], deletion)
    return Treated.of(
        [
            _refused(refused[row["account_id"]])
            if row["account_id"] in refused
            else _verdict(row["row_no"], row["account_id"], answers)
            for row in rows
        ]
    )


async def _removed(
    tx: BaseDBAsyncClient, piece: Piece, places: Sequence[Any], deletion: Deletion
) -> Answers:
    """Delete accounts of one level; resellers only once nobody stands below them any more."""
    answers: Answers = await _kept_by_others(tx, piece, places)
    going = [each["id"] for each in places if each["id"] not in answers]

    async def removing(savepoint: BaseDBAsyncClient, ids: Sequence[UUID]) -> list[RowOutcome]:
        removed = set(await remove(savepoint, ids, deletion))
        return [RowOutcome.DELETED if id_ in removed else RowOutcome.UNCHANGED for id_ in ids]

    return answers | dict(zip(going, await halved(going, removing), strict=True))


async def _kept_by_others(tx: BaseDBAsyncClient, piece: Piece, places: Sequence[Any]) -> Answers:
    """Refusals of resellers with somebody below them whom this job could not delete."""
    resellers = [each["id"] for each in places if each["is_reseller"]]
    below = await raw(tx).fetch(_STILL_BELOW, resellers) if resellers else []
    if below and await raw(tx).fetchval(_BEFORE_US, piece.job_id, piece.first_row):
        raise NotYet
    return {row["id"]: Refusal(RowOutcome.REJECTED, (_still_below(row["count"]),)) for row in below}


def _still_below(count: int) -> Problem:
    words = f"{count} accounts below it could not be deleted; it is switched off and waits."
    return Problem(ErrorCode.WRONG_STATE, (), words)


def _deletion(job: Job, plan: DeletionPlan) -> Deletion:
    return Deletion(job.asker, plan.balance_policy, datetime.now(UTC), plan.action)


def _order(place: Any) -> tuple[bool, int, UUID]:
    return (place["is_reseller"], -place["depth"], place["id"])


def _depth(places: Mapping[UUID, Any]) -> Any:
    return lambda id_: (places[id_]["is_reseller"], places[id_]["depth"])


def _refused(row: Any) -> Verdict:
    reasons = problems_of(row["reasons"])
    return Verdict(row["row_no"], RowOutcome(row["outcome"]), reasons, row["account_id"])


def _verdict(row_no: int, account_id: UUID, answers: Answers) -> Verdict:
    answer = answers[account_id]
    if isinstance(answer, Refusal):
        return Verdict(row_no, answer.outcome, answer.problems, account_id)
    return Verdict(row_no, answer, account_id=account_id)
