"""DIDs: the inventory of direct dial-in numbers, each free or assigned to one account.

Assigning charges the chain of owners in the same transaction (`models.money`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self, cast
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models import columns, versions
from models.access import audit
from models.accounts.account import Account
from models.constraints import understood
from models.database import transaction
from models.ids import new_id
from models.money.charge import Charge, ChargeOrder
from models.money.party import Party
from models.panel.entry import missing, refuse_customers
from models.panel.purchase_mails import Purchase, mail_assignment, mail_release
from models.panel.resale import Price, prices_for
from models.rules.billing_calendar import local_date, months_later
from models.rules.enums import ActiveStatus, PostingKind
from models.rules.errors import DomainError, ErrorCode, Refused
from models.rules.field_rules import NOTE_LONGEST
from models.rules.inventory import DidDraft
from models.rules.patch import clearing_problems, given
from models.rules.phone import comparable
from models.rules.text import note_violation
from models.rules.viewer import Viewer

_CLEARABLE = frozenset({"province", "city"})


class Did(Model):
    """One number of the inventory. Heading: DID."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    number = fields.CharField(max_length=21)  # as given
    digits = fields.CharField(max_length=20, unique=True)  # what a CLI is compared with
    country_code = fields.CharField(max_length=2, null=True)
    province = fields.CharField(max_length=80, null=True)
    city = fields.CharField(max_length=80, null=True)
    status = columns.word(ActiveStatus, default=ActiveStatus.ACTIVE)
    currency_code = fields.CharField(max_length=3)
    connect_fee = columns.amount(default=0)  # once a call
    per_minute = columns.amount(default=0)
    initial_increment_seconds = fields.IntField(default=0)
    increment_seconds = fields.IntField(default=60)
    setup_fee = columns.amount(default=0)  # once, at assignment
    monthly_fee = columns.amount(default=0)
    releases_when_unfunded = fields.BooleanField(default=True)
    reminder_days = fields.IntField(default=3)
    account = columns.belongs_to("Account", "dids", null=True)  # null: free
    account_id: UUID | None
    assigned_at = fields.DatetimeField(null=True)
    next_renewal_at = fields.DatetimeField(null=True)
    # Months are counted from here instead of the assignment once an unpaid number was paid again.
    anchored_at = fields.DatetimeField(null=True)
    overdue_since = fields.DatetimeField(null=True)  # unfunded and kept: tried again daily
    reminded_for = fields.DatetimeField(null=True)  # the renewal that a reminder was mailed for
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "dids"

    @property
    def subject(self) -> audit.Subject:
        """The number in the audit trail."""
        return audit.Subject("Did", self.id, self.number, self.account_id)

    @property
    def house_price(self) -> Price:
        """What the house asks: a month and the setup."""
        return Price(self.monthly_fee, self.setup_fee, self.currency_code)

    @classmethod
    async def stock(cls, viewer: Viewer, draft: DidDraft) -> UUID:
        """Take a number into the inventory. Raises Refused; TAKEN when it is there already."""
        if problems := draft.problems():
            raise Refused(problems)
        with understood():
            async with transaction():
                row = await cls.create(
                    id=new_id(), digits=comparable(draft.number), **dataclasses.asdict(draft)
                )
                changes = audit.differences({}, {"number": draft.number})
                await audit.record(viewer, "didCreate", row.subject, changes)
                return row.id

    @classmethod
    async def reprice(
        cls, viewer: Viewer, did_id: UUID, expected: int | None, changes: Mapping[str, Any]
    ) -> None:
        """Change place, status or fees; fees count from the next renewal.

        Raises NOT_FOUND, VERSION_CONFLICT, and Refused with every broken rule.
        """
        async with transaction():
            row = await cls._held(viewer, did_id, "id")
            versions.expect(row.version, expected)
            said = given(changes, _CLEARABLE)
            names = [field.name for field in dataclasses.fields(DidDraft)]
            wanted = {name: said.get(name, getattr(row, name)) for name in names}
            cleared = clearing_problems(changes, _CLEARABLE)
            if problems := (*cleared, *DidDraft(**wanted).problems()):
                raise Refused(problems)
            old = {name: getattr(row, name) for name in changes}
            if difference := audit.differences(old, changes):
                row.update_from_dict({**changes, "version": row.version + 1})
                await row.save()
                await audit.record(viewer, "didUpdate", row.subject, difference)

    @classmethod
    async def discard(cls, viewer: Viewer, did_id: UUID) -> None:
        """Take a free number out of the inventory. Raises NOT_FOUND, WRONG_STATE."""
        async with transaction():
            row = await cls._held(viewer, did_id, "id")
            if row.account_id is not None:
                raise DomainError(ErrorCode.WRONG_STATE, ("id",), "The number is assigned.")
            await audit.record(viewer, "didDelete", row.subject)
            await row.delete()

    @classmethod
    async def assign(
        cls, viewer: Viewer, did_id: UUID, account_id: UUID, at: datetime | None = None
    ) -> None:
        """Give a free number to an account, now or `at`, and charge setup and the first month.

        Every owner above pays its own price in the same posting. Raises NOT_FOUND, TAKEN for a
        number that is assigned, WRONG_STATE, and INSUFFICIENT_BALANCE at `didId`.
        """
        refuse_customers(viewer)
        async with transaction() as tx:
            account = await Account.held_for(viewer, account_id)
            row = await cls._held(viewer, did_id, "didId")
            _refuse_unavailable(row)
            assigned_at = at or datetime.now(UTC)
            row.account_id, row.assigned_at = account.id, assigned_at
            first_day = local_date(account.time_zone, assigned_at)
            row.next_renewal_at = months_later(account.time_zone, first_day, 1)
            row.version += 1
            await _charge(tx, viewer, row, (account.id, assigned_at))
            await row.save()
            change = audit.FieldChange("customer", None, account.number)
            await audit.record(viewer, "didAssign", row.subject, [change])

    @classmethod
    async def release(cls, viewer: Viewer, did_id: UUID, note: str | None = None) -> None:
        """Take a number back into stock; nothing is refunded.

        Raises NOT_FOUND, WRONG_STATE, and Refused for a note that can not be kept.
        """
        refuse_customers(viewer)
        if note and (violation := note_violation(note, NOTE_LONGEST)):
            raise Refused((violation.at("note"),))
        async with transaction() as tx:
            row = await cls._held(viewer, did_id, "didId")
            if row.account_id is None:
                raise DomainError(ErrorCode.WRONG_STATE, ("didId",), "The number is free.")
            await mail_release(tx, row.account_id, row.number, note or "", datetime.now(UTC))
            account = await Account.get(id=row.account_id)
            changes = [audit.FieldChange("customer", account.number, None)]
            changes += [audit.FieldChange("note", None, note)] if note else []
            await audit.record(viewer, "didRelease", row.subject, changes)
            row.empty()
            row.version += 1
            await row.save()

    def empty(self) -> None:
        """Make it free again; the caller saves it."""
        self.account_id = self.assigned_at = self.next_renewal_at = None
        self.anchored_at = self.overdue_since = self.reminded_for = None

    @classmethod
    async def _held(cls, viewer: Viewer, did_id: UUID, field: str) -> Self:
        """A number that the viewer sees: a free one, or one of an account it sees.

        Looked at before it is held: whoever had to wait for another's would know that it is.
        """
        found = cls.filter(id=did_id)
        await _refuse_hidden(viewer, await found.first(), field)
        row = await found.select_for_update(no_key=True).first()
        await _refuse_hidden(viewer, row, field)
        return cast("Self", row)


