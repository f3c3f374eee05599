"""Statements of account: the balance at both ends of a period, and every line between."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import strawberry

from models.links import Link, url_of
from models.money.statement import AccountStatement, Period, statement_of
from schema.context import Info
from schema.filters import NOBODY, DateTimeRange
from schema.inputs import any_row_id
from schema.money.invoice import LINK_LIVES
from schema.money.movements import NEWEST_CHARGE, Charge
from schema.paging import Connection
from schema.permissions import requires
from schema.reads import Listing, Money, loaded
from schema.scalars import CurrencyCode

# The attribute holds the account and the two ends of the period, as texts.
_LINES = Listing(
    order=NEWEST_CHARGE,
    on="""{t}.ledger_account_id = ({value})[1]::uuid
          AND {t}.recorded_at >= ({value})[2]::timestamptz
          AND {t}.recorded_at < ({value})[3]::timestamptz""",
)


@strawberry.type(description="What an account had, was charged and was given in a period.")
class Statement:
    """Requirement heading: Charge History."""

    held: strawberry.Private[list[str]]
    opening: Money = strawberry.field(description="The balance at the begin.")
    closing: Money = strawberry.field(description="The balance at the end.")
    debits: Money = strawberry.field(description="What was taken, as a positive amount.")
    credits: Money = strawberry.field(description="What came in.")
    download_url: str = strawberry.field(
        description="All of it as CSV; for the asking principal, for a day."
    )
    lines: Connection[Charge] = loaded(
        "held",
        many=_LINES,
        sql_type="text[]",
        permission="billing:read",
        description="Every line of the period, newest first.",
    )


async def _statement(
    info: Info,
    account_id: Annotated[
        strawberry.ID, strawberry.argument(description="A customer, provider or reseller.")
    ],
    between: Annotated[DateTimeRange, strawberry.argument(description="The period.")],
) -> Statement | None:
    viewer = info.context.signed_in
    account = any_row_id(("Customer", "Reseller"), account_id) or NOBODY
    found = await statement_of(viewer, account, Period(between.from_, between.to))
    if found is None:
        return None
    until = datetime.now(UTC) + LINK_LIVES
    link = Link("statement", account, viewer.principal_id, until, found.period.text())
    return Statement(
        held=[str(account), between.from_.isoformat(), between.to.isoformat()],
        opening=_money(found, found.opening),
        closing=_money(found, found.closing),
        debits=_money(found, found.debits),
        credits=_money(found, found.credits),
        download_url=url_of(link),
    )


def _money(found: AccountStatement, amount: Decimal) -> Money:
    return Money(amount=amount, currency_code=CurrencyCode(found.currency_code))


@strawberry.type
class StatementQueries:
    """For accounts one sees."""

    statement: Statement | None = strawberry.field(
        resolver=_statement,
        metadata=requires("billing:read"),
        description="The account's statement; null when there is none that the viewer sees.",
    )
