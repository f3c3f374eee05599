"""Limits on the form of a document, each found in one pass however its fragments are nested.

What a document costs depends on the schema and the variables, and is found elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    Token,
    TokenKind,
)

from gateway.graphql import limits

_OPENING = frozenset({TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L})
_CLOSING = frozenset({TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R})
_TEXTS = frozenset({TokenKind.STRING, TokenKind.BLOCK_STRING})
_INTROSPECTION = frozenset({"__schema", "__type"})  # a validation rule bounds its depth


@dataclass(frozen=True, slots=True)
class Extent:
    """What a selection amounts to with its fragments spread out."""

    depth: int = 0
    aliases: int = 0
    fields: int = 0


def excess(document: DocumentNode) -> GraphQLError | None:
    """The first limit that the form of a parsed document exceeds; it need not be valid."""
    message = _token_excess(document) or _Measure(document).excess()
    return None if message is None else GraphQLError(message)


def _token_excess(document: DocumentNode) -> str | None:
    nesting = directives = 0
    for token in _tokens(document):
        if token.kind in _OPENING:
            nesting += 1
            if nesting > limits.DOCUMENT_NESTING:
                return "The document is nested too deeply."
        elif token.kind in _CLOSING:
            nesting -= 1
        elif token.kind is TokenKind.AT:
            directives += 1
            if directives > limits.DIRECTIVES:
                return f"The document has more than {limits.DIRECTIVES} directives."
        elif token.kind in _TEXTS and "\0" in (token.value or "") and not _changes(document):
            return "A text contains the character NUL, which can not be stored."
    return None


def _changes(document: DocumentNode) -> bool:
    """Whether it only holds mutations, which say themselves what is wrong with their input."""
    kinds = [n.operation for n in document.definitions if isinstance(n, OperationDefinitionNode)]
    return set(kinds) == {OperationType.MUTATION}


def _tokens(document: DocumentNode) -> Iterator[Token]:
    token = None if document.loc is None else document.loc.start_token
    while token is not None:
        yield token
        token = token.next


class _TooNested(Exception):
    """Selections are nested, through fragments, deeper than this walk may recurse."""


class _Measure:
    """Walks each fragment once and remembers what it amounts to."""

    def __init__(self, document: DocumentNode) -> None:
        self._document = document
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[str, Extent] = {}
        self._spreading: set[str] = set()
        self._nesting = 0

    def excess(self) -> str | None:
        """The first limit that one of the operations exceeds."""
        for node in self._document.definitions:
            if isinstance(node, OperationDefinitionNode):
                try:
                    message = _exceeded(self._selections(node.selection_set))
                except _TooNested:
                    return "The document is nested too deeply."
                if message is not None:
                    return message
        return None

    def _selections(self, selection_set: SelectionSetNode) -> Extent:
        self._nesting += 1
        if self._nesting > limits.SELECTION_NESTING:
            raise _TooNested
        depth = aliases = fields = 0
        for selection in selection_set.selections:
            extent = self._selection(selection)
            depth = max(depth, extent.depth)
            aliases += extent.aliases
            fields += extent.fields
        self._nesting -= 1
        return Extent(depth, aliases, fields)

    def _selection(self, selection: SelectionNode) -> Extent:
        if isinstance(selection, FragmentSpreadNode):
            return self._fragment(selection.name.value)
        selection_set: SelectionSetNode | None = getattr(selection, "selection_set", None)
        inner = Extent() if selection_set is None else self._selections(selection_set)
        if not isinstance(selection, FieldNode):
            return inner
        depth = 0 if selection.name.value in _INTROSPECTION else inner.depth
        return Extent(depth + 1, inner.aliases + (selection.alias is not None), 1)

    def _fragment(self, name: str) -> Extent:
        fragment = self._fragments.get(name)
        if fragment is None or name in self._spreading:  # validation says what is wrong with it
            return Extent()
        if name not in self._known:
            self._spreading.add(name)
            self._known[name] = self._selections(fragment.selection_set)
            self._spreading.discard(name)
        return self._known[name]


def _exceeded(extent: Extent) -> str | None:
    if extent.depth > limits.DEPTH:
        return f"The document is {extent.depth} fields deep, of at most {limits.DEPTH}."
    if extent.aliases > limits.ALIASES:
        return f"The document has more than {limits.ALIASES} aliases."
    if extent.fields > limits.ROOT_FIELDS:
        return f"The document has more than {limits.ROOT_FIELDS} root fields."
    return None
