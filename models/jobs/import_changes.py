"""Rows of an imported file that name an account that exists change it, as far as they say.

Each is judged as its own owner's. Defaults, balances, passwords and SIP columns change nothing;
what a row leaves empty stays as it is.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.access import audit
from models.accounts.account import Account
from models.accounts.opening_facts import Facts, facts_of
from models.accounts.patch_rows import Change, write_patches
from models.accounts.patched import Difference, Patched, drafts_of
from models.database import raw, transaction
from models.jobs.chunk import Piece, Verdict
from models.jobs.halving import Refusal, halved
from models.jobs.import_lines import Import, Line, unsaid
from models.rules.customer_csv import against_change
from models.rules.draft import CustomerDraft
from models.rules.enums import ImportMatch, RowOutcome
from models.rules.errors import ErrorCode
from models.rules.viewer import Viewer
from models.rules.violation import Violation

AMBIGUOUS = Violation(ErrorCode.INVALID, "names more than one account").at("reference")

# A number is one account's in the whole house, so it is looked for wherever its asker saw.
_BY_NUMBER = """
SELECT a.id, fold(a.number) AS key FROM accounts a
 WHERE a.kind <> 'RESELLER' AND a.status NOT IN ('DELETING', 'DELETED')
   AND ($2::uuid[] IS NULL OR a.reseller_id = ANY ($2))
   AND fold(a.number) = ANY (ARRAY(SELECT fold(k) FROM unnest($1::text[]) AS k))
"""
# References are each owner's own words: the same one of another owner names somebody else.
_BY_REFERENCE = """
SELECT a.id, a.reference AS key FROM accounts a
 WHERE a.kind <> 'RESELLER' AND a.status NOT IN ('DELETING', 'DELETED')
   AND a.reference = ANY ($1) AND a.reseller_id IS NOT DISTINCT FROM $2
"""
# Those that accounts can be given, and those that some have, whatever became of them since.
_RATE_GROUPS = """
SELECT g.id, g.reseller_id, g.name, g.status = 'ACTIVE' AS is_active FROM rate_groups g
 WHERE g.id = ANY ($1)
    OR g.status = 'ACTIVE' AND (g.reseller_id = ANY ($2) OR g.reseller_id IS NULL)
"""
# A change that a switch has to follow has raised the devices, which are unsettled until told.
_FOLLOWED = """
SELECT DISTINCT d.account_id FROM job_rows r JOIN sip_devices d ON d.account_id = r.account_id
 WHERE r.job_id = $1 AND r.row_no BETWEEN $2 AND $3 AND r.outcome = 'UPDATED'
   AND d.provisioning IN ('PENDING', 'REVOKING')
   AND NOT (SELECT dry_run FROM jobs WHERE id = $1)
