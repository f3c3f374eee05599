"""Mail templates as an issuer has changed them; without a row the built-in text is used.

The built-in texts are files beside this one, not rows.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from models.accounts.account import Account
from models.ids import new_id


class EmailTemplate(Model):
    """One issuer's own wording of one mail."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    # Null: the administration's, which also serves resellers without one of their own.
    reseller: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "models.Account", null=True, related_name="email_templates", on_delete=fields.RESTRICT
    )
    name = fields.CharField(max_length=48)
    subject = fields.CharField(max_length=200)
    text = fields.TextField()
    html = fields.TextField()
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "email_templates"
