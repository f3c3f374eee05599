"""Mass creation: a plan becomes a job, pieces of the job become accounts numbered in one range.

The chunk row makes a repeat safe; the order of numbers only makes it quick.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from tortoise.backends.base.client import BaseDBAsyncClient

from models.access import audit
from models.accounts.opening import Judged, Opened, Terms, open_judged
from models.accounts.opening_facts import Facts, facts_of
from models.database import raw
from models.jobs.chunk import Piece, Tally, Treated, Verdict, kept_tally, rows_left, treat_once
from models.jobs.credentials import sealed_credentials
from models.jobs.dealing import deal
from models.jobs.halving import Refusal, halved
from models.jobs.job import Job
from models.jobs.plans import from_json
from models.rules.enums import RowOutcome
from models.rules.errors import ErrorCode
from models.rules.mass_create import MassCreatePlan
from models.rules.violation import Violation

EXHAUSTED = Violation(ErrorCode.NUMBER_SPACE_EXHAUSTED, "has no number left").at("prefix")


class NumberTaken(Exception):
    """Somebody took a dealt number meanwhile: the piece begins anew with other ones."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One piece of a mass creation: the job, its plan with its owner, numbers for accounts."""

    job: Job
    plan: MassCreatePlan
    numbers: Sequence[str]


async def make_accounts(piece: Piece) -> Tally | None:
    """Make the accounts of one piece; None as `treat_once`."""
    job = await Job.get(id=piece.job_id)
    plan = from_json(MassCreatePlan, job.input)
    while await kept_tally(piece) is None:
        numbers = await deal(plan.range, piece, piece.last_row - piece.first_row + 1)
        try:
            return await treat_once(piece, partial(_open_numbers, Batch(job, plan, numbers)))
        except NumberTaken:
            continue
    return await kept_tally(piece)


async def _open_numbers(batch: Batch, tx: BaseDBAsyncClient, piece: Piece) -> Treated:
    rows = range(piece.first_row, piece.last_row + 1)
    sample = batch.plan.draft("")
    facts = await facts_of(raw(tx), [sample], {sample.reseller_id})
    owner = facts.owners[sample.reseller_id]
    # All accounts are alike: what is against one of them is against all.
    problems = facts.problems(sample, owner)
    if problems:
        return Treated.of([Verdict(row, RowOutcome.REJECTED, problems) for row in rows], fresh=True)
    judged = [Judged(sample, owner, (), number) for number in batch.numbers]
    to_come = await rows_left(tx, piece.job_id) if batch.plan.generate_pin else 0
    terms = Terms(opener=batch.job.asker, now=datetime.now(UTC), in_bulk=True, pins_to_come=to_come)
    answers = await _opened(judged, facts, terms)
    verdicts = [_verdict(row, answer) for row, answer in zip(rows, answers, strict=False)]
    left_over = rows[len(answers) :]
    verdicts += [Verdict(row, RowOutcome.REJECTED, (EXHAUSTED,)) for row in left_over]
    opened = [answer for answer in answers if isinstance(answer, Opened)]
    return Treated.of(verdicts, sealed_credentials(opened, every=True), fresh=True)


async def _opened(judged: Sequence[Judged], facts: Facts, terms: Terms) -> list[Opened | Refusal]:
    async def opening(tx: BaseDBAsyncClient, some: Sequence[Judged]) -> list[Opened]:
        return await open_judged(tx, some, facts, terms)

    answers = await halved(judged, opening)
    if any(isinstance(answer, Refusal) and _is_taken(answer) for answer in answers):
        raise NumberTaken
    opened = [answer for answer in answers if isinstance(answer, Opened)]
    await audit.record_many(
        terms.opener,
        "customerMassCreate",
        [(audit.Subject("Customer", o.account_id, o.number, o.account_id), ()) for o in opened],
    )
    return answers


def _is_taken(refusal: Refusal) -> bool:
    problem = refusal.problems[0]
    return problem.code is ErrorCode.TAKEN and problem.field == ("number",)


def _verdict(row_no: int, answer: Opened | Refusal) -> Verdict:
    if isinstance(answer, Refusal):
        return Verdict(row_no, answer.outcome, answer.problems)
    return Verdict(row_no, RowOutcome.CREATED, account_id=answer.account_id)
