"""The rows of a list: which ones, in which order, and where a page of them begins and ends.

A cursor is compared with whole rows of keys, so that it is a condition of the index.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from graphql import GraphQLObjectType

from models.rules.filters import template
from schema.reads.asked import Ask
from schema.reads.collect import Picked
from schema.reads.forms import Listing
from schema.reads.frame import Frame
from schema.reads.source import Eyes, Source, Visible
from schema.reads.work import Work


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list stands: its field, what it lists, and the row that owns it.

    values: placeholders for more names of its templates.
    """

    picked: Picked
    listing: Listing
    source: Source
    item: GraphQLObjectType
    owner: Frame | None
    values: Mapping[str, Callable[[], str]] = field(default_factory=dict)


def where(conditions: Sequence[str]) -> str:
    """Conditions behind WHERE."""
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of an ordering outside the select that made them."""

    by: str
    exported: bool

    def names(self, frame: Frame) -> tuple[str, str]:
        """Their columns."""
        by = f"{frame.alias}.order_key" if self.exported else frame.put(self.by)
        return by, frame.key()

    def texts(self, frame: Frame) -> tuple[str, ...]:
        """Their values as text, for a cursor."""
        return tuple(f"({name})::text" for name in self.names(frame))


class Rows:
    """The rows of a list: which ones, in which order."""

    def __init__(self, work: Work, place: Place, asked: Ask) -> None:
        self._work = work
        self._place = place
        self._ask = asked
        self.direction = "DESC" if asked.descending else "ASC"
        self.direction_shown = "DESC" if asked.order.descending else "ASC"

    def frame(self) -> Frame:
        """A row of it."""
        place, linked = self._place, self._place.listing.linked
        return Frame(self._work.statement, place.source, place.owner, linked, place.values)

    def keys(self, frame: Frame) -> tuple[str, str]:
        """What it is ordered by; the last one is unique."""
        return frame.put(self._ask.order.by), frame.key()

    def exported(self) -> Keys:
        """The same, for what stands around the select."""
        by = self._ask.order.by
        plain = by.startswith("{t}.") and by.removeprefix("{t}.").isidentifier()
        return Keys(by, exported=not plain)

    def conditions(self, frame: Frame, *, seen: bool = True) -> list[str]:
        """Everything but the place; without `seen` the viewer's predicate is left to the caller."""
        place, source = self._place, self._place.source
        found = [frame.put(place.listing.on)] if place.listing.on else []
        if seen:
            found += frame.seen()
        elif source.only:
            found.append(frame.put(source.only))
        if source.listed and not self._ask.lifts_listed:
            found.append(frame.put(source.listed))
        return found + self._ask.conditions(frame)

    def limited(self, frame: Frame, keys: Keys, limit: str, columns: Sequence[str]) -> str:
        """The first rows behind the cursors; of a subtree, the first of each reseller, merged.

        Only these columns are carried on: a wide row costs more than all that is shown of it.
        """
        subtree = self._subtree()
        conditions = self.conditions(frame, seen=not subtree)
        by = self.keys(frame)
        conditions += self._places(frame, by)
        order = ", ".join(f"{key} {self.direction}" for key in by)
        if subtree:
            owner = self._work.statement.alias("r")
            conditions.append(f"{frame.alias}.{subtree} = {owner}.id")
        shown = ", ".join(f"{frame.alias}.{name}" for name in columns)
        if keys.exported:
            shown += f", {by[0]} AS order_key"
        select = (
            f"SELECT {shown} FROM {frame.tables()}{where(conditions)}"
            f" ORDER BY {order} LIMIT {limit}"
        )
        return self._merged(select, keys, owner, limit) if subtree else select

    def _merged(self, select: str, keys: Keys, owner: str, limit: str) -> str:
        merged = Frame(self._work.statement, self._place.source)
        ids = merged.put("{reseller_ids}")
        order = ", ".join(f"{key} {self.direction}" for key in keys.names(merged))
        return (
            f"SELECT {merged.alias}.* FROM unnest({ids}) AS {owner}(id)"
            f" CROSS JOIN LATERAL ({select}) AS {merged.alias} ORDER BY {order} LIMIT {limit}"
        )

    def _subtree(self) -> str:
        """The column by which a page is read one reseller at a time.

        Only the list's own order has such an index, and only a filter that finds little by an
        index of its own does better without it.
        """
        visible, listing = self._place.source.visible, self._place.listing
        is_root = self._place.owner is None and not listing.on
        if not is_root or self._work.statement.eyes is not Eyes.RESELLER:
            return ""
        if template(listing.order.by) != self._ask.order.by or self._ask.finds_by_itself:
            return ""
        return visible.subtree if isinstance(visible, Visible) else ""

    def _places(self, frame: Frame, by: tuple[str, str]) -> list[str]:
        types = (self._ask.order.sql_type, self._place.source.key_type)
        asked = self._ask.asked
        names = [name for name in ("after", "before") if getattr(asked, name)]
        return [self._ask.place(frame, name, by, types) for name in names]
