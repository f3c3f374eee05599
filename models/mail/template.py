"""Mail templates as an issuer has changed them; without a row the built-in text is used.

The built-in texts are files beside this one, not rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Self
from uuid import UUID, uuid5

from tortoise import fields
from tortoise.models import Model

from models import columns
from models.access import audit
from models.database import raw, transaction
from models.ids import new_id
from models.mail.catalogue import CATALOGUE
from models.mail.rendering import Rendered, Wording, built_in
from models.mail.wording_rules import example, wording_problems
from models.rules.errors import ErrorCode, Problem, Refused
from models.rules.viewer import Viewer

# Namespace of their ids in the trail.
_WORDINGS: Final = UUID("7a0c8c1e-1f0b-4a51-8c43-92b1de5f6c02")


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
    def tried(
        cls, viewer: Viewer, name: str, reseller_id: UUID | None, wording: Wording
    ) -> Rendered:
        """A wording filled in with examples; refused as `replace` does, and nothing is kept."""
        problems = (*_issuer_problems(viewer, reseller_id), *wording_problems(name, wording))
        if problems:
            raise Refused(problems)
        return example(name, wording)

    @classmethod
    async def replace(
        cls, viewer: Viewer, name: str, reseller_id: UUID | None, wording: Wording
    ) -> None:
        """Give an issuer its own wording of a mail.

        Raises Refused with everything against it, and NOT_FOUND for an issuer that the viewer
        does not see; fields as in the wording.
        """
        problems = (*_issuer_problems(viewer, reseller_id), *wording_problems(name, wording))
        if problems:
            raise Refused(problems)
        async with transaction() as tx:
            told = (new_id(), reseller_id, name, wording.subject, wording.text, wording.html)
            await raw(tx).execute(_REPLACE, *told)
            await _record(viewer, "emailTemplateSet", name, reseller_id)

    @classmethod
    async def reset(cls, viewer: Viewer, name: str, reseller_id: UUID | None) -> None:
        """Take an issuer's own wording away; without one nothing changes. Raises NOT_FOUND."""
        problems = [*_issuer_problems(viewer, reseller_id)]
        if name not in CATALOGUE:
            sentence = f"There are mails for {', '.join(CATALOGUE)}."
            problems.append(Problem(ErrorCode.NOT_FOUND, ("name",), sentence))
        if problems:
            raise Refused(tuple(problems))
        async with transaction():
            own = await cls._of(name, reseller_id)
            if own is not None:
                await own.delete()
                await _record(viewer, "emailTemplateReset", name, reseller_id)

    @classmethod
    async def shown(
        cls, viewer: Viewer, reseller_id: UUID | None
    ) -> list[tuple[str, Wording, bool]]:
        """Each mail's wording as an issuer sends it, and whether it is none of its own.

        None of an issuer that the viewer does not see.
        """
        if any(_issuer_problems(viewer, reseller_id)):
            return []
        own = {row.name for row in await cls.filter(reseller_id=reseller_id)}
        return [(name, await cls.wording(name, reseller_id), name not in own) for name in CATALOGUE]

    @classmethod
    async def _of(cls, name: str, reseller_id: UUID | None) -> Self | None:
        if reseller_id is None:
            return await cls.get_or_none(name=name, reseller_id__isnull=True)
        return await cls.get_or_none(name=name, reseller_id=reseller_id)


def _issuer_problems(viewer: Viewer, reseller_id: UUID | None) -> Iterator[Problem]:
    if not viewer.is_staff and reseller_id not in viewer.reseller_ids:
        yield Problem(ErrorCode.NOT_FOUND, ("resellerId",), "There is no such reseller.")


async def _record(viewer: Viewer, action: str, name: str, reseller_id: UUID | None) -> None:
    subject_id = uuid5(_WORDINGS, f"{reseller_id}/{name}")
    subject = audit.Subject("EmailTemplate", subject_id, name, reseller_id)
    await audit.record(viewer, action, subject)


_REPLACE = """
INSERT INTO email_templates AS t (id, reseller_id, name, subject, text, html, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, now())
ON CONFLICT (reseller_id, name) DO UPDATE
SET subject = excluded.subject, text = excluded.text, html = excluded.html, updated_at = now()
"""
