"""The columns of an account and how one is held: what stands on its own below the account's verbs.

The table is `models.accounts.account`; nothing makes a row of this class alone.
"""

from __future__ import annotations

from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.expressions import Q
from tortoise.models import Model

from models import columns
from models.access import audit
from models.rules.enums import AccountKind, AccountStatus, AccountType, BillingSchedule, CliPool
from models.rules.errors import DomainError, ErrorCode
from models.rules.viewer import Viewer

GONE = frozenset({AccountStatus.DELETING, AccountStatus.DELETED})
CUSTOMERS = frozenset({AccountKind.CUSTOMER, AccountKind.PROVIDER})


class AccountRow(Model):
    """Any row of the accounts: customer, provider or reseller, living or deleted."""

    id = fields.UUIDField(primary_key=True)
    version = columns.version()
    kind = columns.word(AccountKind)
    # Also a login and, for devices, the default SIP username; unique among accounts not deleted.
    number = fields.CharField(max_length=20)
    type = columns.word(AccountType)
    status = columns.word(AccountStatus, default=AccountStatus.ACTIVE)
    # The direct owner; null is the administration. Every charge of this account goes through it.
    reseller = columns.belongs_to("Account", "owned", null=True, db_index=False)
    reseller_id: UUID | None
    # Resellers only: the ids from the top to this reseller, "/id/id/"; finds a subtree by prefix.
    path = fields.TextField(null=True)
    # Resellers only: the SIP realm of their customers' devices; immutable once a device uses it.
    realm = fields.CharField(max_length=253, null=True)
    # Resellers only: the words of the permission catalogue they hold.
    permissions = ArrayField(element_type="text", null=True)

    first_name = fields.CharField(max_length=80)
    last_name = fields.CharField(max_length=80, null=True)
    company = fields.CharField(max_length=80, null=True)
    email = fields.CharField(max_length=254, null=True)
    notification_email = fields.CharField(max_length=254, null=True)
    phone = fields.CharField(max_length=32, null=True)
    mobile = fields.CharField(max_length=32, null=True)
    address_line1 = fields.CharField(max_length=120, null=True)
    address_line2 = fields.CharField(max_length=120, null=True)
    city = fields.CharField(max_length=80, null=True)
    province = fields.CharField(max_length=80, null=True)
    postal_code = fields.CharField(max_length=16, null=True)
    country_code = fields.CharField(max_length=2, null=True)
    time_zone = fields.CharField(max_length=64)
    currency_code = fields.CharField(max_length=3)

    concurrent_calls = fields.IntField(default=0)  # 0: unlimited
    calls_per_second = fields.IntField(default=0)  # 0: unlimited
    # Foreign keys by SQL: the pick lists point back to accounts, a circle the ORM can not create.
    localization_id = fields.UUIDField(null=True, db_index=True)
    allows_local_calls = fields.BooleanField(default=True)
    notifications_enabled = fields.BooleanField(default=True)
    payment_gateway_allowed = fields.BooleanField(default=True)
    records_calls = fields.BooleanField(default=False)
    manages_own_ips = fields.BooleanField(default=False)

    credit_limit = columns.amount(default=0)  # postpaid: how far below zero the wallet may go
    rate_group_id = fields.UUIDField(null=True, db_index=True)
    non_cli_rate_group_id = fields.UUIDField(null=True)
    cli_pool = columns.word(CliPool, default=CliPool.DISABLED)

    billing_schedule = columns.word(BillingSchedule, default=BillingSchedule.MONTHLY)
    billing_day = fields.IntField(null=True)  # 1-31, MONTHLY only; clamped in shorter months
    # Start of the period that is still open: periods tile time, so it is the last one's end.
    period_started_at = fields.DatetimeField(null=True)
    # Postpaid only; moved by the billing sweep. Null when deleted, unless something came late.
    next_billing_at = fields.DatetimeField(null=True)

    tax_number = fields.CharField(max_length=32, null=True)
    invoices_zero_amounts = fields.BooleanField(default=False)
    invoice_note = fields.CharField(max_length=500, null=True)
    reference = fields.CharField(max_length=120, null=True, db_index=True)
    valid_days = fields.IntField(null=True)
    first_used_at = fields.DatetimeField(null=True)  # set by the first CDR
    expires_at = fields.DatetimeField(null=True)  # refused by computation from then on
    # The expiry that its switches and its holder have been told of; written by the expiry sweep.
    expiry_followed = fields.DatetimeField(null=True)
    suspended_for_debt_at = fields.DatetimeField(null=True)  # overdue sweep; cleared by payment

    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)
    deleted_at = fields.DatetimeField(null=True)
    deleted_by = fields.CharField(max_length=120, null=True)

    class Meta:
        abstract = True

    @classmethod
    async def held_for(
        cls,
        viewer: Viewer,
        account_id: UUID,
        field: str = "customerId",
        kinds: frozenset[AccountKind] = CUSTOMERS,
    ) -> Self:
        """A live account of these kinds that the viewer sees, held until the transaction ends.

        Raises as `found_for`, and WRONG_STATE for an account that is deleted or going.
        """
        account = await cls.found_for(viewer, account_id, field, kinds)
        if account.status in GONE:
            raise DomainError(ErrorCode.WRONG_STATE, (field,), "The account is deleted.")
        return account

    @classmethod
    async def found_for(
        cls, viewer: Viewer, account_id: UUID, field: str, kinds: frozenset[AccountKind]
    ) -> Self:
        """The same, living or deleted: money still comes in late.

        Raises NOT_FOUND at `field` for what the viewer does not see, as for what never was.
        """
        # What is not seen is not held either: whoever has to wait for it would know that it is.
        seen = cls.filter(_seen_by(viewer), id=account_id, kind__in=list(kinds))
        account = await seen.select_for_update(no_key=True).first()
        if account is None:
            raise DomainError(ErrorCode.NOT_FOUND, (field,), "There is no such account.")
        return account

    def visible_to(self, viewer: Viewer) -> bool:
        """Tenancy: staff see all, a reseller its subtree and itself, a customer itself."""
        return (
            viewer.is_staff
            or self.id == viewer.account_id
            or (self.reseller_id in viewer.reseller_ids if self.reseller_id else False)
        )

    @property
    def subject(self) -> audit.Subject:
        """The account in the audit trail."""
        kind = "Reseller" if self.kind is AccountKind.RESELLER else "Customer"
        return audit.Subject(kind, self.id, self.number, self.id)


def _seen_by(viewer: Viewer) -> Q:
    """`visible_to` as a condition of a query."""
    if viewer.is_staff:
        return Q()
    return Q(id=viewer.account_id) | Q(reseller_id__in=viewer.reseller_ids)
