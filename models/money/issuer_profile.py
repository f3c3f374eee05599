"""Who issues documents: the administration and each reseller, as their papers name them.

Numbers are drawn elsewhere (`numbering`); here stands what is printed around them.
"""

from __future__ import annotations

from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from models import columns
from models.access import audit
from models.database import raw, transaction
from models.ids import new_id
from models.jobs.upload import Upload
from models.money.numbering import NumberCounter, Numbering
from models.rules.enums import InvoiceKind, Role
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.issuer_profile import NEXT_NUMBER, SPOKEN, IssuerProfilePatch
from models.rules.viewer import Viewer
from models.rules.violation import Violation, name_in_api

DUE_DAYS = 7
REMINDER_DAYS = (3, 7, 14)  # after the due date
SUSPEND_AFTER_DAYS = 30  # after the due date
LOGO_BYTES_MOST = 524_288  # it is drawn on every document, and travels with every mail of one


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
    # After the due date; 0 or null: never.
    suspend_after_days = fields.SmallIntField(null=True, default=SUSPEND_AFTER_DAYS)

    class Meta:
        table = "issuer_profiles"

    @classmethod
    async def draw_up(cls, tx: BaseDBAsyncClient, reseller_id: UUID) -> None:
        """Give a new reseller its profile, from its account; the administration has one."""
        await raw(tx).execute(_DRAW_UP, new_id(), reseller_id, DUE_DAYS, list(REMINDER_DAYS))

    @classmethod
    async def adopt(cls, patch: IssuerProfilePatch, viewer: Viewer) -> Self:
        """Change what an issuer's documents say of it from now on; answers the profile.

        Raises Refused, NOT_FOUND for an issuer that the viewer does not see, and IMMUTABLE for the
        first number of a series that has begun.
        """
        if not viewer.is_staff and patch.reseller_id not in viewer.reseller_ids:
            raise DomainError(ErrorCode.NOT_FOUND, ("resellerId",), "There is no such reseller.")
        if problems := patch.problems():
            raise Refused(problems)
        async with transaction() as tx:
            if patch.changes.get("logo_upload_id") is not None:
                await _refuse_no_logo(patch.changes["logo_upload_id"], viewer)
            row = await cls.filter(reseller_id=patch.reseller_id).select_for_update().first()
            if row is None:
                raise DomainError(
                    ErrorCode.NOT_FOUND, ("resellerId",), "There is no such reseller."
                )
            before = row._told()  # noqa: SLF001 - a row of this class
            row.update_from_dict(dict(patch.changes))
            _refuse_like_prefixes(row, patch)
            begun = await row._begin_numbers(tx, patch.next_invoice_number)  # noqa: SLF001 - a row of this class
            if changes := audit.differences(before, row._told()) + begun:  # noqa: SLF001 - a row of this class
                row.version += 1
                await row.save()
                subject = audit.Subject("IssuerProfile", row.id, row.name, row.reseller_id)
                await audit.record(viewer, "issuerProfileSet", subject, changes)
            return row

    @classmethod
    async def shown_to(cls, viewer: Viewer, reseller_id: UUID | None) -> Self | None:
        """The profile of a reseller, or without one of the viewer's own issuer.

        A reseller is an issuer itself; a customer's is whoever writes its documents. None when
        the viewer does not see that reseller: whoever stands above has no id for those below.
        """
        if reseller_id is None:
            return await cls.filter(reseller_id=await _issuer_of(viewer)).first()
        if not viewer.is_staff and reseller_id not in viewer.reseller_ids:
            return None
        return await cls.filter(reseller_id=reseller_id).first()

    async def is_seen_by(self, viewer: Viewer) -> bool:
        """Staff see all, a reseller those of its subtree, a customer that of its issuer."""
        if viewer.is_staff or self.reseller_id in viewer.reseller_ids:
            return True
        return self.reseller_id == await _issuer_of(viewer)

    async def next_number(self, kind: InvoiceKind = InvoiceKind.INVOICE) -> int:
        """The number that its next document of this kind will have."""
        counter = await NumberCounter.get_or_none(reseller_id=self.reseller_id, kind=kind)
        return 1 if counter is None else counter.last_number + 1

    async def _begin_numbers(
        self, tx: BaseDBAsyncClient, first: int | None
    ) -> tuple[audit.FieldChange, ...]:
        before = await self.next_number()
        if first is None or first == before:
            return ()
        if not await Numbering.start_at(tx, self.reseller_id, InvoiceKind.INVOICE, first):
            sentence = "Invoices have been issued; their numbers go on without a gap."
            raise DomainError(ErrorCode.IMMUTABLE, (NEXT_NUMBER,), sentence)
        return (audit.FieldChange(NEXT_NUMBER, before, first),)

    def _told(self) -> dict[str, object]:
        return {".".join(path): getattr(self, column) for column, path in SPOKEN.items()}


async def _issuer_of(viewer: Viewer) -> UUID | None:
    if viewer.role is not Role.CUSTOMER:
        return viewer.owner_id
    async with transaction() as tx:
        issuer: UUID | None = await raw(tx).fetchval(_ISSUER, viewer.account_id)
    return issuer


def _refuse_like_prefixes(row: IssuerProfile, patch: IssuerProfilePatch) -> None:
    """Documents of two kinds would bear the same number."""
    own = {"invoice_prefix", "receipt_prefix"} & set(patch.changes)
    prefixes = {row.invoice_prefix, row.receipt_prefix, row.credit_note_prefix}
    if own and len(prefixes) < 3:  # noqa: PLR2004 - three kinds of documents
        alike = Violation(ErrorCode.INVALID, "is that of another kind of document")
        raise Refused(tuple(alike.at(name_in_api(name)) for name in sorted(own)))


async def _refuse_no_logo(upload_id: UUID, viewer: Viewer) -> None:
    """A logo is a small picture that the viewer has uploaded."""
    upload = await Upload.get_or_none(
        id=upload_id,
        principal_id=viewer.principal_id,
        completed_at__isnull=False,
        removed_at__isnull=True,
    )
    if upload is None:
        sentence = "There is no such upload of yours, or it is not complete."
        raise DomainError(ErrorCode.NOT_FOUND, ("logoUploadId",), sentence)
    if upload.encoding:
        sentence = "A logo is a PNG or JPEG picture."
        raise DomainError(ErrorCode.UNSUPPORTED_FILE, ("logoUploadId",), sentence)
    if (upload.bytes or 0) > LOGO_BYTES_MOST:
        sentence = f"A logo has at most {LOGO_BYTES_MOST} bytes."
        raise DomainError(ErrorCode.LIMIT_EXCEEDED, ("logoUploadId",), sentence)


_ISSUER = "SELECT reseller_id FROM accounts WHERE id = $1"

_DRAW_UP = """
    INSERT INTO issuer_profiles
        (id, version, reseller_id, name, address_line1, address_line2, city, province, postal_code,
         country_code, tax_number, invoice_prefix, receipt_prefix, credit_note_prefix, due_days,
         time_zone, currency_code, reply_to, reminder_days, suspend_after_days)
    SELECT $1::uuid, 1, r.id, coalesce(r.company, r.first_name), r.address_line1, r.address_line2,
           r.city, r.province, r.postal_code, r.country_code, r.tax_number, 'INV-', 'REC-', 'CN-',
           $3::smallint, r.time_zone, r.currency_code, r.email, $4::int[], 30
    FROM accounts r WHERE r.id = $2::uuid AND r.kind = 'RESELLER'
    ON CONFLICT (reseller_id) DO NOTHING
"""
