"""What compiling one statement carries from place to place.

hidden: the answer goes through resolvers, so it also carries what they need and the caller does
not see: type names, columns of computed fields. Then a field that the viewer may not read is left
out for its resolver to refuse; else the whole statement is refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graphql import FieldNode, GraphQLObjectType

from schema.reads.collect import Document, Picked, picked
from schema.reads.plan import Statement
from schema.refusals import Code, Refusal


@dataclass(frozen=True, slots=True)
class Work:
    """One statement in the making."""

    document: Document
    statement: Statement
    hidden: bool

    def fields(self, type_: GraphQLObjectType, nodes: Iterable[FieldNode]) -> list[Picked]:
        """What the selections of these nodes ask of an object of this type."""
        selections = [node.selection_set for node in nodes]
        return picked(self.document, self.statement, type_, selections)

    def may(self, demanded: Sequence[str]) -> bool:
        """Whether the viewer has one of these. Raises FORBIDDEN where no resolver could."""
        if not demanded or any(self.holds(permission) for permission in demanded):
            return True
        if self.hidden:
            return False
        raise Refusal(Code.FORBIDDEN, f"This needs the permission {demanded[0]}.")

    def holds(self, permission: str) -> bool:
        """Ask whether the viewer has a permission."""
        return self.statement.holds(permission)
