"""Whoever money moves for: an account with its owners up to the top, its taxes and permissions.

Read once for a whole batch; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient

from models.database import raw
from models.rules.enums import AccountStatus, AccountType
from models.rules.errors import DomainError, ErrorCode
from models.rules.payment_chain import Member
from models.rules.taxation import TaxRate


@dataclass(frozen=True, slots=True)
class Party:
    """An account as the money rules see it; `chain[0]` is the account itself."""

    chain: tuple[Member, ...]
    chain_numbers: tuple[str, ...]  # the account numbers along the chain
    status: AccountStatus
    tax_number: str | None
    invoice_note: str | None
    invoices_zero_amounts: bool
    may_use_gateway: bool
    taxes: tuple[TaxRate, ...]

    @property
    def id(self) -> UUID:
        """The account, and so its wallet."""
        return self.chain[0].id

    @property
    def is_prepaid(self) -> bool:
        """Whether it pays from funds; otherwise by invoice."""
        return self.chain[0].is_prepaid

    @property
    def currency_code(self) -> str:
        """The currency of its wallet."""
        return self.chain[0].currency_code

    @property
    def issuer(self) -> UUID | None:
        """Who writes its documents: its owner; None is the administration."""
        return self.chain[1].id if len(self.chain) > 1 else None

    @staticmethod
    async def of_many(tx: BaseDBAsyncClient, account_ids: Sequence[UUID]) -> dict[UUID, Party]:
        """The parties among `account_ids` that exist, deleted ones too: late money still comes."""
        rows = await raw(tx).fetch(_CHAINS, list(set(account_ids)))
        chains: dict[UUID, list[Member]] = {}
        numbers: dict[UUID, list[str]] = {}
        for row in rows:
            is_prepaid = row["type"] == AccountType.PREPAID
            member = Member(row["id"], is_prepaid, row["currency_code"])
            chains.setdefault(row["account_id"], []).append(member)
            numbers.setdefault(row["account_id"], []).append(row["number"])
        taxes = await _taxes(tx, list(chains))
        return {
            row["id"]: Party(
                chain=tuple(chains[row["id"]]),
                chain_numbers=tuple(numbers[row["id"]]),
                status=AccountStatus(row["status"]),
                tax_number=row["tax_number"],
                invoice_note=row["invoice_note"],
                invoices_zero_amounts=row["invoices_zero_amounts"],
                may_use_gateway=row["payment_gateway_allowed"],
                taxes=taxes.get(row["id"], ()),
            )
            for row in rows
            if row["level"] == 0
        }

    @staticmethod
    async def of(tx: BaseDBAsyncClient, account_id: UUID) -> Party:
        """The party of one account. Raises NOT_FOUND."""
        parties = await Party.of_many(tx, [account_id])
        if account_id not in parties:
            raise DomainError(ErrorCode.NOT_FOUND, ("accountId",), "There is no such account.")
        return parties[account_id]


async def _taxes(
    tx: BaseDBAsyncClient, account_ids: Sequence[UUID]
) -> dict[UUID, tuple[TaxRate, ...]]:
    taxes: dict[UUID, tuple[TaxRate, ...]] = {}
    for row in await raw(tx).fetch(_TAXES, account_ids):
        rate = TaxRate(row["name"], row["rate_percent"], row["fixed_amount"], row["priority"])
        taxes[row["account_id"]] = (*taxes.get(row["account_id"], ()), rate)
    return taxes


_CHAINS = """
    WITH RECURSIVE chain AS (
        SELECT id AS account_id, 0 AS level, id, reseller_id FROM accounts WHERE id = ANY ($1)
        UNION ALL
        SELECT c.account_id, c.level + 1, a.id, a.reseller_id
        FROM chain c JOIN accounts a ON a.id = c.reseller_id
    )
    SELECT c.account_id, c.level, a.id, a.type, a.currency_code, a.status, a.number,
           a.tax_number, a.invoice_note, a.invoices_zero_amounts, a.payment_gateway_allowed
    FROM chain c JOIN accounts a ON a.id = c.id
    ORDER BY c.account_id, c.level
"""

_TAXES = """
    SELECT l.account_id, t.name, t.rate_percent, t.fixed_amount, t.priority
    FROM account_taxes l JOIN taxes t ON t.id = l.tax_id
    WHERE l.account_id = ANY ($1::uuid[]) AND t.status = 'ACTIVE'
    ORDER BY l.account_id, t.priority, t.name
"""
