"""The job: a long operation over many accounts, as its asker and the operator see it.

Progress is not kept here: it is the sum over the job's chunks, so it cannot count twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.expressions import Q
from tortoise.models import Model

from models import columns
from models.database import transaction
from models.ids import new_id
from models.jobs.outbox import Outbox, OutboxKind
from models.rules.enums import JobKind, JobStatus, Role
from models.rules.errors import DomainError, ErrorCode
from models.rules.viewer import Viewer

TERMINAL = (
    JobStatus.CANCELLED,
    JobStatus.COMPLETED,
    JobStatus.COMPLETED_WITH_ERRORS,
    JobStatus.FAILED,
)


class DesiredState(StrEnum):
    """What people want of a job; its workflow follows."""

    RUN = "RUN"
    PAUSE = "PAUSE"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class JobOrder:
    """What a new job is to do; `plan` is JSON in the form of its kind and holds no secret."""

    kind: JobKind
    plan: Mapping[str, Any]
    dry_run: bool = False
    total: int | None = None
    upload_id: UUID | None = None
    retry_of_id: UUID | None = None
    unmapped_columns: tuple[str, ...] = ()
    # Given by whoever asks in a way that may be repeated.
    id: UUID = field(default_factory=new_id)


class Job(Model):
    """One long operation; carried by the workflow `<kind>/<id>`."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = columns.word(JobKind)
    status = columns.word(JobStatus, default=JobStatus.QUEUED)
    desired_state = columns.word(DesiredState, default=DesiredState.RUN)
    dry_run = fields.BooleanField(default=False)
    # The plan as asked for, in the form of its kind; never a secret.
    input = fields.JSONField[dict[str, Any]]()
    # Rows to be treated; null until they have been counted.
    total = fields.IntField(null=True)
    # Tenancy: the reseller whose job it is; null is the administration.
    reseller_id = fields.UUIDField(null=True)
    # Downloads are for this principal alone.
    principal_id = fields.UUIDField()
    requested_by = fields.CharField(max_length=254)
    # The asker's role, account and permissions at that moment: the job acts with these.
    acts_as = fields.JSONField[dict[str, Any]]()
    upload = columns.belongs_to("Upload", "jobs", null=True)
    upload_id: UUID | None
    retry_of = columns.belongs_to("Job", "retries", null=True)
    retry_of_id: UUID | None
    # Columns of the uploaded header that nothing was mapped to.
    unmapped_columns = ArrayField("text", default=list)
    # Why a FAILED job failed, what a running one waits for, and what one that ended early leaves
    # half done: for its asker.
    failure = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "jobs"

    @property
    def workflow_id(self) -> str:
        """The name of this job's workflow, such as `mass-create/<id>` or `import/<id>`."""
        return workflow_id(self.kind, self.id)

    @property
    def is_terminal(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in TERMINAL

    @property
    def asker(self) -> Viewer:
        """Who the job acts as: its asker, with the rights of the moment it was asked for."""
        return Viewer(
            role=Role(self.acts_as["role"]),
            principal_id=self.principal_id,
            account_id=_uuid(self.acts_as["account_id"]),
            permissions=frozenset(self.acts_as["permissions"]),
            reseller_ids=tuple(UUID(word) for word in self.acts_as["reseller_ids"]),
            time_zone=self.acts_as["time_zone"],
            name=self.requested_by,
        )

    @classmethod
    async def queue(cls, order: JobOrder, viewer: Viewer) -> Self:
        """Write the job and what starts it; both or neither."""
        async with transaction():
            job = await cls.create(
                id=order.id,
                kind=order.kind,
                dry_run=order.dry_run,
                input=dict(order.plan),
                total=order.total,
                reseller_id=viewer.owner_id,
                principal_id=viewer.principal_id,
                requested_by=viewer.name,
                acts_as=_rights(viewer),
                upload_id=order.upload_id,
                retry_of_id=order.retry_of_id,
                unmapped_columns=list(order.unmapped_columns),
            )
            await Outbox.put(OutboxKind.JOB, job.id)
            return job

    @classmethod
    async def seen_by(cls, viewer: Viewer, job_id: UUID) -> Self:
        """The job, locked in the open transaction; raises NOT_FOUND as for one that never was."""
        # The running pieces hold the row's key: a full lock would wait until none of them runs.
        # Those of others are not held: whoever had to wait for one would know that it is.
        seen = Q() if viewer.is_staff else Q(reseller_id__in=viewer.reseller_ids)
        job = await cls.filter(seen, id=job_id).select_for_update(no_key=True).first()
        if job is None:
            raise DomainError(ErrorCode.NOT_FOUND, ("id",), "There is no such job.")
        return job

    def visible_to(self, viewer: Viewer) -> bool:
        """Tenancy: staff see all, a reseller those of its subtree, a customer none."""
        return viewer.is_staff or self.reseller_id in viewer.reseller_ids

    @classmethod
    async def pause(cls, job_id: UUID, viewer: Viewer) -> Self:
        """Ask the job to stop after the pieces that are running; raises WRONG_STATE."""
        return await cls._steer(job_id, viewer, DesiredState.PAUSE)

    @classmethod
    async def resume(cls, job_id: UUID, viewer: Viewer) -> Self:
        """Ask a paused job to go on; raises WRONG_STATE."""
        return await cls._steer(job_id, viewer, DesiredState.RUN)

    @classmethod
    async def cancel(cls, job_id: UUID, viewer: Viewer) -> Self:
        """Ask the job to end; what is committed stays. Raises WRONG_STATE once it has ended."""
        return await cls._steer(job_id, viewer, DesiredState.CANCEL)

    @classmethod
    async def _steer(cls, job_id: UUID, viewer: Viewer, wish: DesiredState) -> Self:
        async with transaction():
            job = await cls.seen_by(viewer, job_id)
            _refuse_when_over(job, wish)
            job.desired_state = wish
            if wish is DesiredState.CANCEL:
                _turn_to_cancelling(job)
            await job.save(update_fields=["desired_state", "status", "finished_at"])
            await Outbox.put(OutboxKind.JOB_CONTROL, job.id)
            return job


def workflow_id(kind: JobKind, job_id: UUID) -> str:
    """The name of a job's workflow, the same wherever it is needed."""
    return f"{kind.lower().replace('_', '-')}/{job_id}"


def _refuse_when_over(job: Job, wish: DesiredState) -> None:
    cancelled = job.desired_state is DesiredState.CANCEL
    if job.is_terminal or (cancelled and wish is not DesiredState.CANCEL):
        sentence = f"The job is {job.status.replace('_', ' ').lower()}."
        raise DomainError(ErrorCode.WRONG_STATE, ("id",), sentence)


def _turn_to_cancelling(job: Job) -> None:
    if job.status is JobStatus.QUEUED:  # nothing has begun, so nothing has to wind down
        job.status, job.finished_at = JobStatus.CANCELLED, datetime.now(UTC)
    else:
        job.status = JobStatus.CANCELLING


def _rights(viewer: Viewer) -> dict[str, Any]:
    return {
        "role": viewer.role,
        "account_id": None if viewer.account_id is None else str(viewer.account_id),
        "permissions": sorted(viewer.permissions),
        "reseller_ids": [str(reseller_id) for reseller_id in viewer.reseller_ids],
        "time_zone": viewer.time_zone,
    }


def _uuid(word: str | None) -> UUID | None:
    return None if word is None else UUID(word)
