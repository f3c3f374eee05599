"""What an operation demands: its cost with real variables, and the permissions of its fields.

A plan is made once for each document, operation and choice of @skip and @include, then evaluated
in one pass a request. Nothing is executed, and no row is looked at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
)

from gateway.graphql import limits
from gateway.graphql.selections import Reader
from models.rules.viewer import Viewer
from schema.permissions import declared, enforce
from schema.refusals import Code, Refusal

Variables = Mapping[str, Any]

_SIZES = frozenset({"first", "last", "ids"})
_ROWS = frozenset({"nodes", "edges"})
_WRAPPERS = frozenset({"edges", "pageInfo"})
KEPT_COSTS = 256  # by page sizes, of one plan
_FIXED = {"__schema": limits.SCHEMA_COST, "__type": limits.TYPE_COST}


@dataclass(frozen=True, slots=True)
class _Size:
    """How often a field's object appears: `first`, `last` or the length of `ids`."""

    argument: str
    value: ValueNode
    node: FieldNode

    def of(self, variables: Variables) -> int | None:
        """The number; None when it is absent or null. Raises Refusal outside its range."""
        number = self._number(variables)
        most = limits.IDS if self.argument == "ids" else limits.PAGE
        if number is not None and not 0 <= number <= most:
            message = f"`{self.argument}` goes from 0 to {most}, not {number}."
            raise Refusal(Code.BAD_USER_INPUT, message, nodes=[self.node])
        return number

    def _number(self, variables: Variables) -> int | None:
        value = self.value
        if isinstance(value, VariableNode):
            return _length(variables.get(value.name.value))
        if isinstance(value, ListValueNode):
            return len(value.values)
        return int(value.value) if isinstance(value, IntValueNode) else None


@dataclass(frozen=True, slots=True)
class _Part:
    """One object field of a selection.

    below: the selections it may have, one for each possible type; the dearest counts.
    paged: it appears once for each row of the page above it. own: points of the object itself.
    """

    below: tuple[int, ...] = ()
    paged: bool = False
    sizes: tuple[_Size, ...] = ()
    connection: bool = False
    own: int = 1


@dataclass(frozen=True, slots=True)
class Demand:
    """A plan: selections in the order of evaluation, innermost first, the operation's own last.

    sized: the variables that its cost depends on; every other request costs the same.
    """

    selections: tuple[tuple[_Part, ...], ...]
    permissions: tuple[tuple[str, FieldNode], ...]
    sized: frozenset[str] = frozenset()
    _costs: dict[tuple[int | None, ...], int] = field(default_factory=dict, compare=False)

    def cost(self, variables: Variables) -> int:
        """Points: 1 for each object, rows times page size. Raises Refusal for a page too large."""
        key = tuple(_length(variables.get(name)) for name in self.sized)
        cost = self._costs.get(key)
        if cost is None:
            cost = self._counted(variables)
            if len(self._costs) < KEPT_COSTS:
                self._costs[key] = cost
        return cost

    def _counted(self, variables: Variables) -> int:
        totals: list[tuple[int, int]] = []
        for parts in self.selections:
            plain = paged = 0
            for part in parts:
                points = _points(part, totals, variables)
                if part.paged:
                    paged += points
                else:
                    plain += points
            totals.append((plain, paged))
        return sum(totals[-1])

    def enforce(self, viewer: Viewer | None) -> None:
        """Raise UNAUTHENTICATED or FORBIDDEN, at the field that is not for this viewer."""
        for permission, node in self.permissions:
            try:
                enforce(permission, viewer)
            except Refusal as refusal:
                raise Refusal(refusal.code, refusal.message, nodes=[node]) from None


def demand_of(schema: GraphQLSchema, operation: OperationDefinitionNode, reader: Reader) -> Demand:
    """Plan a valid operation. Raises Refusal(COST_LIMIT) when its merged form grows too large.

    Permissions of root mutations are left to the mutations: each answers for itself.
    """
    planner = _Planner(schema, reader)
    root = schema.get_root_type(operation.operation)
    if root is None:  # pragma: no cover (validation refuses it)
        raise Refusal(Code.VALIDATION_FAILED, "There is no such kind of operation.")
    planner.object(root, (operation.selection_set,))
    selections = tuple(planner.selections)
    return Demand(selections, tuple(planner.permissions.items()), _sized(selections))


def _length(given: Any) -> int | None:
    return len(given) if isinstance(given, list) else given


def _sized(selections: tuple[tuple[_Part, ...], ...]) -> frozenset[str]:
    sizes = (size.value for parts in selections for part in parts for size in part.sizes)
    return frozenset(value.name.value for value in sizes if isinstance(value, VariableNode))


def _points(part: _Part, totals: list[tuple[int, int]], variables: Variables) -> int:
    plain, paged = max((totals[index] for index in part.below), key=sum, default=(0, 0))
    given = [number for size in part.sizes if (number := size.of(variables)) is not None]
    if part.connection:
        return part.own + plain + max(given, default=limits.DEFAULT_PAGE) * paged
    return (part.own + plain + paged) * max(given, default=1)


@dataclass(slots=True)
class _Planner:
    """Walks merged selections; equal ones are planned once, so doubled fragments cost nothing."""

    schema: GraphQLSchema
    reader: Reader
    selections: list[tuple[_Part, ...]] = field(default_factory=list)
    permissions: dict[str, FieldNode] = field(default_factory=dict)
    _known: dict[tuple[str, tuple[int, ...]], int] = field(default_factory=dict)

    def object(self, parent: GraphQLObjectType, sets: tuple[SelectionSetNode, ...]) -> int:
        """The index of the selection of an object of this type."""
        key = (parent.name, tuple(map(id, sets)))
        if key not in self._known:
            parts = [
                self._part(parent, nodes) for nodes in self.reader.fields(parent, sets).values()
            ]
            self.selections.append(tuple(part for part in parts if part is not None))
            self._known[key] = len(self.selections) - 1
        return self._known[key]

    def _part(self, parent: GraphQLObjectType, nodes: list[FieldNode]) -> _Part | None:
        node = nodes[0]
        definition = parent.fields.get(node.name.value)
        if definition is None:  # introspection, which asks for no permission
            points = _FIXED.get(node.name.value)
            return None if points is None else _Part(own=points)
        self._demand(parent, definition, node)
        type_ = get_named_type(definition.type)
        if is_leaf_type(type_):
            return None
        sets = tuple(node.selection_set for node in nodes if node.selection_set is not None)
        on_page = parent.name.endswith("Connection")
        connection = "first" in definition.args
        many = connection or is_list_type(get_nullable_type(definition.type))
        return _Part(
            below=tuple(self.object(possible, sets) for possible in self._possible(type_)),
            paged=on_page and node.name.value in _ROWS,
            sizes=_sizes(node) if many else (),
            connection=connection,
            own=0 if on_page and node.name.value in _WRAPPERS else 1,
        )

    def _demand(self, parent: GraphQLObjectType, definition: GraphQLField, node: FieldNode) -> None:
        permission = declared(definition)
        if permission is not None and parent is not self.schema.mutation_type:
            self.permissions.setdefault(permission, node)

    def _possible(self, type_: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
        if is_object_type(type_):
            return (type_,)
        return self.schema.get_possible_types(cast("GraphQLAbstractType", type_))


def _sizes(node: FieldNode) -> tuple[_Size, ...]:
    return tuple(
        _Size(argument.name.value, argument.value, node)
        for argument in node.arguments or ()
        if argument.name.value in _SIZES
    )
