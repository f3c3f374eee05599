"""The fields at the root of a query or subscription that are read by the compiler.

Each states its permission; what it finds is cut to what the viewer sees.
"""

from typing import Any, Required, Unpack

import strawberry

from schema.reads.declare import (
    ListShape,
    Spoken,
    argument,
    declared,
    list_arguments,
    listing,
    said,
)
from schema.reads.forms import Argument, RootList, RootNode, RootOne
from schema.wakeups import woken_by

BY_ID = Argument("id", strawberry.ID, "{t}.id = {value}", "uuid", "A global id.", of="*")


class RootSaid(Spoken, total=False):
    """A root field states its permission: a word of the catalogue, SIGNED_IN or PUBLIC."""

    permission: Required[str]


class RootOptions(ListShape, total=False):
    """A root list states its permission too."""

    permission: Required[str]


def root_list(**options: Unpack[RootOptions]) -> Any:
    """A connection of everything the viewer sees."""
    return _root_list(options, paged=True)


def root_items(**options: Unpack[RootOptions]) -> Any:
    """The same as a plain list, for lists that are short by nature."""
    return _root_list(options, paged=False)


def root_one(by: Argument = BY_ID, **words: Unpack[RootSaid]) -> Any:
    """One object by its `id`, or by another argument; null when it does not exist or is hidden."""
    return declared(RootOne(by), [argument(by.name, by.type, by.description)], **words)


def root_only(condition: str = "true", **words: Unpack[RootSaid]) -> Any:
    """The one object that a condition over `{t}` and the viewer finds, such as the settings."""
    return declared(RootOne(None, condition), **words)


def watched(
    channel: str, over: str = "", *, pause_seconds: float = 0.0, **words: Unpack[RootSaid]
) -> Any:
    """A subscription field: the object of its `id`, read again at each NOTIFY on `channel`.

    over: a query of one boolean, `$1` the row's id, that says when nothing more will come.
    pause_seconds: the least time between two events.
    """
    taken = [argument(BY_ID.name, BY_ID.type, BY_ID.description)]
    waking = woken_by(channel, over, pause_seconds)
    return declared(RootOne(BY_ID), taken, metadata=waking, **words)


def root_node(**words: Unpack[RootSaid]) -> Any:
    """Any object by its global id; null when it does not exist or is hidden."""
    return declared(RootNode(), [argument("id", strawberry.ID, "A global id.")], **words)


def root_nodes(**words: Unpack[RootSaid]) -> Any:
    """Objects by their global ids, in their order; null for each that is hidden."""
    taken = [argument("ids", list[strawberry.ID], "At most 100 global ids.")]
    return declared(RootNode(many=True), taken, **words)


def _root_list(options: RootOptions, *, paged: bool) -> Any:
    shape = listing(options, paged=paged)
    return declared(RootList(shape), list_arguments(shape), **said(options, options["permission"]))
