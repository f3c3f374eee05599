"""Whether a query can be answered from rows alone, or has fields that resolvers must complete."""

from collections.abc import Iterator

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)

from schema.reads.collect import Document
from schema.reads.compile import begins
from schema.reads.forms import Computed, form_of


def is_pure(document: Document, operation: OperationDefinitionNode) -> bool:
    """Whether no field of the operation, included or skipped, needs a resolver."""
    root = document.schema.query_type
    search = _Search(document)
    return root is not None and not any(search.impurities(root, operation.selection_set))


class _Search:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._visited: set[tuple[str, str]] = set()

    def impurities(self, type_: GraphQLNamedType, selection: SelectionSetNode) -> Iterator[str]:
        for node in selection.selections:
            match node:
                case FieldNode():
                    yield from self._field(type_, node)
                case InlineFragmentNode():
                    on = node.type_condition
                    inner = type_ if on is None else self._document.schema.type_map[on.name.value]
                    yield from self.impurities(inner, node.selection_set)
                case FragmentSpreadNode():
                    yield from self._spread(node.name.value)

    def _spread(self, name: str) -> Iterator[str]:
        fragment = self._document.fragments[name]
        on = fragment.type_condition.name.value
        if (name, on) not in self._visited:
            self._visited.add((name, on))
            inner = self._document.schema.type_map[on]
            yield from self.impurities(inner, fragment.selection_set)

    def _field(self, type_: GraphQLNamedType, node: FieldNode) -> Iterator[str]:
        name = node.name.value
        if name == "__typename":
            return
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            return
        field = type_.fields.get(name)
        if field is None or isinstance(form_of(field), Computed):
            yield name
            return
        if type_ is self._document.schema.query_type and not begins(form_of(field)):
            yield name
            return
        if node.selection_set is not None:
            yield from self.impurities(get_named_type(field.type), node.selection_set)
