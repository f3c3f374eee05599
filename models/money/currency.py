"""The house's currencies and their rates against the base currency.

A rate once used is frozen in the posting's lines; a new rate never touches what has happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.models import Model

from models.access import audit
from models.database import raw, transaction
from models.rules.errors import DomainError, ErrorCode
from models.rules.payment_chain import Member, Rates
from models.rules.viewer import Viewer

_CURRENCIES = UUID("4d1f2f3a-8f0e-4b0e-9a55-1c9a3d2b7e10")  # namespace of their ids in the trail

RATE_LIMIT = Decimal(10) ** 10  # numeric(20,10)


class Currency(Model):
    """A currency of ISO 4217; only active ones may be chosen for an account."""

    code = fields.CharField(max_length=3, primary_key=True)
    minor_digits = fields.SmallIntField()  # JPY 0, USD 2, KWD 3: what documents round to
    is_active = fields.BooleanField(default=True)

    class Meta:
        table = "currencies"

    @staticmethod
    async def switch(tx: BaseDBAsyncClient, code: str, *, is_active: bool) -> None:
        """Let new accounts choose a currency, or no longer. Raises NOT_FOUND."""
        status = await raw(tx).execute(
            "UPDATE currencies SET is_active = $2 WHERE code = $1", code, is_active
        )
        if status == "UPDATE 0":
            raise DomainError(ErrorCode.NOT_FOUND, ("code",), "There is no such currency.")


async def set_rate(
    viewer: Viewer, code: str, rate: Decimal, *, is_active: bool, now: datetime
) -> None:
    """Quote a rate from now on, and let new accounts choose the currency or no longer.

    Raises NOT_FOUND, OUT_OF_RANGE, and IMMUTABLE for another rate than 1 of the base currency.
    """
    async with transaction() as tx:
        before = (await CurrencyRate.of(tx, [code])).get(code)
        if await raw(tx).fetchval(_IS_BASE, code):
            if rate != 1:
                sentence = "One unit of the base currency is always one of itself."
                raise DomainError(ErrorCode.IMMUTABLE, ("rate",), sentence)
        else:
            await CurrencyRate.quote(tx, code, rate, now)
        await Currency.switch(tx, code, is_active=is_active)
        changes = audit.differences({"rate": before}, {"rate": rate})
        subject = audit.Subject("Currency", uuid5(_CURRENCIES, code), code)
        told = [*changes, audit.FieldChange("active", None, is_active)]
        await audit.record(viewer, "currencyRateSet", subject, told)


class CurrencyRate(Model):
    """Units of a currency for one unit of the base currency, from an instant on."""

    id = fields.BigIntField(primary_key=True, generated=True)
    currency_code = fields.CharField(max_length=3)  # of `currencies`
    rate = fields.DecimalField(20, 10)
    valid_from = fields.DatetimeField()

    class Meta:
        table = "currency_rates"
        unique_together = (("currency_code", "valid_from"),)

    @staticmethod
    async def quote(tx: BaseDBAsyncClient, code: str, rate: Decimal, valid_from: datetime) -> None:
        """Set the rate that counts from an instant on. Raises OUT_OF_RANGE and NOT_FOUND."""
        if not rate.is_finite() or not 0 < rate < RATE_LIMIT:
            message = "A rate must be above zero and below ten thousand million."
            raise DomainError(ErrorCode.OUT_OF_RANGE, ("rate",), message)
        status = await raw(tx).execute(_QUOTE, code, rate, valid_from)
        if status == "INSERT 0 0":
            raise DomainError(ErrorCode.NOT_FOUND, ("code",), "There is no such currency.")

    @staticmethod
    async def between(tx: BaseDBAsyncClient, chains: Iterable[Sequence[Member]]) -> Rates:
        """Today's rates of the currencies that meet in these chains; none where none do."""
        sets = [{member.currency_code for member in chain} for chain in chains]
        needed: set[str] = set().union(*(codes for codes in sets if len(codes) > 1))
        return await CurrencyRate.of(tx, needed) if needed else {}

    @staticmethod
    async def of(tx: BaseDBAsyncClient, codes: Iterable[str]) -> Rates:
        """Today's rates of the currencies among `codes` that have one."""
        rows = await raw(tx).fetch(_RATES, list(codes))
        return {row["code"]: row["rate"] for row in rows}


_IS_BASE = "SELECT base_currency = $1 FROM settings"

_QUOTE = """
    INSERT INTO currency_rates AS r (currency_code, rate, valid_from)
    SELECT code, $2, $3 FROM currencies WHERE code = $1
    ON CONFLICT (currency_code, valid_from) DO UPDATE SET rate = excluded.rate
"""

# The base currency is one unit of itself, whatever anybody quotes.
_RATES = """
    SELECT base_currency AS code, 1::numeric AS rate FROM settings
    WHERE base_currency = ANY ($1::text[])
    UNION ALL
    (SELECT DISTINCT ON (currency_code) currency_code, rate FROM currency_rates
     WHERE currency_code = ANY ($1::text[]) AND valid_from <= now()
       AND currency_code NOT IN (SELECT base_currency FROM settings)
     ORDER BY currency_code, valid_from DESC)
"""
