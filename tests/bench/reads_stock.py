"""The same part of the graph as one writes it with stock Strawberry: a resolver for each relation.

Rows come through the ORM; nothing is looked ahead.
"""

from datetime import datetime
from decimal import Decimal

import strawberry

from models.accounts.account import Account
from models.accounts.localization import Localization
from models.accounts.rate_group import RateGroup
from models.money.ledger_account import LedgerAccount
from models.panel.did import Did
from models.panel.sip_device import SipDevice


@strawberry.type
class StockMoney:
    amount: Decimal
    currency_code: str


@strawberry.type
class StockNamed:
    name: str


@strawberry.type
class StockReseller:
    number: str
    company: str | None


@strawberry.type
class StockDevice:
    username: str
    status: str


@strawberry.type
class StockDevices:
    nodes: list[StockDevice]


@strawberry.type
class StockDid:
    number: str


@strawberry.type
class StockDids:
    nodes: list[StockDid]


@strawberry.type
class StockCustomer:
    row: strawberry.Private[Account]
    id: strawberry.ID
    number: str
    kind: str
    type: str
    status: str
    first_name: str
    last_name: str | None
    company: str | None
    email: str | None
    phone: str | None
    concurrent_calls: int
    time_zone: str
    created_at: datetime
    expires_at: datetime | None

    @strawberry.field
    async def balance(self) -> StockMoney:
        wallet = await LedgerAccount.get(id=self.row.id)
        return StockMoney(amount=wallet.balance, currency_code=self.row.currency_code)

    @strawberry.field
    def credit_limit(self) -> StockMoney:
        return StockMoney(amount=self.row.credit_limit, currency_code=self.row.currency_code)

    @strawberry.field
    async def rate_group(self) -> StockNamed | None:
        found = await RateGroup.get_or_none(id=self.row.rate_group_id)
        return StockNamed(name=found.name) if found else None

    @strawberry.field
    async def reseller(self) -> StockReseller | None:
        if self.row.reseller_id is None:
            return None
        found = await Account.get(id=self.row.reseller_id)
        return StockReseller(number=found.number, company=found.company)

    @strawberry.field
    async def localization(self) -> StockNamed | None:
        found = await Localization.get_or_none(id=self.row.localization_id)
        return StockNamed(name=found.name) if found else None

    @strawberry.field
    async def sip_devices(self, first: int = 25) -> StockDevices:
        rows = await SipDevice.filter(account_id=self.row.id).order_by("-created_at").limit(first)
        return StockDevices(
            nodes=[StockDevice(username=row.username, status=row.status) for row in rows]
        )

    @strawberry.field
    async def dids(self, first: int = 25) -> StockDids:
        rows = await Did.filter(account_id=self.row.id).order_by("-assigned_at").limit(first)
        return StockDids(nodes=[StockDid(number=row.number) for row in rows])


@strawberry.type
class StockCustomers:
    nodes: list[StockCustomer]


@strawberry.type
class StockQuery:
    @strawberry.field
    async def customers(self, first: int = 25) -> StockCustomers:
        rows = (
            await Account.filter(kind__in=["CUSTOMER", "PROVIDER"], status__not="DELETED")
            .order_by("-created_at", "-id")
            .limit(first)
        )
        return StockCustomers(nodes=[_customer(row) for row in rows])


def _customer(row: Account) -> StockCustomer:
    return StockCustomer(
        row=row,
        id=strawberry.ID(str(row.id)),
        number=row.number,
        kind=row.kind,
        type=row.type,
        status=row.status,
        first_name=row.first_name,
        last_name=row.last_name,
        company=row.company,
        email=row.email,
        phone=row.phone,
        concurrent_calls=row.concurrent_calls,
        time_zone=row.time_zone,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def stock_schema() -> strawberry.Schema:
    """The schema of that part."""
    return strawberry.Schema(query=StockQuery)