"""


@dataclass(frozen=True, slots=True)
class Matched:
    """A line, the account it names, and what it would change there."""

    line: Line
    patched: Patched
    difference: Difference

    def verdict(self, outcome: RowOutcome) -> Verdict:
        """The outcome of the row, with its account."""
        return Verdict(self.line.row_no, outcome, account_id=self.patched.account.id)


async def change_matched(
    tx: BaseDBAsyncClient, lines: Sequence[Line], told: Import
) -> tuple[list[Line], list[Verdict]]:
    """Change what the lines match; the lines that match nothing, and the verdicts of the others."""
    found = await _found(tx, lines, told)
    unmatched = [line for line in lines if not found[line.row_no]]
    verdicts = [
        Verdict(line.row_no, RowOutcome.REJECTED, (*against_change(line.problems), AMBIGUOUS))
        for line in lines
        if len(found[line.row_no]) > 1
    ]
    chosen = {line.row_no: line for line in lines if len(found[line.row_no]) == 1}
    matched = await _matched(tx, chosen, {row_no: found[row_no][0] for row_no in chosen})
    owners = {each.patched.account.reseller_id for each in matched}
    facts = await facts_of(raw(tx), [each.patched.asked for each in matched], owners)
    accepted, rejected = _judged(matched, facts, told.job.asker)
    verdicts += rejected
    verdicts += [each.verdict(RowOutcome.UNCHANGED) for each in accepted if not each.difference]
    changing = [each for each in accepted if each.difference]
    if told.job.dry_run:
        return unmatched, [*verdicts, *(each.verdict(RowOutcome.UPDATED) for each in changing)]
    return unmatched, verdicts + await _written(changing, told.job.asker)


async def _found(
    tx: BaseDBAsyncClient, lines: Sequence[Line], told: Import
) -> dict[int, list[UUID]]:
    """Ids of the accounts that each line names, by row number."""
    by_number = told.plan.match is ImportMatch.NUMBER
    field = "number" if by_number else "reference"
    keys = {line.row_no: str(line.row.values.get(field) or "") for line in lines}
    said = [key for key in keys.values() if key]
    if by_number:
        rows = await raw(tx).fetch(_BY_NUMBER, said, told.plan.seen_reseller_ids)
    else:
        rows = await raw(tx).fetch(_BY_REFERENCE, said, told.owner_id)
    known: dict[str, list[UUID]] = {}
    for row in rows:
        known.setdefault(row["key"], []).append(row["id"])
    return {
        row_no: known.get(key.lower() if by_number else key, []) for row_no, key in keys.items()
    }


async def _matched(
    tx: BaseDBAsyncClient, lines: Mapping[int, Line], ids: Mapping[int, UUID]
) -> list[Matched]:
    """Lines with their accounts, which are locked in the order of their ids."""
    locked = Account.filter(id__in=list(ids.values())).order_by("id")
    accounts = {account.id: account for account in await locked.select_for_update(no_key=True)}
    drafts = await drafts_of(tx, list(accounts.values()))
    groups = await _rate_groups(tx, list(accounts.values()))
    return [
        _compared(line, accounts[account_id], drafts[account_id], groups[account_id])
        for row_no, line in lines.items()
        if (account_id := ids[row_no]) in drafts
    ]


def _compared(
    line: Line, account: Account, current: CustomerDraft, rate_groups: Mapping[str, UUID]
) -> Matched:
    row = line.row.among(rate_groups)
    patched = Patched(account, current, row.patch(current))
    return Matched(replace(line, row=row), patched, patched.difference(datetime.now(UTC)))


async def _rate_groups(
    tx: BaseDBAsyncClient, accounts: Sequence[Account]
) -> dict[UUID, Mapping[str, UUID]]:
    """By account and case-folded name: the active groups of its owner, and the one it has."""
    had = {account.rate_group_id for account in accounts}
    rows = await raw(tx).fetch(_RATE_GROUPS, had, {account.reseller_id for account in accounts})
    named = {row["id"]: {row["name"].casefold(): row["id"]} for row in rows}
    active: dict[UUID | None, dict[str, UUID]] = {}
    for row in rows:
        if row["is_active"]:
            active.setdefault(row["reseller_id"], {}).update(named[row["id"]])
    return {
        account.id: ChainMap(
            named.get(account.rate_group_id, {}), active.get(account.reseller_id, {})
        )
        for account in accounts
    }


def _judged(
    matched: Sequence[Matched], facts: Facts, asker: Viewer
) -> tuple[list[Matched], list[Verdict]]:
    accepted: list[Matched] = []
    rejected: list[Verdict] = []
    for each in matched:
        known = against_change(each.line.problems + each.line.row.problems)
        problems = known + unsaid(each.patched.problems(asker, facts), known)
        if problems:
            account_id = each.patched.account.id
            verdict = Verdict(each.line.row_no, RowOutcome.REJECTED, problems, account_id)
            rejected.append(verdict)
        else:
            accepted.append(each)
    return accepted, rejected


async def _written(changing: Sequence[Matched], asker: Viewer) -> list[Verdict]:
    async def writing(tx: BaseDBAsyncClient, some: Sequence[Matched]) -> list[Verdict]:
        changes, now = [Change(e.patched.account, e.difference) for e in some], datetime.now(UTC)
        await write_patches(tx, changes, now)
        events = [(each.account.subject, each.trail()) for each in changes]
        await audit.record_many(asker, "customerImport", events)
        return [each.verdict(RowOutcome.UPDATED) for each in some]

    answers = await halved(changing, writing)
    return [
        Verdict(each.line.row_no, answer.outcome, answer.problems)
        if isinstance(answer, Refusal)
        else answer
        for each, answer in zip(changing, answers, strict=True)
    ]


async def followed_accounts(piece: Piece) -> list[UUID]:
    """The accounts that a piece changed so that the switches have to follow their devices."""
    async with transaction() as tx:
        rows = await raw(tx).fetch(_FOLLOWED, piece.job_id, piece.first_row, piece.last_row)
    return [row["account_id"] for row in rows]
