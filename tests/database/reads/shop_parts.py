"""Types of the small world that lead nowhere."""

from decimal import Decimal
from typing import Any

import strawberry

from schema.reads import Node, column, node, part
from tests.database.reads.shop_tables import PLANS, TAXES, State


@part(description="Where somebody lives.")
class Address:
    """Columns of the person."""

    line1: str | None = column(description="Street.")
    city: str | None = column(description="City.")


@part(description="When to warn.")
class Alert:
    """Columns of the person."""

    below: Decimal | None = column("alert", description="Below what.")
    active: bool = column(description="Whether at all.")


@strawberry.type(description="A remark.")
class Note:
    """An element of a jsonb array."""

    word: State = strawberry.field(description="A word.")
    text: str | None = strawberry.field(description="What.")
    path: list[str] = strawberry.field(description="Where.")
    amount: Decimal | None = strawberry.field(description="How much.")
    number: int = strawberry.field(description="Which.")


@node(PLANS, description="A plan.")
class Plan(Node):
    """Seen by everybody."""

    name: str = column(description="Name.")
    price: Decimal = column(description="Price.")


@node(TAXES, description="A tax.")
class Tax(Node):
    """Seen by everybody."""

    name: str = column(description="Name.")


def told(row: Any, _info: object) -> str:
    """A computed field."""
    return f"{row['number']} in {row['city']}"


async def told_later(row: Any, _info: object) -> int:
    """A computed field that waits."""
    return int(row["calls"]) + 1
