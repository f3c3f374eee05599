"""Rows of an imported file become accounts, a piece at a time, in the transaction of the piece.

What a row may hold is known to the rules, how accounts are written to `accounts.opening`; here the
verdicts come together: every row gets one, a rejected row all of its reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from models import seal
from models.access import audit
from models.accounts.announcing import welcome
from models.accounts.opening import Judged, Opened, Terms, open_judged
from models.accounts.opening_facts import Facts, facts_of
from models.accounts.owner import Owner
from models.database import raw
from models.jobs.chunk import Piece, Treated, Verdict
from models.jobs.credentials import sealed_credentials
from models.jobs.halving import Refusal, halved
from models.jobs.import_plan import ImportPlan
from models.jobs.job import Job
from models.jobs.job_row import open_rows
from models.mail.email import Email
from models.rules.customer_csv import ImportedRow, RowReader
from models.rules.draft import CustomerDraft
from models.rules.enums import RowOutcome
from models.rules.errors import Problem
from models.rules.reasons import problems_of

CELLS_PURPOSE = "job-row"

_RATE_GROUPS = """
SELECT name, id FROM rate_groups WHERE reseller_id IS NOT DISTINCT FROM $1 AND status = 'ACTIVE'
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file, understood as far as it can be."""

    row_no: int
    row: ImportedRow
    draft: CustomerDraft
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A line that nothing is against."""

    row_no: int
    judged: Judged


async def import_rows(tx: BaseDBAsyncClient, piece: Piece) -> Treated:
    """Open an account for each row of the piece that nothing is against; a dry run only judges."""
    job = await Job.get(id=piece.job_id)
    plan = ImportPlan.of(job)
    lines = await _lines(tx, piece, plan, job)
    owner_id = plan.defaults.reseller_id or job.asker.owner_id
    facts = await facts_of(raw(tx), [line.draft for line in lines], {owner_id})
    accepted, verdicts = _sorted_out(lines, facts, facts.owners[owner_id])
    if job.dry_run:
        verdicts += [Verdict(line.row_no, RowOutcome.CREATED) for line in accepted]
        return Treated.of(verdicts)
    return await _written(accepted, verdicts, facts, job)


async def _written(
    accepted: Sequence[Accepted], verdicts: list[Verdict], facts: Facts, job: Job
) -> Treated:
    terms = Terms(opener=job.asker, now=datetime.now(UTC), in_bulk=True)

    async def opening(tx: BaseDBAsyncClient, lines: Sequence[Accepted]) -> list[Opened]:
        return await open_judged(tx, [line.judged for line in lines], facts, terms)

    answers = await halved(accepted, opening)
    opened = [answer for answer in answers if isinstance(answer, Opened)]
    if ImportPlan.of(job).send_welcome:
        await Email.queue([welcome(one) for one in opened])
    await audit.record_many(job.asker, "customerImport", [(_subject(one), ()) for one in opened])
    verdicts += [
        _verdict(line.row_no, answer) for line, answer in zip(accepted, answers, strict=True)
    ]
    return Treated.of(verdicts, sealed_credentials(opened))


def _verdict(row_no: int, answer: Opened | Refusal) -> Verdict:
    if isinstance(answer, Refusal):
        return Verdict(row_no, answer.outcome, answer.problems)
    return Verdict(row_no, RowOutcome.CREATED, account_id=answer.account_id)


def _subject(opened: Opened) -> audit.Subject:
    return audit.Subject("Customer", opened.account_id, opened.number, opened.account_id)


async def _lines(tx: BaseDBAsyncClient, piece: Piece, plan: ImportPlan, job: Job) -> list[Line]:
    owner_id = plan.defaults.reseller_id or job.asker.owner_id
    reader = RowReader(plan.layout(), plan.defaults, await _rate_groups(tx, owner_id))
    rows = await open_rows(tx, piece.job_id, piece.first_row, piece.last_row)
    return [_line(reader, row) for row in rows]


def _line(reader: RowReader, row: Mapping[str, Any]) -> Line:
    understood = reader.read(_cells(row))
    return Line(row["row_no"], understood, understood.draft(), problems_of(row["reasons"]))


async def _rate_groups(tx: BaseDBAsyncClient, owner_id: UUID | None) -> dict[str, UUID]:
    rows = await raw(tx).fetch(_RATE_GROUPS, owner_id)
    return {row["name"].casefold(): row["id"] for row in rows}


def _cells(row: Mapping[str, Any]) -> list[str]:
    cells: list[str] = row["cells"]
    if row["sealed_cells"] is not None:
        for at, text in orjson.loads(seal.unseal(CELLS_PURPOSE, row["sealed_cells"])):
            cells[at] = text
    return cells


def _sorted_out(
    lines: Sequence[Line], facts: Facts, owner: Owner
) -> tuple[list[Accepted], list[Verdict]]:
    """Lines that nothing is against, and verdicts with all reasons for the others."""
    policy = facts.policy(owner, email_required=True)
    accepted: list[Accepted] = []
    verdicts: list[Verdict] = []
    for line in lines:
        known = line.problems + line.row.reasons_against_opening(policy)
        problems = known + _new(facts.problems(line.draft, owner), known)
        if problems:
            verdicts.append(Verdict(line.row_no, RowOutcome.REJECTED, problems))
        else:
            facts.claim(line.draft, owner)
            accepted.append(Accepted(line.row_no, Judged(line.draft, owner, ())))
    return accepted, verdicts


def _new(found: Sequence[Problem], known: Sequence[Problem]) -> tuple[Problem, ...]:
    """A cell that is wrong or repeated already needs no second reason."""
    said = {problem.field for problem in known}
    return tuple(problem for problem in found if problem.field not in said)
