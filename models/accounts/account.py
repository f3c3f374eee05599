"""The account: one row for each customer, provider and reseller, living or deleted.

Balances are not here (`models.money.ledger`); whether an account may act now is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from models.accounts.account_row import AccountRow
from models.accounts.announcing import open_one
from models.accounts.changing import Asked, patch_customer, switch_account
from models.accounts.opening import Opened
from models.rules.draft import CustomerDraft
from models.rules.enums import AccountStatus
from models.rules.viewer import Viewer


class Account(AccountRow):
    """A customer, provider or reseller. Requirement headings: Create Customer, Create Provider."""

    # What is removed when an account is deleted, by table, with the column that names the account;
    # a DID goes back to stock. Rows that hang on these go with them.
    BELONGINGS: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "alert_thresholds": "account_id",
            "api_keys": "account_id",
            "blocked_codes": "account_id",
            "caller_ids": "account_id",
            "dids": "account_id",
            "email_templates": "reseller_id",
            "force_caller_ids": "account_id",
            "ip_settings": "account_id",
            "logins": "account_id",
            "password_resets": "account_id",
            "pins": "account_id",
            "portal_credentials": "account_id",
            "reseller_prices": "reseller_id",
            "sessions": "account_id",
            "sip_devices": "account_id",
            "speed_dials": "account_id",
        }
    )
    # What is kept: money, documents, calls and the trail, what they still name, the taxes on calls
    # that are reported late, and for a time the user names that must not be given away yet.
    RECORDS: ClassVar[frozenset[str]] = frozenset(
        {
            "account_taxes",
            "accounts",
            "audit_events",
            "billable_lines",
            "cdrs",
            "credits",
            "emails",
            "invoices",
            "issuer_profiles",
            "job_rows",
            "jobs",
            "ledger_accounts",
            "localizations",
            "number_counters",
            "product_orders",
            "rate_groups",
            "refills",
            "retired_usernames",
            "taxes",
            "uploads",
        }
    )

    class Meta:
        table = "accounts"

    @classmethod
    async def open(cls, viewer: Viewer, draft: CustomerDraft) -> Opened:
        """Open a customer or provider with everything that belongs to it, in one transaction.

        Raises Refused with every rule that the draft breaks. Headings: Create Customer, Create
        Provider.
        """
        return await open_one(viewer, draft)

    @classmethod
    async def change(cls, asked: Asked, changes: Mapping[str, Any]) -> None:
        """Patch a customer or provider: absent keeps, None clears, a value sets.

        Raises NOT_FOUND, WRONG_STATE, VERSION_CONFLICT, and Refused with every broken rule.
        Requirement heading: Customer Edit.
        """
        await patch_customer(cls, asked, changes)

    @classmethod
    async def activate(cls, asked: Asked) -> None:
        """Switch a customer or provider on again. Raises as `change` does."""
        await switch_account(cls, asked, AccountStatus.ACTIVE, "customerActivate")

    @classmethod
    async def deactivate(cls, asked: Asked) -> None:
        """Switch a customer or provider off: no sign-in, no calls. Raises as `change` does."""
        await switch_account(cls, asked, AccountStatus.INACTIVE, "customerDeactivate")
