"""Where rows come from and who may see them: a table, its side tables, its visibility.

A source is SQL text written by us and checked when the schema is built; no input ever enters it.

In every template `{t}` is the row itself, `{p}` the parent row of a relation, `{w}` the side table
joined under the name `w`, `{viewer}`, `{reseller_ids}` and `{principal_id}` values of the viewer.
A bare column name (`"username"`) means `{t}.username`; `"w.balance"` means `{w}.balance`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from string import Formatter
from typing import Final

from models.rules.enums import Role
from models.rules.viewer import Viewer

VIEWER_VALUES: Final[Mapping[str, str]] = {
    "viewer": "uuid",  # the viewer's own account; null for staff
    "reseller_ids": "uuid[]",  # a reseller's subtree with itself, else empty
    "principal_id": "uuid",  # the person or account behind the session or API key
    "session_id": "uuid",  # the session the viewer came with; null with an API key
    "time_zone": "text",  # the viewer's zone
}


class Eyes(StrEnum):
    """Whose predicate a statement carries; part of a plan's key."""

    STAFF = "staff"
    RESELLER = "reseller"
    CUSTOMER = "customer"

    @classmethod
    def of(cls, viewer: Viewer) -> "Eyes":
        """The eyes a viewer looks with."""
        if viewer.is_staff:
            return cls.STAFF
        return cls.RESELLER if viewer.role is Role.RESELLER else cls.CUSTOMER


@dataclass(frozen=True, slots=True)
class Visible:
    """Which rows each kind of viewer sees: templates over `{t}`.

    subtree: the column with the owning reseller. Given instead of `reseller` it means
    `{t}.<subtree> = ANY({reseller_ids})`, and lists then read one index range a reseller.
    """

    reseller: str = ""
    customer: str = ""
    staff: str = "true"
    subtree: str = ""

    def predicate(self, eyes: Eyes) -> str:
        """The template for these eyes."""
        if eyes is Eyes.STAFF:
            return self.staff
        if eyes is Eyes.CUSTOMER:
            return self.customer
        return f"{{t}}.{self.subtree} = ANY({{reseller_ids}})" if self.subtree else self.reseller

    def __post_init__(self) -> None:
        if not self.customer or bool(self.reseller) == bool(self.subtree):
            message = "say what a customer sees, and either `reseller` or `subtree`"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Through:
    """Rows are seen by whoever sees the row they belong to.

    column: the foreign key; owner: the source of the other row, found by its `id`. unowned: who
    sees rows that belong to nobody; None: staff alone.
    """

    column: str
    owner: "Source"
    unowned: Visible | None = None


EVERYONE: Final = Visible(reseller="true", customer="true")
"""For rows that every signed-in viewer sees, such as products."""

STAFF_ONLY: Final = Visible(reseller="false", customer="false")
"""For rows of the administration."""


@dataclass(frozen=True, slots=True)
class Join:
    """A side table with exactly one row, or none, for each row of the source.

    on: a template over `{t}` and `{<name>}`, the name the source gives it. always: no row of the
    source is without one, so a list ordered by its column may start from its index.
    """

    table: str
    on: str
    always: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """The rows behind one GraphQL type.

    visible: who sees a row. permission: what a viewer needs to read any of it ("" = what the root
    field asks for is enough). only: which rows of a shared table are of this type. listed: which
    rows a list shows unless a filter says otherwise (`lifts_listed`). key: the unique column that
    ends every ordering and stands in the global id; key_type: its SQL type. joins: side tables.
    """

    table: str
    visible: Visible | Through
    permission: str = ""
    only: str = ""
    listed: str = ""
    key: str = "id"
    key_type: str = "uuid"
    joins: Mapping[str, Join] = field(default_factory=dict)


def through(column: str, owner: Source, *, unowned: Visible | None = None) -> Through:
    """Visible to whoever sees the `owner` row that `column` points to."""
    return Through(column, owner, unowned)


def names_in(text: str) -> set[str]:
    """The names in braces of a template."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}
