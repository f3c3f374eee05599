"""Which notification of the database makes a subscription read its row again.

A notification says only that something changed; what is answered is read with the viewer's eyes.
"""

from graphql import GraphQLField

_KEY = "woken_by"


def woken_by(channel: str) -> dict[str, object]:
    """Field metadata of a subscription: the NOTIFY channel whose payload is the row's id.

    The field takes one argument, `id`, a global id: `strawberry.field(metadata={**requires("…"),
    **woken_by("job")})`.
    """
    return {_KEY: channel}


def channel_of(field: GraphQLField) -> str | None:
    """The channel a compiled subscription field declares, or None."""
    definition = field.extensions.get("strawberry-definition")
    channel = None if definition is None else definition.metadata.get(_KEY)
    return channel if isinstance(channel, str) else None
