"""The start of a mass creation, and what it would be: everything that can be refused at once is.

How the accounts are made stands in `mass_create`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from models.accounts.opening import Judged, Terms, open_judged
from models.accounts.opening_facts import NOT_FOUND, Facts, facts_of
from models.database import raw, transaction
from models.jobs.dealing import next_numbers
from models.jobs.job import TERMINAL, Job, JobOrder
from models.jobs.plans import as_json
from models.rules.account_number import NUMBER_LONGEST
from models.rules.enums import JobKind
from models.rules.errors import DomainError, Problem, Refused
from models.rules.field_rules import Policy
from models.rules.mass_create import (
    CAPACITY_SHOWN_MOST,
    SAMPLE_NUMBERS,
    MassCreatePlan,
    capacity,
)
from models.rules.viewer import Viewer

# Two plans that start at once must not both count on the same free numbers.
_TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtextextended('mass-create', 0))"
_TAKEN = """
SELECT count(*) FROM accounts
 WHERE number LIKE $1 || '%' AND length(number) = $2 AND number ~ '^[0-9]+$'
"""
# What unfinished jobs will still take from this range, a part of it, or one that it is a part of.
_PROMISED = """
SELECT coalesce(sum(j.total - (SELECT coalesce(sum(c.done), 0) FROM job_chunks c
                                WHERE c.job_id = j.id)), 0)
  FROM jobs j
 WHERE j.kind = 'MASS_CREATE' AND j.status <> ALL ($3)
   AND (j.input ->> 'number_length')::int = $2
   AND (j.input ->> 'prefix' LIKE $1 || '%' OR $1 LIKE (j.input ->> 'prefix') || '%')
"""


@dataclass(frozen=True, slots=True)
class MassCreatePreview:
    """What a plan would find; capacity is at most what GraphQL's Int can say."""

    capacity: int
    sample_numbers: tuple[str, ...]
    problems: tuple[Problem, ...]


class _Undone(Exception):
    """A trial is over; its savepoint is rolled back."""


async def start_mass_create(plan: MassCreatePlan, viewer: Viewer) -> Job:
    """Queue the plan; raises Refused with everything against it, numbers first."""
    plan = _owned(plan, viewer)
    async with transaction() as tx:
        await raw(tx).execute(_TAKE_TURNS)
        unavailable = await _unavailable(tx, plan)
        problems = await _problems(tx, plan, viewer, unavailable)
        if problems:
            raise Refused(problems)
        return await Job.queue(
            JobOrder(JobKind.MASS_CREATE, as_json(plan), total=plan.count), viewer
        )


async def preview_mass_create(plan: MassCreatePlan, viewer: Viewer) -> MassCreatePreview:
    """What starting the plan would say, and some of the numbers it would deal."""
    plan = _owned(plan, viewer)
    async with transaction() as tx:
        unavailable = await _unavailable(tx, plan)
        problems = await _problems(tx, plan, viewer, unavailable)
        if not _is_range(plan):
            return MassCreatePreview(0, (), problems)
        shown = min(capacity(plan.range, unavailable), CAPACITY_SHOWN_MOST)
        samples = await next_numbers(plan.range, min(SAMPLE_NUMBERS, shown))
        return MassCreatePreview(shown, samples, problems)


def _owned(plan: MassCreatePlan, viewer: Viewer) -> MassCreatePlan:
    """Say whose accounts these are: another may try again, and they stay the same owner's."""
    return replace(plan, reseller_id=plan.reseller_id or viewer.owner_id)


async def _unavailable(tx: BaseDBAsyncClient, plan: MassCreatePlan) -> int:
    """Numbers of the range that accounts have or had, or that unfinished jobs will take."""
    if not _is_range(plan):
        return 0
    taken = await raw(tx).fetchval(_TAKEN, plan.prefix, plan.number_length)
    promised = await raw(tx).fetchval(_PROMISED, plan.prefix, plan.number_length, TERMINAL)
    return int(taken) + int(promised)


def _is_range(plan: MassCreatePlan) -> bool:
    digits = plan.prefix == "" or (plan.prefix.isascii() and plan.prefix.isdigit())
    return digits and len(plan.prefix) < plan.number_length <= NUMBER_LONGEST


async def _problems(
    tx: BaseDBAsyncClient, plan: MassCreatePlan, viewer: Viewer, unavailable: int
) -> tuple[Problem, ...]:
    owner_id, sample = plan.reseller_id, plan.draft("")
    facts = await facts_of(raw(tx), [sample], {owner_id})
    owner = facts.owners.get(owner_id)
    if owner is None or not (viewer.is_staff or owner_id in viewer.reseller_ids):
        bare = Policy(plan.currency_code)
        return (*plan.problems(bare, unavailable), NOT_FOUND.at("resellerId"))
    policy = facts.policy(owner, email_required=False)
    problems = (*plan.problems(policy, unavailable), *facts.problems(sample, owner))
    if problems or not plan.opening_balance:
        return problems
    terms = Terms(opener=viewer, now=datetime.now(UTC), in_bulk=True)
    trial = replace(sample, opening_balance=plan.opening_balances)
    return await _funds_problems(Judged(trial, owner, ()), facts, terms)


async def _funds_problems(trial: Judged, facts: Facts, terms: Terms) -> tuple[Problem, ...]:
    """Whether the owner's funds cover all opening balances: tried with one account, undone."""
    try:
        await _try_opening(trial, facts, terms)
    except DomainError as refused:
        return refused.problems
    return ()


async def _try_opening(trial: Judged, facts: Facts, terms: Terms) -> None:
    with suppress(_Undone):
        async with transaction() as savepoint:
            await open_judged(savepoint, [trial], facts, terms)
            raise _Undone
