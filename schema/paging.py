"""Pages of a list: connection, edge, page information, and the cursor that continues one.

A cursor is a place in one ordering of one type; it proves nothing and grants nothing.
"""

from typing import Generic, TypeVar

import strawberry

from schema.scalars import Cursor

Item = TypeVar("Item")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's page information."""

    has_next_page: bool = strawberry.field(description="Whether items follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether items come before this page.")
    start_cursor: Cursor | None = strawberry.field(
        description="The place of the first item; null on an empty page."
    )
    end_cursor: Cursor | None = strawberry.field(
        description="The place of the last item; null on an empty page."
    )


@strawberry.type(description="One item of a page and its place.")
class Edge(Generic[Item]):
    """Relay's edge."""

    cursor: Cursor = strawberry.field(description="The place of this item.")
    node: Item = strawberry.field(description="The item.")


@strawberry.type(description="One page of a list: 25 items unless first or last says otherwise.")
class Connection(Generic[Item]):
    """Relay's connection; `Connection[Customer]` is `CustomerConnection` in the schema."""

    edges: list[Edge[Item]] = strawberry.field(description="The items of the page with cursors.")
    nodes: list[Item] = strawberry.field(description="The items of the page.")
    page_info: PageInfo = strawberry.field(description="Whether and where the list goes on.")
    total_count: int = strawberry.field(
        description="How many items the filter matches on all pages; counted only when asked for."
    )
