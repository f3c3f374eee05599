"""Currencies: which are in use, and what one of the base currency is in each."""

from datetime import UTC, datetime
from decimal import Decimal

import strawberry

from models.money.currency import set_rate
from schema.context import Info
from schema.inputs import optional, required, said
from schema.mutations import mutation
from schema.payloads import Payload
from schema.permissions import SIGNED_IN
from schema.reads import EVERYONE, Order, Source, column, loaded, root_items, row
from schema.scalars import CurrencyCode

CURRENCIES = Source(table="currencies", key="code", key_type="text", visible=EVERYONE)

# The rate that counts now; a later one may be waiting.
_NOW = """(SELECT r.{0} FROM currency_rates r
    WHERE r.currency_code = {{t}}.code AND r.valid_from <= now()
    ORDER BY r.valid_from DESC LIMIT 1)"""

_ONE = "(SELECT 1 FROM settings s WHERE s.base_currency = {t}.code)"


@row(CURRENCIES, description="A currency of ISO 4217.")
class Currency:
    """Accounts may only be opened in active ones."""

    code: CurrencyCode = column(description="ISO 4217.")
    minor_digits: int = column(description="Digits behind the point on documents.")
    active: bool = column("is_active", description="Whether new accounts can have it.")
    rate: Decimal | None = column(
        f"coalesce({_ONE}, {_NOW.format('rate')})",
        description="Units of it for one of the base currency; null: none is set.",
    )
    valid_from: datetime | None = column(
        _NOW.format("valid_from"), description="Since when the rate counts."
    )


@strawberry.type
class CurrencyQueries:
    """For everybody who is signed in."""

    currencies: list[Currency] = root_items(
        order=Order("code", "text"),
        permission=SIGNED_IN,
        description="All currencies, by code.",
    )


@strawberry.input(description="What one unit of the base currency is in another one, from now on.")
class CurrencyRateSetInput:
    """Repeats without harm; what has been posted keeps its rate."""

    code: CurrencyCode = required("ISO 4217.")
    rate: Decimal = required("Units of it for one of the base currency; above zero.")
    active: bool | None = optional("Whether new accounts can have it.", default=True)


@strawberry.type(description="What currencyRateSet answers.")
class CurrencyRateSetPayload(Payload):
    """The currency with its new rate."""

    currency_code: strawberry.Private[str | None] = None
    currency: Currency | None = loaded(
        "currency_code", sql_type="text", description="The currency."
    )


@strawberry.type
class CurrencyMutations:
    """For the administration."""

    @mutation(permission="settings:write", description="Sets the exchange rate of a currency.")
    async def currency_rate_set(
        self,
        info: Info,
        input: CurrencyRateSetInput,
    ) -> CurrencyRateSetPayload | None:
        """Quote a rate."""
        is_active = bool(said(input.active, otherwise=True))
        viewer, now = info.context.signed_in, datetime.now(UTC)
        await set_rate(viewer, input.code, input.rate, is_active=is_active, now=now)
        return CurrencyRateSetPayload(currency_code=input.code)
