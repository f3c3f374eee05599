"""The rows of a job: what stood in the file or which account is meant, and the verdict.

A row without an outcome is still to be treated.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models import columns
from models.jobs.job import Job
from models.rules.enums import RowOutcome


class JobRow(Model):
    """One row; `row_no` is counted as a spreadsheet counts it, so the first under a header is 2."""

    id = fields.BigIntField(primary_key=True, generated=True)
    job: fields.ForeignKeyRelation[Job] = fields.ForeignKeyField(
        "models.Job", related_name="rows", on_delete=fields.RESTRICT
    )
    row_no = fields.IntField()
    outcome = columns.word(RowOutcome, null=True)
    # All reasons of a refusal: [{"code", "field", "message"}].
    reasons = fields.JSONField[list[dict[str, object]]](default=list)
    # The account made, changed or deleted; no constraint, so that a batch pays nothing for it.
    account_id = fields.UUIDField(null=True)
    # The cells as read, those with secrets blank; null when the row did not come from a file.
    cells = ArrayField("text", null=True)
    # The cells with secrets, sealed at staging and wiped with the outcome.
    sealed_cells = fields.BinaryField(null=True)
    # What billing runs and batch changes moved, and from where.
    amount = columns.amount(null=True)
    previous_amount = columns.amount(null=True)

    class Meta:
        table = "job_rows"
        unique_together = (("job_id", "row_no"),)
