"""Which fields a selection has for one object type, merged as the specification merges them.

`@skip` and `@include` are asked of the request; a plan fits requests that answer the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

from schema.reads.plan import Request, Site, Statement


@dataclass(frozen=True, slots=True)
class Picked:
    """One response key: its field and all nodes that ask for it; `__typename` has no field."""

    key: str
    field: GraphQLField | None
    nodes: list[FieldNode]

    @property
    def name(self) -> str:
        """The field's name."""
        return self.nodes[0].name.value

    def site(self) -> Site:
        """Its arguments; all nodes of a key have the same, which validation saw to."""
        if self.field is None:
            message = f"{self.key} takes no arguments"
            raise TypeError(message)
        return Site(self.field, self.nodes[0])


@dataclass(frozen=True, slots=True)
class Document:
    """What a selection is read against."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]


def picked(
    document: Document,
    statement: Statement,
    type_: GraphQLObjectType,
    selections: Iterable[SelectionSetNode | None],
) -> list[Picked]:
    """The fields in the order in which their keys first appear."""
    collection = _Collection(document, statement, type_)
    for selection in selections:
        if selection is not None:
            collection.add(selection)
    return [
        Picked(key, type_.fields.get(nodes[0].name.value), nodes)
        for key, nodes in collection.keys.items()
    ]


class _Collection:
    def __init__(self, document: Document, statement: Statement, type_: GraphQLObjectType) -> None:
        self._document = document
        self._statement = statement
        self._type = type_
        self._visited: set[str] = set()
        self.keys: dict[str, list[FieldNode]] = {}

    def add(self, selection: SelectionSetNode) -> None:
        for node in selection.selections:
            if self._included(node):
                self._add_node(node)

    def _add_node(self, node: SelectionNode) -> None:
        match node:
            case FieldNode():
                key = node.alias.value if node.alias else node.name.value
                self.keys.setdefault(key, []).append(node)
            case InlineFragmentNode():
                condition = node.type_condition
                if condition is None or self._applies(condition.name.value):
                    self.add(node.selection_set)
            case FragmentSpreadNode() if node.name.value not in self._visited:
                self._visited.add(node.name.value)
                fragment = self._document.fragments[node.name.value]
                if self._applies(fragment.type_condition.name.value):
                    self.add(fragment.selection_set)

    def _applies(self, condition: str) -> bool:
        named: GraphQLNamedType | None = self._document.schema.type_map.get(condition)
        if isinstance(named, GraphQLInterfaceType):
            return self._document.schema.is_sub_type(named, self._type)
        return named is self._type

    def _included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            if directive.name.value == "skip" and self._condition(directive):
                return False
            if directive.name.value == "include" and not self._condition(directive):
                return False
        return True

    def _condition(self, directive: DirectiveNode) -> bool:
        (given,) = directive.arguments or ()  # `if`; validation saw to it
        value = given.value
        if isinstance(value, VariableNode):
            name = value.name.value

            def asked(request: Request) -> bool:
                return bool(request.variables.coerced[name])

            return bool(self._statement.ask(asked))
        return isinstance(value, BooleanValueNode) and value.value
