"""The job: a long operation over many accounts, as its asker and the operator see it.

Progress is not kept here: it is the sum over the job's chunks, so it cannot count twice.
"""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models import columns
from models.ids import new_id
from models.jobs.upload import Upload
from models.rules.enums import JobKind, JobStatus

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


class Job(Model):
    """One long operation; carried by the workflow `<kind>/<id>`."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = columns.word(JobKind)
    status = columns.word(JobStatus, default=JobStatus.QUEUED)
    desired_state = columns.word(DesiredState, default=DesiredState.RUN)
    dry_run = fields.BooleanField(default=False)
    # The plan as asked for, in the form of its kind; never a secret.
    input = fields.JSONField[dict[str, object]]()
    # Rows to be treated; null until they have been counted.
    total = fields.IntField(null=True)
    # Tenancy: the reseller whose job it is; null is the administration.
    reseller_id = fields.UUIDField(null=True)
    # Downloads are for this principal alone.
    principal_id = fields.UUIDField()
    requested_by = fields.CharField(max_length=254)
    # The asker's role, account and permissions at that moment: the job acts with these.
    acts_as = fields.JSONField[dict[str, object]]()
    upload: fields.ForeignKeyNullableRelation[Upload] = fields.ForeignKeyField(
        "models.Upload", null=True, related_name="jobs", on_delete=fields.RESTRICT
    )
    retry_of: fields.ForeignKeyNullableRelation[Job] = fields.ForeignKeyField(
        "models.Job", null=True, related_name="retries", on_delete=fields.RESTRICT
    )
    # Columns of the uploaded header that nothing was mapped to.
    unmapped_columns = ArrayField("text", default=list)
    # Why a FAILED job failed, in a sentence for its asker.
    failure = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "jobs"


class JobChunk(Model):
    """One committed piece of a job. Its presence is the proof that the piece is done."""

    id = fields.BigIntField(primary_key=True, generated=True)
    job: fields.ForeignKeyRelation[Job] = fields.ForeignKeyField(
        "models.Job", related_name="chunks", on_delete=fields.RESTRICT
    )
    # From 0; which rows a number covers follows from the job's chunk size.
    chunk_no = fields.IntField()
    done = fields.IntField()
    succeeded = fields.IntField()
    failed = fields.IntField()
    # Secrets generated in this piece, sealed, until the one download or 24 hours.
    sealed_credentials = fields.BinaryField(null=True)
    finished_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "job_chunks"
        unique_together = (("job_id", "chunk_no"),)
