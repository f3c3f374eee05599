"""Company profiles: what an issuer's documents and mails say of it."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from models.links import Link, url_of
from models.money.issuer_profile import IssuerProfile as ProfileRow
from models.rules.issuer_profile import IssuerProfilePatch
from schema.accounts.customer import PostalAddress
from schema.accounts.customer_inputs import PostalAddressInput
from schema.context import Info
from schema.inputs import optional, patched, row_id
from schema.money.invoice import LINK_LIVES
from schema.mutations import mutation
from schema.payloads import Payload
from schema.permissions import SIGNED_IN, requires
from schema.refusals import Code, Refusal
from schema.scalars import CurrencyCode, EmailAddress, TimeZone


@strawberry.type(description="Who issues documents, as its papers and mails name it.")
class IssuerProfile:
    """Requirement heading: company profile."""

    name: str = strawberry.field(description="Its name.")
    address: PostalAddress = strawberry.field(description="Postal address.")
    tax_number: str | None = strawberry.field(description="Tax number.")
    invoice_prefix: str = strawberry.field(description="What numbers of invoices begin with.")
    receipt_prefix: str = strawberry.field(description="What numbers of receipts begin with.")
    next_invoice_number: int = strawberry.field(description="The next invoice's number.")
    due_days: int = strawberry.field(description="Days from issue until an invoice is due.")
    note: str | None = strawberry.field(description="Printed on every document.")
    logo_url: str | None = strawberry.field(description="Its logo; the link lives for a day.")
    time_zone: TimeZone = strawberry.field(description="Its zone.")
    currency_code: CurrencyCode = strawberry.field(description="Its currency.")
    reply_to: EmailAddress | None = strawberry.field(description="Where answers to mails go.")
    website: str | None = strawberry.field(description="Its website.")
    reminder_days: list[int] = strawberry.field(
        description="Days after the due date on which an unpaid invoice is reminded of."
    )
    suspend_after_days: int | None = strawberry.field(
        description="Days after the due date until suspension for debt; null or 0: never."
    )


@strawberry.input(description="What to change of a profile: absent keeps, null clears.")
class IssuerProfileSetInput:
    """Repeats without harm; documents that are issued keep what they said."""

    reseller_id: strawberry.ID | None = optional("Whose; absent: the caller's own issuer.")
    name: str | None = optional("Its name, at most 120 characters.")
    address: PostalAddressInput | None = optional("Postal address; what it leaves out is cleared.")
    tax_number: str | None = optional("Tax number.")
    invoice_prefix: str | None = optional("What numbers of invoices begin with.")
    receipt_prefix: str | None = optional("What numbers of receipts begin with.")
    next_invoice_number: int | None = optional("Where its invoices begin; until the first one.")
    due_days: int | None = optional("Days until an invoice is due, 0-365.")
    note: str | None = optional("Printed on every document.")
    time_zone: TimeZone | None = optional("Its zone.")
    reply_to: EmailAddress | None = optional("Where answers to mails go.")
    website: str | None = optional("Its website, with https:// or http://.")
    reminder_days: list[int] | None = optional("Days after the due date, rising, at most ten.")
    suspend_after_days: int | None = optional("Days after the due date; null or 0: never.")
    logo_upload_id: strawberry.ID | None = optional("A PNG or JPEG from POST /uploads.")


@strawberry.type(description="What issuerProfileSet answers.")
class IssuerProfileSetPayload(Payload):
    """The profile after the change."""

    issuer_profile: IssuerProfile | None = strawberry.field(
        default=None, description="The profile."
    )


async def _issuer_profile(
    info: Info,
    reseller_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Whose; absent: the viewer's own issuer."),
    ] = strawberry.UNSET,
) -> IssuerProfile:
    asked = row_id("Reseller", reseller_id)
    row = await ProfileRow.shown_to(info.context.signed_in, asked)
    if row is None:
        raise Refusal(Code.BAD_USER_INPUT, "There is no such issuer.")
    return await _shown(info, row)


async def _shown(info: Info, row: ProfileRow) -> IssuerProfile:
    return IssuerProfile(
        name=row.name,
        address=_address(row),
        tax_number=row.tax_number,
        invoice_prefix=row.invoice_prefix,
        receipt_prefix=row.receipt_prefix,
        next_invoice_number=await row.next_number(),
        due_days=row.due_days,
        note=row.note,
        logo_url=_logo_url(info, row),
        time_zone=TimeZone(row.time_zone),
        currency_code=CurrencyCode(row.currency_code),
        reply_to=None if row.reply_to is None else EmailAddress(row.reply_to),
        website=row.website,
        reminder_days=list(row.reminder_days),
        suspend_after_days=row.suspend_after_days,
    )


def _address(row: ProfileRow) -> PostalAddress:
    made_of_columns: Any = PostalAddress  # elsewhere its fields are read by SQL
    address: PostalAddress = made_of_columns(
        line1=row.address_line1,
        line2=row.address_line2,
        city=row.city,
        province=row.province,
        postal_code=row.postal_code,
        country_code=row.country_code,
    )
    return address


def _logo_url(info: Info, row: ProfileRow) -> str | None:
    if row.logo_upload_id is None:
        return None
    until, principal_id = datetime.now(UTC) + LINK_LIVES, info.context.signed_in.principal_id
    return url_of(Link("logo", row.id, principal_id, until))


@strawberry.type
class IssuerProfileQueries:
    """For everybody who is signed in; customers see that of their issuer."""

    issuer_profile: IssuerProfile = strawberry.field(
        resolver=_issuer_profile,
        metadata=requires(SIGNED_IN),
        description="A company profile; without an id that of the viewer's own issuer.",
    )


@strawberry.type
class IssuerProfileMutations:
    """For the administration, and resellers for theirs."""

    @mutation(permission="templates:write", description="Changes a company profile.")
    async def issuer_profile_set(
        self,
        info: Info,
        input: IssuerProfileSetInput,
    ) -> IssuerProfileSetPayload | None:
        """Change the profile."""
        viewer = info.context.signed_in
        changes = patched(input)
        if changes.get("reminder_days") is not None:
            changes["reminder_days"] = list(changes["reminder_days"])
        reseller_id: UUID | None = changes.pop("reseller_id", None) or viewer.owner_id
        first: int | None = changes.pop("next_invoice_number", None)
        row = await ProfileRow.adopt(IssuerProfilePatch(reseller_id, changes, first), viewer)
        return IssuerProfileSetPayload(issuer_profile=await _shown(info, row))
