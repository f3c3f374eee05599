"""Lists as SQL: whole ones, and pages of a connection with cursors, count and groups.

A page is read by its index: rows first, limited, and only then what is shown of them.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from graphql import FieldNode, GraphQLObjectType, get_named_type

from schema.paging import Connection
from schema.reads.asked import ask
from schema.reads.collect import Picked
from schema.reads.forms import Grouped, form_of
from schema.reads.frame import Frame
from schema.reads.leaves import cursor
from schema.reads.ranges import Place, Rows, where
from schema.reads.text import NULL, Text
from schema.reads.work import Work

_ROWS: Final = ("nodes", "edges")
Column = tuple[str, list[FieldNode], bool]  # its name, what is asked of a row, whether as an edge


class ItemSql(Protocol):
    """What is shown of a row, as SQL; replaced: templates instead of those of its type."""

    def __call__(
        self,
        work: Work,
        frame: Frame,
        type_: GraphQLObjectType,
        nodes: Sequence[FieldNode],
        replaced: Mapping[str, str] = ...,
        /,
    ) -> str:
        """The object as JSON text."""


def is_connection(type_: GraphQLObjectType) -> bool:
    """Whether a type is a page of a list."""
    definition = type_.extensions.get("strawberry-definition")
    return definition is not None and issubclass(definition.origin, Connection)


def item_of(type_: GraphQLObjectType) -> GraphQLObjectType:
    """What a connection's pages are of."""
    item = get_named_type(type_.fields["nodes"].type)
    assert isinstance(item, GraphQLObjectType)  # noqa: S101 - an interface has no source of its own
    return item


def whole_list(work: Work, place: Place, item_sql: ItemSql) -> str:
    """All items in a JSON array."""
    asked = ask(work.statement, place.picked.site(), place.listing, place.item)
    rows = Rows(work, place, asked)
    frame = rows.frame()
    conditions = rows.conditions(frame)
    keys = [f"{key} {rows.direction}" for key in rows.keys(frame)]
    item = item_sql(work, frame, place.item, place.picked.nodes)
    return array(
        f"SELECT {item} FROM {frame.tables()}{where(conditions)} ORDER BY {', '.join(keys)}"
    )


def array(select: str) -> str:
    """A JSON array of the texts that a select gives."""
    return f"('[' || array_to_string(ARRAY({select}), ',', 'null') || ']')"


def groups(frame: Frame, by: str, item: str, conditions: Sequence[str]) -> str:
    """A JSON array with an item for each group of the rows that the conditions find."""
    key = frame.put(by)
    rows = f"{frame.tables()}{where(conditions)}"
    return array(f"SELECT {item} FROM {rows} GROUP BY {key} ORDER BY {key}")


