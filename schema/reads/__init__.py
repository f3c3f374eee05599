"""A document becomes one SQL statement.

Fields are declared here; what they mean is said by the types of the neighbouring rooms.
"""

from schema.reads.declare import (
    aggregate,
    column,
    computed,
    embedded,
    grouped,
    json_items,
    key,
    loaded,
    reference,
    to_list,
    to_many,
    to_one,
)
from schema.reads.execute import Prepared, answer, prepare, statements
from schema.reads.forms import Argument, Between, Listing, Order, OrderBy
from schema.reads.install import installed
from schema.reads.roots import (
    root_items,
    root_list,
    root_node,
    root_nodes,
    root_one,
    root_only,
    watched,
)
from schema.reads.rows import interface, node, part, row
from schema.reads.shared import Money, Node
from schema.reads.source import EVERYONE, STAFF_ONLY, Join, Source, Visible, through

__all__ = [
    "EVERYONE",
    "STAFF_ONLY",
    "Argument",
    "Between",
    "Join",
    "Listing",
    "Money",
    "Node",
    "Order",
    "OrderBy",
    "Prepared",
    "Source",
    "Visible",
    "aggregate",
    "answer",
    "column",
    "computed",
    "embedded",
    "grouped",
    "installed",
    "interface",
    "json_items",
    "key",
    "loaded",
    "node",
    "part",
    "prepare",
    "reference",
    "root_items",
    "root_list",
    "root_node",
    "root_nodes",
    "root_one",
    "root_only",
    "row",
    "statements",
    "through",
    "to_list",
    "to_many",
    "to_one",
    "watched",
]
