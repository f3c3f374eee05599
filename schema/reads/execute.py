"""Runs plans: a pure query as bytes, and single fields as Python values for graphql-core.

Both ways share the compiler; statements and plans are kept in bounded caches.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeAlias, TypeVar

import asyncpg
import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution.values import VariableValues

from models.rules.viewer import Viewer
from schema.context import Context
from schema.reads.collect import Document, Picked, picked
from schema.reads.compile import plan_of
from schema.reads.plan import Plan, Plans, Request, Statement
from schema.reads.pure import is_pure
from schema.reads.work import Work

MOST_DOCUMENTS: Final = 1000
MOST_PLANS_OF_ALL: Final = 4000  # some ten kilobytes each

Kept = TypeVar("Kept")
ResolveInfo = GraphQLResolveInfo[Context]
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
Root = tuple[str, Plan | str]


@dataclass(slots=True)
class Prepared:
    """A query that needs no resolver, and the plans it has had so far."""

    document: Document
    operation: OperationDefinitionNode
    type: GraphQLObjectType
    plans: Plans[tuple[Root, ...]] = field(default_factory=Plans)


class Keep(Generic[Kept]):
    """The most recently used; `owner` is held so that its identity stays its own.

    Bounded by documents and by the plans of all of them.
    """

    def __init__(self) -> None:
        self._items: OrderedDict[tuple[int, object], tuple[object, Kept]] = OrderedDict()

    def get(self, owner: object, place: object = None) -> Kept | None:
        """What was kept for an owner and a place in it."""
        found = self._items.get((id(owner), place))
        if found is None:
            return None
        self._items.move_to_end((id(owner), place))
        return found[1]

    def put(self, owner: object, kept: Kept, place: object = None) -> Kept:
        """Keep it, for as long as it is used more than the rest."""
        self._items[id(owner), place] = (owner, kept)
        self.trim()
        return kept

    def trim(self) -> None:
        """Drop what was not used for longest until the rest is within bounds."""
        while len(self._items) > MOST_DOCUMENTS or self._plans() > MOST_PLANS_OF_ALL:
            self._items.popitem(last=False)

    def _plans(self) -> int:
        return sum(_plans_of(kept) for _, kept in self._items.values())


def _plans_of(kept: object) -> int:
    plans = kept.plans if isinstance(kept, Prepared) else kept
    return plans.count if isinstance(plans, Plans) else 0


_PREPARED: Final[Keep[Prepared | str]] = Keep()
_FIELDS: Final[Keep[Plans[Plan]]] = Keep()
_IMPURE: Final = "needs resolvers"


def prepare(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> Prepared | None:
    """What is needed to answer a query from its rows alone; None when resolvers take part."""
    found = _PREPARED.get(operation)
    if found is None:
        found = _PREPARED.put(operation, _prepared(schema, document, operation) or _IMPURE)
    return found if isinstance(found, Prepared) else None


async def answer(
    prepared: Prepared,
    variables: Mapping[str, Any],
    viewer: Viewer | None,
    pool: Pool,
    steady_pool: "Pool | None" = None,
) -> bytes | None:
    """The JSON of `data`; `variables` are coerced already.

    steady_pool: for requests whose every statement may be planned once, else `pool`.

    None when something is refused: then graphql-core says what, and answers the rest.
    """
    request = Request(VariableValues({}, dict(variables)), viewer)
    try:
        roots = prepared.plans.find(request) or _compiled(prepared, request)
        bound = [
            (key, plan, plan.values(request) if isinstance(plan, Plan) else [])
            for key, plan in roots
        ]
    except GraphQLError:
        return None
    is_steady = all(plan.is_steady for _, plan, _ in bound if isinstance(plan, Plan))
    async with (steady_pool if steady_pool and is_steady else pool).acquire() as connection:
        texts = [f'"{key}":{await _text(connection, plan, values)}' for key, plan, values in bound]
    return f"{{{','.join(texts)}}}".encode()


async def loaded(info: ResolveInfo, held: object = None) -> Any:
    """The value of a field that begins a statement, for graphql-core to complete.

    held: what an object of Python holds for the field.
    """
    context: Context = info.context
    request = Request(info.variable_values, context.viewer, held)
    plan = _field_plan(info, request)
    values = plan.values(request)
    if context.sql_log is not None:
        context.sql_log.append(plan.sql)
    source = context.connection or context.pool
    return orjson.loads(await source.fetchval(plan.sql, *values))


def statements(
    prepared: Prepared, variables: Mapping[str, Any], viewer: Viewer | None
) -> list[Plan]:
    """The statements that answer a query, one for each root field, for a look at them."""
    request = Request(VariableValues({}, dict(variables)), viewer)
    roots = prepared.plans.find(request) or _compiled(prepared, request)
    return [plan for _, plan in roots if isinstance(plan, Plan)]


async def _text(connection: Connection, plan: Plan | str, values: Sequence[object]) -> str:
    if isinstance(plan, str):
        return plan
    return str(await connection.fetchval(plan.sql, *values))


def _prepared(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> Prepared | None:
    type_ = schema.query_type
    if operation.operation is not OperationType.QUERY or type_ is None:
        return None
    read = Document(schema, dict(_fragments(document)))
    return Prepared(read, operation, type_) if is_pure(read, operation) else None


def _fragments(document: DocumentNode) -> Iterator[tuple[str, FragmentDefinitionNode]]:
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            yield definition.name.value, definition


def _compiled(prepared: Prepared, request: Request) -> tuple[Root, ...]:
    """All roots at once; each has a statement, all share the questions."""
    first = Statement(request)
    selection = [prepared.operation.selection_set]
    asked = first.asked
    roots: list[Root] = []
    for root in picked(prepared.document, first, prepared.type, selection):
        if root.field is None:
            roots.append((root.key, f'"{prepared.type.name}"'))
            continue
        statement = Statement(request, asked)
        roots.append((root.key, plan_of(Work(prepared.document, statement, hidden=False), root)))
    made = tuple(roots)
    prepared.plans.keep(asked, made)
    _PREPARED.trim()
    return made


def _field_plan(info: ResolveInfo, request: Request) -> Plan:
    place = tuple(step for step in info.path.as_list() if isinstance(step, str))
    plans = _FIELDS.get(info.operation, place) or _FIELDS.put(info.operation, Plans(), place)
    plan = plans.find(request)
    if plan is None:
        statement = Statement(request)
        work = Work(Document(info.schema, info.fragments), statement, hidden=True)
        plan = plan_of(work, _picked(info))
        plans.keep(statement.asked, plan)
        _FIELDS.trim()
    return plan


def _picked(info: ResolveInfo) -> Picked:
    nodes: list[FieldNode] = info.field_nodes
    return Picked(str(info.path.key), info.parent_type.fields[info.field_name], nodes)
