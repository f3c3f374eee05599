"""Where money stands: one wallet for each account, and the system accounts of each issuer.

Nothing moves here; balances change in `Ledger.post` alone, in the statement that writes the lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models import columns
from models.database import raw
from models.rules.payment_chain import LedgerAccountKind


class LedgerAccount(Model):
    """A wallet, or a system account such as REVENUE. Narrow, because every posting rewrites it."""

    # A wallet has its account's id. A system account's id is `SystemAccount.id`: the name hashed,
    # so that a posting need not look it up.
    id = fields.UUIDField(primary_key=True)
    kind = columns.word(LedgerAccountKind)
    # Wallets only, equal to `id`: holds the account in place.
    account = columns.belongs_to("Account", "wallets", null=True)
    account_id: UUID | None
    # System accounts only: the reseller whose books these are; null is the administration.
    issuer = columns.belongs_to("Account", "ledger_accounts", null=True)
    issuer_id: UUID | None
    currency_code = fields.CharField(max_length=3)
    # Wallets only: the sum of the wallet's lines. Always 0 for system accounts, which are never
    # locked: else every posting of the house would queue on REVENUE.
    balance = columns.amount(default=0)
    last_entry_no = fields.BigIntField(default=0)  # wallets only: `entry_no` of the newest line

    class Meta:
        table = "ledger_accounts"


@dataclass(frozen=True, slots=True)
class NewWallet:
    """The account that gets a wallet, and the currency it keeps for good."""

    account_id: UUID
    currency_code: str


class Wallet:
    """The wallets of accounts: opened with the account, at zero."""

    @staticmethod
    async def open(tx: BaseDBAsyncClient, account_id: UUID, currency_code: str) -> None:
        """Give a new account its wallet; a second time changes nothing."""
        await Wallet.open_many(tx, [NewWallet(account_id, currency_code)])

    @staticmethod
    async def open_many(tx: BaseDBAsyncClient, wallets: Sequence[NewWallet]) -> None:
        """Give many new accounts their wallets in one statement."""
        await raw(tx).execute(
            """
            INSERT INTO ledger_accounts
                (id, kind, account_id, currency_code, balance, last_entry_no)
            SELECT id, 'WALLET', id, currency_code, 0, 0
            FROM unnest($1::uuid[], $2::text[]) AS wallet (id, currency_code)
            ON CONFLICT (id) DO NOTHING
            """,
            [wallet.account_id for wallet in wallets],
            [wallet.currency_code for wallet in wallets],
        )
