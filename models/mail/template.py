"""Mail templates as an issuer has changed them; without a row the built-in text is used.

The built-in texts are files beside this one, not rows.
"""

from __future__ import annotations

from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.ids import new_id
from models.mail.rendering import Wording, built_in


class EmailTemplate(Model):
    """One issuer's own wording of one mail."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    # Null: the administration's, which also serves resellers without one of their own.
    reseller = columns.belongs_to("Account", "email_templates", null=True)
    reseller_id: UUID | None
    name = fields.CharField(max_length=48)
    subject = fields.CharField(max_length=200)
    text = fields.TextField()
    html = fields.TextField()
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "email_templates"

    @classmethod
    async def wording(cls, name: str, issuer_id: UUID | None) -> Wording:
        """The issuer's own wording, else the administration's, else the built-in one."""
        own = await cls._of(name, issuer_id)
        if own is None and issuer_id is not None:
            own = await cls._of(name, None)
        return built_in(name) if own is None else Wording(own.subject, own.text, own.html)

    @classmethod
    async def _of(cls, name: str, reseller_id: UUID | None) -> Self | None:
        if reseller_id is None:
            return await cls.get_or_none(name=name, reseller_id__isnull=True)
        return await cls.get_or_none(name=name, reseller_id=reseller_id)
