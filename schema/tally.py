"""How many of a kind: what previews and audits count."""

from collections.abc import Iterable

import strawberry
from strawberry.utils.str_converters import to_camel_case

from models.money.reconciliation import Tally as Counted


@strawberry.type(description="How many of a kind there are.")
class Tally:
    """Kinds are tables by their names in the API, or what is wrong in words."""

    kind: str = strawberry.field(description="What was counted, such as sipDevices.")
    count: int = strawberry.field(description="How many.")


def tallies(counted: Iterable[Counted]) -> list[Tally]:
    """Counts of the models as the API says them."""
    return [Tally(kind=to_camel_case(each.kind), count=each.count) for each in counted]
