"""Documents that were parsed and validated, kept by their hash, with the plans of their operations.

A document that is refused is not kept; what a viewer may do with one is judged elsewhere.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    parse,
    specified_rules,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.graphql import limits
from gateway.graphql.demand import Demand, demand_of
from gateway.graphql.refused import bad_request, coded
from gateway.graphql.selections import Reader
from gateway.graphql.structure import excess
from schema.refusals import Code

overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = limits.MERGE_BUDGET

# One tuple for ever: rules made anew for each request would be told apart by every cache.
RULES: Final = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)

INTROSPECTION: Final = frozenset({"__schema", "__type"})
_ROWLESS = INTROSPECTION | {"__typename"}

KEPT_ENTRIES: Final = 2_000
KEPT_BYTES: Final = 1 << 20  # of text; trees and plans take some fifty times as much
KEPT_PLANS: Final = 32  # of one operation: five independent @include variables


@dataclass(slots=True)
class Operation:
    """One operation of a valid document, with everything that can be known before it runs.

    roots: the names of its root fields. choosing: the variables in @skip and @include.
    """

    digest: str
    node: OperationDefinitionNode
    document: DocumentNode
    fragments: dict[str, FragmentDefinitionNode]
    roots: frozenset[str]
    choosing: tuple[str, ...]
    _demands: dict[tuple[bool, ...], Demand] = field(default_factory=dict)
    _prepared: list[Any] = field(default_factory=list)

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.node.operation

    @property
    def name(self) -> str | None:
        """Its name, if it has one."""
        return None if self.node.name is None else self.node.name.value

    @property
    def introspects(self) -> bool:
        """Whether it asks for the schema."""
        return not self.roots.isdisjoint(INTROSPECTION)

    @property
    def asks_schema_alone(self) -> bool:
        """Whether it asks for nothing but the schema and type names, so for no row."""
        return self.kind is OperationType.QUERY and self.roots <= _ROWLESS

    @property
    def label(self) -> str:
        """Its root field, for measures: bounded by the schema, whatever clients call things."""
        return next(iter(self.roots)) if len(self.roots) == 1 else "several"

    def prepared(self, prepare: Callable[[], Any]) -> Any:
        """What the read compiler made of it, asked once."""
        if not self._prepared:
            self._prepared.append(prepare())
        return self._prepared[0]

    def demand(self, schema: GraphQLSchema, variables: dict[str, Any]) -> Demand:
        """The plan for these values. Raises Refusal(COST_LIMIT) for a document without end."""
        choices = {name: bool(variables.get(name)) for name in self.choosing}
        key = tuple(choices.values())
        demand = self._demands.get(key)
        if demand is None:
            demand = demand_of(schema, self.node, Reader(schema, self.fragments, choices))
            if len(self._demands) >= KEPT_PLANS:
                self._demands.clear()
            self._demands[key] = demand
        return demand


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document."""

    digest: str
    operations: tuple[Operation, ...]

    def operation(self, name: str | None) -> Operation:
        """The operation of this name, or the only one. Raises RequestRefused with status 400."""
        if name is None and len(self.operations) == 1:
            return self.operations[0]
        found = [operation for operation in self.operations if operation.name == name]
        if name is None or not found:
            known = ", ".join(str(operation.name) for operation in self.operations)
            raise bad_request(f"`operationName` must name one of the operations: {known}.")
        return found[0]


class Documents:
    """The documents of one schema, least recently used ones forgotten first."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, tuple[Document, int]] = OrderedDict()
        self._bytes = 0

    def read(self, text: str) -> Document:
        """Parse and validate, or find it done. Raises RequestRefused."""
        digest = sha256_of(text)
        kept = self._kept.get(digest)
        if kept is not None:
            self._kept.move_to_end(digest)
            return kept[0]
        document = Document(digest, _operations(digest, _valid(self._schema, _parsed(text))))
        self._keep(document, len(text))
        return document

    def _keep(self, document: Document, size: int) -> None:
        self._kept[document.digest] = (document, size)
        self._bytes += size
        while len(self._kept) > KEPT_ENTRIES or self._bytes > KEPT_BYTES:
            _, (_, forgotten) = self._kept.popitem(last=False)
            self._bytes -= forgotten


def sha256_of(text: str) -> str:
    """The hash that names a document, hexadecimal."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _parsed(text: str) -> DocumentNode:
    try:
        document = parse(
            text,
            max_lexical_tokens=limits.DOCUMENT_TOKENS,
            max_source_length=limits.DOCUMENT_CHARACTERS,
            allow_empty_selection_sets=False,
        )
    except GraphQLError as wrong:
        raise coded(Code.PARSE_FAILED, [wrong]) from None
    exceeded = excess(document)
    if exceeded is not None:
        raise coded(Code.VALIDATION_FAILED, [exceeded])
    return document


def _valid(schema: GraphQLSchema, document: DocumentNode) -> DocumentNode:
    errors = validate(schema, document, RULES, max_errors=limits.REPORTED_ERRORS)
    if errors:
        raise coded(Code.VALIDATION_FAILED, errors)
    return document


def _operations(digest: str, document: DocumentNode) -> tuple[Operation, ...]:
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    conditions = set(_conditions(document))
    return tuple(
        Operation(
            digest,
            node,
            document,
            fragments,
            frozenset(_names(node.selection_set, fragments, set())),
            _choosing(node, conditions),
        )
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    )


def _choosing(node: OperationDefinitionNode, conditions: set[str]) -> tuple[str, ...]:
    defined = (variable.variable.name.value for variable in node.variable_definitions or ())
    return tuple(name for name in defined if name in conditions)


def _conditions(document: DocumentNode) -> Iterator[str]:
    open_sets: list[SelectionSetNode] = [
        node.selection_set
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while open_sets:
        for selection in open_sets.pop().selections:
            yield from _condition_names(selection)
            below: SelectionSetNode | None = getattr(selection, "selection_set", None)
            if below is not None:
                open_sets.append(below)


def _condition_names(selection: SelectionNode) -> Iterator[str]:
    for directive in selection.directives or ():
        for argument in directive.arguments or ():
            if isinstance(argument.value, VariableNode):
                yield argument.value.name.value


def _names(
    selection_set: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], seen: set[str]
) -> Iterator[str]:
    for selection in selection_set.selections:
        if isinstance(selection, FieldNode):
            yield selection.name.value
        elif isinstance(selection, InlineFragmentNode):
            yield from _names(selection.selection_set, fragments, seen)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
            seen.add(selection.name.value)
            inner = fragments[selection.name.value].selection_set
            yield from _names(inner, fragments, seen)
