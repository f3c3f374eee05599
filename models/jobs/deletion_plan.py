"""Who is to be deleted, and the start of it: everything that can be refused at once is.

How it is carried out stands in `deletion`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.access import audit
from models.database import raw, transaction
from models.jobs.choosing import Choice, Wish, chosen, counted, miscounted, stage_chosen, stage_once
from models.jobs.job import Job, JobOrder
from models.jobs.job_row import Span
from models.jobs.plans import as_json, from_json
from models.jobs.selection import IDS_MOST
from models.rules.enums import AccountStatus, BalancePolicy, JobKind
from models.rules.errors import DomainError, ErrorCode
from models.rules.viewer import Viewer

CUSTOMERS_DELETE: Final = "customersDelete"
RESELLERS_DELETE: Final = "resellersDelete"
_PERMISSIONS = {CUSTOMERS_DELETE: "customers:delete", RESELLERS_DELETE: "resellers:write"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionPlan:
    """Chosen customers, or resellers that take everybody below them along.

    expected_count: of all accounts that go with the resellers, themselves too.
    """

    action: str = CUSTOMERS_DELETE
    balance_policy: BalancePolicy = BalancePolicy.KEEP
    choice: Choice | None = None
    reseller_ids: tuple[UUID, ...] = ()
    expected_count: int = 0

    @classmethod
    def of(cls, job: Job) -> DeletionPlan:
        """The plan of a job that was started with one."""
        return from_json(cls, job.input)

    @property
    def permission(self) -> str:
        """What whoever carries it out has to hold."""
        return _PERMISSIONS[self.action]


async def start_deletion(
    viewer: Viewer, wish: Wish, policy: BalancePolicy = BalancePolicy.KEEP
) -> Job:
    """Queue the deletion of everybody that was named. Requirement heading: Delete.

    Raises Refused with what is wrong with the wish, NOT_FOUND and LIMIT_EXCEEDED at `ids`, and
    WRONG_STATE at `expectedCount`.
    """
    choice = chosen(wish, viewer)
    async with transaction() as tx:
        await counted(tx, choice)
        return await _queue(DeletionPlan(choice=choice, balance_policy=policy), viewer)


async def start_reseller_deletion(
    viewer: Viewer,
    reseller_ids: Sequence[UUID],
    expected_count: int,
    policy: BalancePolicy = BalancePolicy.KEEP,
) -> Job:
    """Queue the deletion of resellers with everybody below them.

    expected_count: how many accounts that is in all, the resellers too. Raises REQUIRED,
    LIMIT_EXCEEDED, FORBIDDEN for oneself and NOT_FOUND at `ids`, WRONG_STATE at `expectedCount`.
    """
    ids = tuple(dict.fromkeys(reseller_ids))
    _refuse_ids(viewer, ids)
    plan = DeletionPlan(
        action=RESELLERS_DELETE,
        balance_policy=policy,
        reseller_ids=ids,
        expected_count=expected_count,
    )
    async with transaction() as tx:
        scope = None if viewer.is_staff else list(viewer.reseller_ids)
        if await raw(tx).fetchval(_SEEN, list(ids), scope) != len(ids):
            raise DomainError(ErrorCode.NOT_FOUND, ("ids",), "There is no such reseller.")
        found = await raw(tx).fetchval(_COUNT, list(ids))
        if found != expected_count:
            raise miscounted(found, expected_count)
        return await _queue(plan, viewer)


async def stage_deletion(job_id: UUID) -> Span:
    """Write a row for each account that goes, the deepest first; asked again, the same.

    Resellers are switched off with this commit, so that nobody comes to stand below them, and
    everything below them is off at once. Raises WRONG_STATE when there are others by now.
    """
    job = await Job.get(id=job_id)
    plan = DeletionPlan.of(job)
    if plan.choice is not None:
        return await stage_chosen(job_id, plan.choice)

    async def write(tx: BaseDBAsyncClient) -> int:
        return await _stage_subtrees(tx, job, plan)

    return await stage_once(job_id, write)


async def _stage_subtrees(tx: BaseDBAsyncClient, job: Job, plan: DeletionPlan) -> int:
    ids = list(plan.reseller_ids)
    held = await raw(tx).fetch(_HOLD, ids)
    written = int(await raw(tx).fetchval(_STAGE, ids, job.id))
    if written != plan.expected_count:
        raise miscounted(written, plan.expected_count)
    await raw(tx).execute(_SWITCH_OFF, [row["id"] for row in held])
    events = [
        (
            audit.Subject("Reseller", row["id"], row["number"], row["id"]),
            [audit.FieldChange("status", row["status"], AccountStatus.DELETING)],
        )
        for row in held
        if row["status"] != AccountStatus.DELETING
    ]
    await audit.record_many(job.asker, plan.action, events)
    return written


async def _queue(plan: DeletionPlan, viewer: Viewer) -> Job:
    return await Job.queue(JobOrder(kind=JobKind.DELETE, plan=as_json(plan)), viewer)


def _refuse_ids(viewer: Viewer, ids: Sequence[UUID]) -> None:
    if not ids:
        raise DomainError(ErrorCode.REQUIRED, ("ids",), "Say which resellers.")
    if len(ids) > IDS_MOST:
        sentence = f"At most {IDS_MOST} ids can be given."
        raise DomainError(ErrorCode.LIMIT_EXCEEDED, ("ids",), sentence)
    if viewer.account_id in ids:
        raise DomainError(ErrorCode.FORBIDDEN, ("ids",), "Nobody deletes themselves.")


_SEEN = """
SELECT count(*) FROM accounts
 WHERE id = ANY ($1) AND kind = 'RESELLER' AND ($2::uuid[] IS NULL OR id = ANY ($2))
"""
# Resellers of these subtrees, deleted ones too: what stands below them goes all the same.
_TREE = """
WITH tree AS (
    SELECT DISTINCT r.id, r.path, r.status
      FROM accounts top JOIN accounts r ON r.id = ANY (reseller_subtree(top.path))
     WHERE top.id = ANY ($1)
)
"""
_MEMBERS = f"""{_TREE}, members AS (
    SELECT t.id, true AS is_reseller, length(t.path) - length(replace(t.path, '/', '')) AS depth
      FROM tree t WHERE t.status <> 'DELETED'
    UNION ALL
    SELECT a.id, false, 0 FROM tree t JOIN accounts a ON a.reseller_id = t.id
     WHERE a.kind <> 'RESELLER' AND a.status <> 'DELETED'
)
"""  # noqa: S608 - our own text
_COUNT = f"{_MEMBERS} SELECT count(*)::int FROM members"  # noqa: S608 - our own text
# Whoever opens an account below holds the key of its owner: they are waited for.
_HOLD = f"""{_TREE}
SELECT a.id, a.number, a.status FROM accounts a
 WHERE a.id IN (SELECT id FROM tree) AND a.status <> 'DELETED' ORDER BY a.id FOR UPDATE OF a
"""  # noqa: S608 - our own text
_SWITCH_OFF = """
UPDATE accounts SET status = 'DELETING', version = version + 1, updated_at = now()
 WHERE id = ANY ($1) AND status <> 'DELETING'
"""
_STAGE = f"""{_MEMBERS}, staged AS (
    INSERT INTO job_rows (job_id, row_no, reasons, account_id)
    SELECT $2, row_number() OVER (ORDER BY is_reseller, depth DESC, id), '[]', id FROM members
    RETURNING 1
)
SELECT count(*)::int FROM staged
"""  # noqa: S608 - our own text
