"""Rows of an imported file become accounts, a piece at a time, in the transaction of the piece.

What a row may hold is known to the rules, how accounts are written to `accounts.opening`; here the
verdicts come together: every row gets one, a rejected row all of its reasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.access import audit
from models.accounts.announcing import welcome
from models.accounts.opening import Judged, Opened, Terms, open_judged
from models.accounts.opening_facts import Facts, facts_of
from models.accounts.owner import Owner
from models.database import raw
from models.jobs.chunk import Piece, Treated, Verdict, rows_left
from models.jobs.credentials import sealed_credentials
from models.jobs.halving import Refusal, halved
from models.jobs.import_changes import change_matched
from models.jobs.import_funds import prices
from models.jobs.import_lines import Import, Line, lines_of, unsaid
from models.jobs.job import Job
from models.mail.email import Email
from models.rules.enums import ImportMatch, RowOutcome
from models.rules.errors import Problem


@dataclass(frozen=True, slots=True)
class Accepted:
    """A line that nothing is against."""

    row_no: int
    judged: Judged


async def import_rows(tx: BaseDBAsyncClient, piece: Piece) -> Treated:
    """Change the accounts that rows match, open those of the others; a dry run only judges."""
    told = Import.of(await Job.get(id=piece.job_id))
    lines = await lines_of(tx, piece, told)
    verdicts: list[Verdict] = []
    if told.plan.match is not ImportMatch.NONE:
        lines, verdicts = await change_matched(tx, lines, told)
    facts = await facts_of(raw(tx), [line.draft for line in lines], {told.owner_id})
    accepted, rejected = _sorted_out(lines, facts, facts.owners[told.owner_id])
    verdicts += rejected
    if told.job.dry_run:
        return Treated.of(verdicts + await _priced(tx, accepted, told.owner_id))
    return await _opened(tx, accepted, verdicts, facts, told)


async def _priced(
    tx: BaseDBAsyncClient, accepted: Sequence[Accepted], owner_id: UUID | None
) -> list[Verdict]:
    """What would be opened, and for how much of the owner's funds; `import_funds` adds them up."""
    found = await prices(tx, [line.judged for line in accepted], owner_id)
    return [
        Verdict(line.row_no, RowOutcome.REJECTED, (price,))
        if isinstance(price, Problem)
        else Verdict(line.row_no, RowOutcome.CREATED, amount=price)
        for line, price in zip(accepted, found, strict=True)
    ]


async def _opened(
    tx: BaseDBAsyncClient,
    accepted: Sequence[Accepted],
    verdicts: list[Verdict],
    facts: Facts,
    told: Import,
) -> Treated:
    opener, to_come = told.job.asker, await rows_left(tx, told.job.id)
    terms = Terms(opener=opener, now=datetime.now(UTC), in_bulk=True, pins_to_come=to_come)

    async def opening(savepoint: BaseDBAsyncClient, lines: Sequence[Accepted]) -> list[Opened]:
        return await open_judged(savepoint, [line.judged for line in lines], facts, terms)

    answers = await halved(accepted, opening)
    opened = [answer for answer in answers if isinstance(answer, Opened)]
    if told.plan.send_welcome:
        await Email.queue([welcome(one) for one in opened])
    await audit.record_many(terms.opener, "customerImport", [(_subject(one), ()) for one in opened])
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


def _sorted_out(
    lines: Sequence[Line], facts: Facts, owner: Owner
) -> tuple[list[Accepted], list[Verdict]]:
    """Lines that nothing is against, and verdicts with all reasons for the others."""
    policy = facts.policy(owner, email_required=True)
    accepted: list[Accepted] = []
    verdicts: list[Verdict] = []
    for line in lines:
        known = line.problems + line.row.reasons_against_opening(policy)
        problems = known + unsaid(facts.problems(line.draft, owner), known)
        if problems:
            verdicts.append(Verdict(line.row_no, RowOutcome.REJECTED, problems))
        else:
            facts.claim(line.draft, owner)
            judged = Judged(line.draft, owner, (), cedes_number=line.cedes_number)
            accepted.append(Accepted(line.row_no, judged))
    return accepted, verdicts
