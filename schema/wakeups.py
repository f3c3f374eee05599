"""Which notification of the database makes a subscription read its row again.

A notification says only that something changed; what is answered is read with the viewer's eyes.
"""

from dataclasses import dataclass

from graphql import GraphQLField

_KEY = "woken_by"


@dataclass(frozen=True, slots=True)
class WokenBy:
    """What is waited for.

    channel: of NOTIFY; its payload is the row's id. over: a query of one boolean, `$1` the row's
    id, that says when nothing more will come; "": never. pause_seconds: between two events; what
    happens meanwhile is in the next one.
    """

    channel: str
    over: str = ""
    pause_seconds: float = 0.0


def woken_by(channel: str, over: str = "", pause_seconds: float = 0.0) -> dict[str, object]:
    """Field metadata of a subscription, which takes one argument `id`, a global id.

    `strawberry.field(metadata={**requires("…"), **woken_by("jobs")})`
    """
    return {_KEY: WokenBy(channel, over, pause_seconds)}


def wake_of(field: GraphQLField) -> WokenBy | None:
    """What wakes a compiled subscription field, or None."""
    definition = field.extensions.get("strawberry-definition")
    found = None if definition is None else definition.metadata.get(_KEY)
    return found if isinstance(found, WokenBy) else None
