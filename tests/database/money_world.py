"""People with wallets for the tests of money: made with the fewest facts that money asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from models.accounts.account import Account
from models.database import connect, disconnect, read_pool, transaction
from models.ids import new_id
from models.money.ledger_account import Wallet
from models.money.numbering import Numbering
from models.money.reconciliation import ledger_differences
from models.money.refill import Refill, RefillOrder
from models.rules.enums import AccountKind, AccountType

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLERK = "Ada the clerk"


@dataclass(frozen=True, slots=True)
class Person:
    """Who gets an account."""

    type: AccountType = AccountType.PREPAID
    kind: AccountKind = AccountKind.CUSTOMER
    owner: UUID | None = None
    currency_code: str = "USD"
    credit_limit: Decimal = Decimal(0)
    id: UUID = field(default_factory=new_id)


async def open_accounts(*people: Person) -> list[UUID]:
    """Open accounts with empty wallets."""
    async with transaction() as tx:
        above = [person.owner for person in people if person.owner is not None]
        found = await Account.filter(id__in=above).using_db(tx).values_list("id", "path")
        paths: dict[UUID | None, str] = dict(found)
        rows = [
            Account(
                id=person.id,
                kind=person.kind,
                number=person.id.hex[-20:],
                type=person.type,
                reseller_id=person.owner,
                first_name="Someone",
                time_zone="UTC",
                currency_code=person.currency_code,
                credit_limit=person.credit_limit,
                path=paths.get(person.owner, "/") + f"{person.id}/" if is_reseller else None,
                realm=f"{person.id.hex}.example" if is_reseller else None,
            )
            for person in people
            for is_reseller in [person.kind is AccountKind.RESELLER]
        ]
        await Account.bulk_create(rows, using_db=tx)
        for person in people:
            await Wallet.open(tx, person.id, person.currency_code)
    return [person.id for person in people]


async def open_account(
    type_: AccountType = AccountType.PREPAID,
    *,
    owner: UUID | None = None,
    currency_code: str = "USD",
    credit_limit: int = 0,
) -> UUID:
    """Open one customer with an empty wallet."""
    person = Person(type_, AccountKind.CUSTOMER, owner, currency_code, Decimal(credit_limit))
    return (await open_accounts(person))[0]


async def open_reseller(
    type_: AccountType = AccountType.PREPAID,
    *,
    owner: UUID | None = None,
    currency_code: str = "USD",
    credit_limit: int = 0,
) -> UUID:
    """Open one reseller with an empty wallet."""
    person = Person(type_, AccountKind.RESELLER, owner, currency_code, Decimal(credit_limit))
    return (await open_accounts(person))[0]


async def fund(account_id: UUID, amount: str, currency_code: str = "USD") -> None:
    """Refill an account by hand."""
    order = RefillOrder(account_id, Decimal(amount), currency_code, CLERK, NOW)
    async with transaction() as tx:
        await Refill.receive(tx, order)


async def balance(account_id: UUID) -> Decimal:
    """The cached balance of a wallet."""
    query = "SELECT balance FROM ledger_accounts WHERE id = $1"
    found = await read_pool().fetchval(query, account_id)
    assert isinstance(found, Decimal)
    return found


async def balances(*account_ids: UUID) -> list[Decimal]:
    """The cached balances of wallets, in the order asked."""
    return [await balance(id_) for id_ in account_ids]


async def count(table: str) -> int:
    """How many rows a table has."""
    return int(await read_pool().fetchval(f"SELECT count(*) FROM {table}"))


async def assert_books_add_up() -> None:
    """Every audit of the house finds nothing, and time runs forward in every wallet's history."""
    async with read_pool().acquire() as connection:
        assert [tally for tally in await ledger_differences(connection) if tally.count] == []
        assert await Numbering.gaps(connection) == []
        assert await connection.fetch(_BACKWARDS) == []
        assert await connection.fetch(_UNEXPLAINED) == []


@asynccontextmanager
async def crowd(database_url: str, size: int) -> AsyncIterator[None]:
    """Connections enough for `size` transactions at once."""
    await connect(database_url, pool_size=size, read_pool_size=3)
    yield
    await disconnect()


async def system_balance(kind: str, issuer: UUID | None = None, currency: str = "USD") -> Decimal:
    """The sum of a system account's lines."""
    query = """
        SELECT coalesce(sum(l.amount), 0) FROM ledger_accounts a
        JOIN posting_lines l ON l.ledger_account_id = a.id
        WHERE a.kind = $1 AND a.issuer_id IS NOT DISTINCT FROM $2 AND a.currency_code = $3
    """
    return Decimal(await read_pool().fetchval(query, kind, issuer, currency))


# A postpaid customer's balance is its unspent credits, less what is open and what will be billed.
_UNEXPLAINED = """
    SELECT a.id, w.balance, c.unspent, i.outstanding, b.unbilled
    FROM accounts a JOIN ledger_accounts w ON w.id = a.id
    CROSS JOIN LATERAL (SELECT coalesce(sum(remaining), 0) AS unspent
                        FROM credits WHERE account_id = a.id) c
    CROSS JOIN LATERAL (SELECT coalesce(sum(outstanding), 0) AS outstanding
                        FROM invoices WHERE account_id = a.id) i
    CROSS JOIN LATERAL (SELECT coalesce(sum(l.amount), 0) AS unbilled
                        FROM billable_lines b JOIN posting_lines l ON l.id = b.line_id
                        WHERE b.account_id = a.id AND b.invoice_id IS NULL) b
    WHERE a.type = 'POSTPAID' AND a.kind = 'CUSTOMER'
      AND w.balance <> c.unspent - i.outstanding + b.unbilled
"""

_BACKWARDS = """
    SELECT * FROM (SELECT ledger_account_id, entry_no, recorded_at,
                          lag(recorded_at) OVER (PARTITION BY ledger_account_id ORDER BY entry_no)
                              AS before
                   FROM posting_lines WHERE entry_no IS NOT NULL) l
    WHERE recorded_at < before
"""