async def _refuse_hidden(viewer: Viewer, row: Did | None, field: str) -> None:
    if row is None:
        raise missing(field)
    if row.account_id is not None:
        owner = await Account.filter(id=row.account_id).first()
        if owner is None or not owner.visible_to(viewer):
            raise missing(field)


def _refuse_unavailable(row: Did) -> None:
    if row.account_id is not None:
        raise DomainError(ErrorCode.TAKEN, ("didId",), "The number is assigned already.")
    if row.status is not ActiveStatus.ACTIVE:
        raise DomainError(ErrorCode.WRONG_STATE, ("didId",), "The number is not in use.")


async def _charge(
    tx: BaseDBAsyncClient, viewer: Viewer, row: Did, assigned: tuple[UUID, datetime]
) -> None:
    """Charge setup and the first month of a number, assigned to whom and when, and tell of it."""
    account_id, assigned_at = assigned
    party = await Party.of(tx, account_id)
    prices = await prices_for(tx, party, row.id, row.house_price)
    order = ChargeOrder(
        key=f"did/{row.id}/{assigned_at.isoformat()}",
        account_id=account_id,
        kind=PostingKind.DID,
        prices=tuple(price.price + price.setup_fee for price in prices),
        description=f"DID {row.number}: setup and first month",
        actor=viewer.name,
        at=assigned_at,
    )
    [charged] = await Charge.levy(tx, [order], at=("didId",))
    purchase = Purchase(party, charged, order, row.next_renewal_at)
    await mail_assignment(tx, row.number, prices[0].price, purchase)
