"""What compiling one statement carries from place to place.

hidden: the answer goes through resolvers, so it also carries what they need and the caller does
not see: type names, columns of computed fields. Then a field that the viewer may not read is left
out for its resolver to refuse; else the whole statement is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from graphql import FieldNode, GraphQLField, GraphQLObjectType

from schema.permissions import PUBLIC, SIGNED_IN, declared
from schema.reads.collect import Document, Picked, picked
from schema.reads.plan import Request, Statement
from schema.reads.source import Source
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

    def may(self, permission: str | None) -> bool:
        """Whether the viewer has it. Raises FORBIDDEN where no resolver could."""
        if not permission or permission in {PUBLIC, SIGNED_IN}:
            return True

        def question(request: Request) -> bool:
            return request.viewer is not None and request.viewer.may(permission)

        if self.statement.ask(question):
            return True
        if self.hidden:
            return False
        raise Refusal(Code.FORBIDDEN, f"This needs the permission {permission}.")


def permission_of(field: GraphQLField, source: Source | None) -> str | None:
    """What reading a field demands: its own word, else that of the rows it leads to."""
    return declared(field) or (source.permission if source is not None else None)
