"""Accounts with wallets for the figures of money, made as fast as SQL makes them."""

from __future__ import annotations

from uuid import UUID

from models.database import raw, transaction
from models.ids import new_id

_ACCOUNTS = """
    INSERT INTO accounts (id, version, kind, number, type, status, first_name, time_zone,
        currency_code, concurrent_calls, calls_per_second, allows_local_calls,
        notifications_enabled, payment_gateway_allowed, records_calls, manages_own_ips,
        credit_limit, cli_pool, billing_schedule, invoices_zero_amounts, created_at, updated_at)
    SELECT id, 1, 'CUSTOMER', right(replace(id::text, '-', ''), 20), $2, 'ACTIVE', 'Bench',
        'UTC', 'USD', 0, 0, true, true, true, false, false, 0, 'DISABLED', 'MONTHLY', false,
        now(), now()
    FROM unnest($1::uuid[]) AS id
"""
_WALLETS = """
    INSERT INTO ledger_accounts (id, kind, account_id, currency_code, balance, last_entry_no)
    SELECT id, 'WALLET', id, 'USD', 0, 0 FROM unnest($1::uuid[]) AS id
"""


async def open_wallets(count: int, *, is_prepaid: bool = True) -> list[UUID]:
    """Open accounts of the administration with empty wallets."""
    ids = [new_id() for _ in range(count)]
    async with transaction() as tx:
        await raw(tx).execute(_ACCOUNTS, ids, "PREPAID" if is_prepaid else "POSTPAID")
        await raw(tx).execute(_WALLETS, ids)
    return ids
