"""One row of a source inside a statement: its alias, its side tables, and who may see it.

Templates become SQL here and nowhere else.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from schema.reads.plan import Bind, Request, Statement
from schema.reads.source import VIEWER_VALUES, Source, Through, names_in

_ALL: Final = "(true)"
_COLUMNS_OF_ROW: Final = re.compile(r"\{t\}\.(\w+)")
_COLUMNS_OF_PARENT: Final = re.compile(r"\{p\}\.(\w+)")


@dataclass(slots=True)
class Frame:
    """A place in the statement where a row of the source is at hand.

    parent: the row it was reached from. linked: the column of this row that is the parent's id.
    values: placeholders for more names of its templates. columns: those of its row that were named.
    """

    statement: Statement
    source: Source
    parent: "Frame | None" = None
    linked: str = ""
    values: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    alias: str = ""
    sides: dict[str, str] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.alias = self.alias or self.statement.alias("t")

    def put(self, template: str) -> str:
        """A template as SQL; side tables it names are joined."""
        self.columns |= set(_COLUMNS_OF_ROW.findall(template))
        if self.parent is not None:
            self.parent.columns |= set(_COLUMNS_OF_PARENT.findall(template))
        return template.format_map({name: self._name(name) for name in names_in(template)})

    def tables(self) -> str:
        """What stands behind FROM; call it when every template of the row has been put."""
        joined = f"{self.source.table} AS {self.alias}"
        for name, alias in self.sides.items():
            side = self.source.joins[name]
            kind = "JOIN" if side.always else "LEFT JOIN"
            joined += f" {kind} {side.table} AS {alias} ON {self.put(side.on)}"
        return joined

    def column(self, name: str) -> str:
        """A column of the row."""
        self.columns.add(name)
        return f"{self.alias}.{name}"

    def key(self) -> str:
        """The column that is the row's key."""
        return self.column(self.source.key)

    def seen(self) -> list[str]:
        """The conditions under which a row is of this type and visible."""
        only = [self.put(self.source.only)] if self.source.only else []
        predicate = self._visible()
        return only if predicate == _ALL else [*only, predicate]

    def _visible(self) -> str:
        visible = self.source.visible
        if not isinstance(visible, Through):
            return f"({self.put(visible.predicate(self.statement.eyes))})"
        return self._seen_through(visible)

    def _seen_through(self, through: Through) -> str:
        owner = self._owner_at_hand(through)
        if owner is not None:
            return owner._visible()  # noqa: SLF001 - the same class
        owner = Frame(self.statement, through.owner)
        predicate = owner._visible()
        if predicate == _ALL:
            return predicate
        column = self.column(through.column)
        owned = (
            f"EXISTS (SELECT FROM {owner.tables()}"
            f" WHERE {owner.alias}.id = {column} AND {predicate})"
        )
        if through.unowned is None:
            return owned
        unowned = self.put(through.unowned.predicate(self.statement.eyes))
        return owned if unowned == "false" else f"(({column} IS NULL AND {unowned}) OR {owned})"

    def _owner_at_hand(self, through: Through) -> "Frame | None":
        """The parent's row seen as the owner, when that is the row the foreign key points to."""
        parent = self.parent
        if parent is None or self.linked != through.column:
            return None
        if parent.source.table != through.owner.table:
            return None
        return Frame(self.statement, through.owner, alias=parent.alias, columns=parent.columns)

    def _name(self, name: str) -> str:
        if name == "t":
            return self.alias
        if name == "p" and self.parent is not None:
            return self.parent.alias
        if name in self.source.joins:
            if name not in self.sides:
                self.sides[name] = self.statement.alias(name)
            return self.sides[name]
        if name in VIEWER_VALUES:
            return self.statement.parameter(name, VIEWER_VALUES[name], _VIEWER_BINDS[name])
        if name not in self.values:
            message = f"nothing is called {{{name}}} in a template over {self.source.table}"
            raise TypeError(message)
        return self.values[name]()


def _of_viewer(attribute: str) -> Bind:
    def bind(request: Request) -> object:
        return None if request.viewer is None else getattr(request.viewer, attribute)

    return bind


_VIEWER_BINDS: Final[Mapping[str, Bind]] = {
    "viewer": _of_viewer("account_id"),
    "reseller_ids": _of_viewer("reseller_ids"),
    "principal_id": _of_viewer("principal_id"),
    "session_id": _of_viewer("session_id"),
    "time_zone": _of_viewer("time_zone"),
}
