"""Switches as the administration sees them: where each is, whether it answers, what it lags behind.

Their credentials are never here.
"""

from datetime import datetime

import strawberry

from models.rules.enums import SwitchKind, SwitchNodeState
from schema.enumerations import enumeration
from schema.reads import STAFF_ONLY, Node, Order, Source, column, node, root_items

# A switch that answers has followed within a second or two.
_STUCK = """
(SELECT count(*) FROM device_nodes f WHERE f.node_id = {t}.id
    AND f.applied_generation < f.wanted_generation AND f.since < now() - interval '1 minute')
"""

enumeration(
    SwitchKind,
    description="The software of a switch.",
    values={
        "FREESWITCH": "FreeSWITCH: asks the directory, is told things by its event socket.",
        "KAMAILIO": "Kamailio: reads the database's views, is told things by JSON-RPC.",
    },
)
enumeration(
    SwitchNodeState,
    description="Whether a switch takes part.",
    values={
        "ACTIVE": "It takes part.",
        "UNREACHABLE": "It takes part but does not answer; what it missed waits for it.",
        "DRAINING": "People take it out of use: it is told and may ask as before.",
        "RETIRED": "It is refused, and nothing waits for it any more.",
    },
)

SWITCH_NODES = Source(table="switch_nodes", visible=STAFF_ONLY, permission="switches:write")


@node(SWITCH_NODES, description="A switch that asks the directory and is told of changes.")
class SwitchNode(Node):
    """For the administration only."""

    version: int = column(description="Rises with each change; send it back to change safely.")
    name: str = column(description="What people call it.")
    kind: SwitchKind = column(description="Its software.")
    address: str = column(
        "coalesce({t}.address, '')",
        description="host:port of the event socket or the RPC's URL; empty: it is told nothing.",
    )
    profiles: list[str] = column(description="The SIP profiles that devices register at.")
    state: SwitchNodeState = column(description="Whether it takes part.")
    last_seen_at: datetime | None = column(description="When it last asked or answered.")
    last_swept_at: datetime | None = column(
        description="When its registrations were last compared with who may register."
    )
    stuck_devices: int = column(
        _STUCK,
        description="Devices it has not followed for more than a minute.",
    )
    last_error: str | None = column(description="Why it last did not do as told.")


@strawberry.type
class SwitchNodeQueries:
    """For the administration only."""

    switch_nodes: list[SwitchNode] = root_items(
        order=Order("name", "text"),
        permission="switches:write",
        description="Every switch, retired ones included, by name.",
    )
