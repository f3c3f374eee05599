"""Who issues documents: the administration and each reseller, as their papers name them.

Numbers are drawn elsewhere (`numbering`); here stands what is printed around them.
"""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models import columns
from models.ids import new_id

DUE_DAYS = 7
REMINDER_DAYS = (3, 7, 14)  # after the due date


def _reminder_days() -> list[int]:
    return list(REMINDER_DAYS)


class IssuerProfile(Model):
    """The company profile of one issuer. Requirement heading: company profile."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    version = columns.version()
    reseller = columns.belongs_to("Account", "issuer_profiles", null=True)  # null: administration
    reseller_id: UUID | None
    name = fields.CharField(max_length=120)
    address_line1 = fields.CharField(max_length=120, null=True)
    address_line2 = fields.CharField(max_length=120, null=True)
    city = fields.CharField(max_length=80, null=True)
    province = fields.CharField(max_length=80, null=True)
    postal_code = fields.CharField(max_length=16, null=True)
    country_code = fields.CharField(max_length=2, null=True)
    tax_number = fields.CharField(max_length=32, null=True)
    invoice_prefix = fields.CharField(max_length=16, default="INV-")
    receipt_prefix = fields.CharField(max_length=16, default="REC-")
    credit_note_prefix = fields.CharField(max_length=16, default="CN-")
    due_days = fields.SmallIntField(default=DUE_DAYS)
    note = fields.CharField(max_length=500, null=True)
    logo_upload_id = fields.UUIDField(null=True)
    time_zone = fields.CharField(max_length=64)
    currency_code = fields.CharField(max_length=3)
    reply_to = fields.CharField(max_length=254, null=True)
    website = fields.CharField(max_length=254, null=True)
    reminder_days = ArrayField("int", default=_reminder_days)
    suspend_after_days = fields.SmallIntField(null=True, default=30)  # after due; 0: never

    class Meta:
        table = "issuer_profiles"
