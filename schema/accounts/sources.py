"""The rows behind accounts and who may see them, for every type that hangs below an account.

One table holds customers, providers and resellers; tenancy is written here and nowhere else.
"""

from schema.reads import Join, Source, Visible

_WALLET = {"w": Join("ledger_accounts", "{w}.id = {t}.id", always=True)}

CUSTOMERS = Source(
    table="accounts",
    only="{t}.kind IN ('CUSTOMER', 'PROVIDER')",
    listed="{t}.status <> 'DELETED'",
    visible=Visible(subtree="reseller_id", customer="{t}.id = {viewer}"),
    permission="customers:read",
    joins=_WALLET,
)
"""Customers and providers: a reseller's whole subtree, a customer itself."""

RESELLERS = Source(
    table="accounts",
    only="{t}.kind = 'RESELLER'",
    listed="{t}.status <> 'DELETED'",
    visible=Visible(reseller="{t}.id = ANY({reseller_ids})", customer="false"),
    permission="customers:read",
    joins=_WALLET,
)
"""Resellers: each sees itself and what stands below it; customers see none."""

ACCOUNTS = Source(
    table="accounts",
    visible=Visible(
        reseller="({t}.reseller_id = ANY({reseller_ids}) OR {t}.id = {viewer})",
        customer="{t}.id = {viewer}",
    ),
    joins=_WALLET,
)
"""Accounts of every kind: whose wallet, documents and mails somebody may see."""
