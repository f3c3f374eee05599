"""What many types share: the interface of everything with a global id, and an amount of money.

Neither has a table; the types that use them bring the columns.
"""

from decimal import Decimal

import strawberry

from schema.reads.declare import key
from schema.reads.rows import interface
from schema.scalars import CurrencyCode


@interface(description="Anything with a global id.")
class Node:
    """Relay's node."""

    id: strawberry.ID = key()


@strawberry.type(description="An exact amount in one currency.")
class Money:
    """Declared by `embedded(amount=…, currency_code=…)`, or made whole by a resolver."""

    amount: Decimal = strawberry.field(description="The amount; negative: owed.")
    currency_code: CurrencyCode = strawberry.field(description="Its currency.")