class Page:
    """One page of a connection."""

    def __init__(self, work: Work, place: Place, item_sql: ItemSql) -> None:
        self._work = work
        self._place = place
        self._item_sql = item_sql
        self._ask = ask(work.statement, place.picked.site(), place.listing, place.item)
        self._rows = Rows(work, place, self._ask)
        self._columns: list[Column] = []
        self._wants_cursors = self._wants_more = False

    def sql(self, type_: GraphQLObjectType) -> str:
        """The connection object as JSON text."""
        text = Text("{")
        fields = self._work.fields(type_, self._place.picked.nodes)
        asked = [picked.name for picked in fields]
        is_bare = "pageInfo" not in asked and sum(asked.count(name) for name in _ROWS) == 1
        for index, picked in enumerate(fields):
            text.say(f'{"," if index else ""}"{picked.key}":')
            if is_bare and picked.name in _ROWS:
                text.add(self._bare(picked))
            else:
                self._add(text, type_, picked)
        text.say("}")
        if not (self._columns or self._wants_cursors or self._wants_more):
            return text.sql()
        return f"(SELECT {text.sql()} FROM {self._page()})"

    def _bare(self, picked: Picked) -> str:
        """The rows alone, when nothing else is said of the page: half the steps for the server."""
        column = ("a0", picked.nodes, picked.name == "edges")
        return array(self._shown([column]))

    def _add(self, text: Text, type_: GraphQLObjectType, picked: Picked) -> None:
        form = None if picked.field is None else form_of(picked.field)
        if isinstance(form, Grouped):
            text.add(self._grouped(form, picked))
            return
        match picked.name:
            case "__typename":
                text.say(f'"{type_.name}"')
            case "totalCount":
                text.add(self._count())
            case "pageInfo":
                self._add_page_info(text, picked)
            case "nodes" | "edges":
                column = f"a{len(self._columns)}"
                self._columns.append((column, picked.nodes, picked.name == "edges"))
                items = f"s.{column}[{self._low()}:{self._high()}]"
                text.say("[").add(f"coalesce(array_to_string({items}, ',', 'null'), '')").say("]")

    # ------------------------------------------------------------------ where the page stands

    def _low(self) -> str:
        return f"(greatest(s.n - {self._ask.size}, 0) + 1)::int" if self._backward else "1"

    def _high(self) -> str:
        return "s.n::int" if self._backward else f"({self._ask.size})::int"

    @property
    def _backward(self) -> bool:
        return self._ask.asked.backward

    def _add_page_info(self, text: Text, picked: Picked) -> None:
        type_ = get_named_type(picked.field.type) if picked.field is not None else None
        assert isinstance(type_, GraphQLObjectType)  # noqa: S101 - PageInfo
        text.say("{")
        for index, inner in enumerate(self._work.fields(type_, picked.nodes)):
            text.say(f'{"," if index else ""}"{inner.key}":')
            self._add_info(text, inner.name)
        text.say("}")

    def _add_info(self, text: Text, name: str) -> None:
        asked = self._ask.asked
        if name == "__typename":
            text.say('"PageInfo"')
        elif name in {"startCursor", "endCursor"}:
            self._wants_cursors = True
            at = {"startCursor": self._low(), "endCursor": f"least(s.n::int, {self._high()})"}[name]
            place = f"CASE WHEN {self._ask.size} > 0 THEN s.c[{at}] END"
            text.add(f"""coalesce('"' || {place} || '"', {NULL})""")
        elif (name == "hasPreviousPage") == asked.backward:
            self._wants_more = True
            text.add(f"(s.n > {self._ask.size})::text")
        else:
            text.say("true" if (asked.before if asked.backward else asked.after) else "false")

    # ------------------------------------------------------------------------------- its rows

    def _page(self) -> str:
        columns = [f"array_agg(x.{name}) AS {name}" for name, _, _ in self._columns]
        if self._wants_cursors:
            columns.append("array_agg(x.c) AS c")
        columns.append("count(*) AS n")
        return f"(SELECT {', '.join(columns)} FROM ({self._shown(self._columns)}) AS x) AS s"

    def _shown(self, shown: Sequence[Column]) -> str:
        """What is shown of each row of the page, in the order of the list."""
        rows, keys = self._rows, self._rows.exported()
        frame = Frame(self._work.statement, self._place.source, self._place.owner)
        place = cursor(self._ask.mark, keys.texts(frame))
        columns = [
            f"{self._item(frame, nodes, place, edges=edges)} AS {name}"
            for name, nodes, edges in shown
        ]
        if self._wants_cursors:
            columns.append(f"{place} AS c")
        tables = frame.tables().removeprefix(f"{frame.source.table} AS {frame.alias}")
        order = ", ".join(f"{key} {rows.direction_shown}" for key in keys.names(frame))
        base = rows.limited(rows.frame(), keys, self._limit(), sorted(frame.columns))
        return (
            f"SELECT {', '.join(columns) or 'true'}"
            f" FROM ({base}) AS {frame.alias}{tables} ORDER BY {order}"
        )

    def _item(self, frame: Frame, nodes: list[FieldNode], place: str, *, edges: bool) -> str:
        if not edges:
            return self._item_sql(self._work, frame, self._place.item, nodes)
        connection = self._place.picked
        type_ = get_named_type(connection.field.type) if connection.field is not None else None
        assert isinstance(type_, GraphQLObjectType)  # noqa: S101 - a connection
        edge = get_named_type(type_.fields["edges"].type)
        assert isinstance(edge, GraphQLObjectType)  # noqa: S101 - an edge
        text = Text("{")
        for index, picked in enumerate(self._work.fields(edge, nodes)):
            text.say(f'{"," if index else ""}"{picked.key}":')
            if picked.name == "__typename":
                text.say(f'"{edge.name}"')
            elif picked.name == "cursor":
                text.say('"').add(place).say('"')
            else:
                text.add(self._item_sql(self._work, frame, self._place.item, picked.nodes))
        return text.say("}").sql()

    def _limit(self) -> str:
        """How many rows are read: one more when something must be known of what follows."""
        return f"{self._ask.size} + 1" if self._wants_more else self._ask.size

    # --------------------------------------------------------------- everything, not the page

    def _count(self) -> str:
        frame = self._rows.frame()
        conditions = where(self._rows.conditions(frame))
        return f"(SELECT count(*)::text FROM {frame.tables()}{conditions})"

    def _grouped(self, form: Grouped, picked: Picked) -> str:
        frame = self._rows.frame()
        conditions = self._rows.conditions(frame)
        group = get_named_type(picked.field.type) if picked.field is not None else None
        assert isinstance(group, GraphQLObjectType)  # noqa: S101 - its fields are aggregates
        item = self._item_sql(self._work, frame, group, picked.nodes, form.fields)
        return groups(frame, form.by, item, conditions)
