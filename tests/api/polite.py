"""Hooks with which schemathesis asks as a polite caller: what no GraphQL type can say is kept.

Whoever asks so is refused nothing, so that every check may be on; `scalars` alone asks rudely.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import schemathesis
from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLInputObjectType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    get_named_type,
    visit,
)

from tests.api import scalars
from tests.house.sdl import PRESENT

__all__ = ["polite", "scalars"]

MOST_ON_A_PAGE = 100
# A cursor is worth something only where an answer gave it.
CURSORS = frozenset({"after", "before"})
NOBODY = "bm9ib2R5"


class _Manners(Visitor):
    """One page of one direction, one way to change a number, and texts that can be stored."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types

    def leave_field(self, node: FieldNode, *_: Any) -> FieldNode:
        kept = [each for each in node.arguments or () if each.name.value not in CURSORS]
        if any(each.name.value == "first" for each in kept):
            kept = [each for each in kept if each.name.value != "last"]
        if node.name.value == "customerDeletionPreview":  # whom it is about is told in one way
            kept = [_nobody()]
        if node.name.value == "issuerProfile":  # another issuer than one's own has to be known
            kept = []
        return replace(node, arguments=tuple(kept))

    def leave_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode:
        if node.name.value not in {"first", "last"} or not isinstance(node.value, IntValueNode):
            return node
        size = abs(int(node.value.value)) % (MOST_ON_A_PAGE + 1)
        return replace(node, value=IntValueNode(value=str(size)))

    def leave_object_value(self, node: ObjectValueNode, *_: Any) -> ObjectValueNode:
        type_ = get_named_type(self._types.get_input_type())
        if not (isinstance(type_, GraphQLInputObjectType) and type_.is_one_of):
            return node
        said = [each for each in node.fields if not isinstance(each.value, NullValueNode)]
        return replace(node, fields=tuple(said[:1] or [_set_to_one()]))

    def leave_string_value(self, node: StringValueNode, *_: Any) -> StringValueNode:
        return replace(node, value=node.value.replace("\0", ""))


@schemathesis.hook("map_body")
def polite(context: schemathesis.HookContext, body: DocumentNode) -> DocumentNode:
    """The same document, as somebody would ask who read the manual."""
    del context
    types = TypeInfo(_schema())
    minded: DocumentNode = visit(body, TypeInfoVisitor(types, _Manners(types)))
    return minded


@cache
def _schema() -> GraphQLSchema:
    """The committed text: unlike an introspection it tells which inputs take one field."""
    return build_schema(PRESENT.read_text())


def _set_to_one() -> ObjectFieldNode:
    """The one input of this kind changes a number."""
    return ObjectFieldNode(name=NameNode(value="set"), value=StringValueNode(value="1"))


def _nobody() -> ArgumentNode:
    return ArgumentNode(
        name=NameNode(value="ids"), value=ListValueNode(values=(StringValueNode(value=NOBODY),))
    )
