"""The house's currencies and their rates against the base currency.

A rate once used is frozen in the posting's lines; a new rate never touches what has happened.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Currency(Model):
    """A currency of ISO 4217; only active ones may be chosen for an account."""

    code = fields.CharField(max_length=3, primary_key=True)
    minor_digits = fields.SmallIntField()  # JPY 0, USD 2, KWD 3: what documents round to
    is_active = fields.BooleanField(default=True)

    class Meta:
        table = "currencies"


class CurrencyRate(Model):
    """Units of a currency for one unit of the base currency, from an instant on."""

    id = fields.BigIntField(primary_key=True, generated=True)
    currency_code = fields.CharField(max_length=3)  # of `currencies`
    rate = fields.DecimalField(20, 10)
    valid_from = fields.DatetimeField()

    class Meta:
        table = "currency_rates"
        unique_together = (("currency_code", "valid_from"),)
