"""The way of one operation: found, allowed, priced, paid for, executed, answered in bytes.

How a request reaches it (HTTP, event stream, socket) and what its fields mean is elsewhere.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Final, Protocol, TypeAlias

import asyncpg
import orjson
import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_variable_values,
)
from opentelemetry import trace

from gateway import measures
from gateway.graphql import limits
from gateway.graphql.asked import Asked, unstorable
from gateway.graphql.documents import Documents, Operation
from gateway.graphql.faults import as_refusal, code_of, told
from gateway.graphql.introspection import Introspection
from gateway.graphql.refused import RequestRefused, coded, refused
from gateway.graphql.trusted import TrustedDocuments
from gateway.limits import Points, Throttle
from gateway.visits import Visit
from models.access.audit import current_request
from models.rules.viewer import Viewer
from schema.context import Context
from schema.refusals import Code, Refusal

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
_LOG = logging.getLogger(__name__)
_OK: Final = "OK"
_TRACER: Final = trace.get_tracer("trunkline")  # says nothing until an exporter is configured
_ABSENT: Final = "There is nothing of this id that you may see."


class Reads(Protocol):
    """The read compiler: pure queries become one statement whose text is the answer."""

    def prepare(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
    ) -> Any | None:
        """What it needs to know to answer the operation; None: resolvers have to."""

    async def answer(
        self,
        prepared: Any,
        variables: Mapping[str, Any],
        viewer: Viewer | None,
        pool: Pool,
        steady_pool: "Pool | None" = None,
    ) -> bytes | None:
        """The JSON of `data`; None: something is refused, and resolvers have to say where."""


@dataclass(frozen=True, slots=True)
class Ready:
    """An operation that may run, and was paid for. given: its variables as sent, not coerced."""

    operation: Operation
    given: Mapping[str, Any]
    variables: dict[str, Any]
    cost: int
    throttle: Throttle | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response. outcome: OK or its first error's code. failed: it has no data."""

    body: bytes
    outcome: str = _OK
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Means:
    """What answering takes. changed: told of each mutation, which may change who may do what.

    steady_pool: for reads that the database may plan once.
    """

    reads: Reads
    trusted: TrustedDocuments
    points: Points
    pool: Callable[[], Pool]
    changed: Callable[[], None]
    steady_pool: "Callable[[], Pool] | None" = None


class Pipeline:
    """Answers operations over one schema."""

    def __init__(self, schema: strawberry.Schema, means: Means) -> None:
        self.schema: GraphQLSchema = schema._schema  # noqa: SLF001 - the compiled schema has no other name
        self._means = means
        self._documents = Documents(self.schema)
        self._introspection = Introspection(self.schema)

    @property
    def pool(self) -> Pool:
        """The connections for reads."""
        return self._means.pool()

    def find(self, asked: Asked) -> Operation:
        """The operation that a request names. Raises RequestRefused."""
        document = self._documents.read(self._means.trusted.text_of(asked))
        return document.operation(asked.operation_name)

    def admit(self, operation: Operation, asked: Asked, visit: Visit) -> Ready:
        """Check what an operation demands, and take its points. Raises RequestRefused."""
        if operation.introspects and not visit.vouched:
            sentence = "The schema is shown with credentials or with GraphQL-Require-Preflight."
            raise refused(Code.FORBIDDEN, sentence)
        if asked.with_nul and operation.kind is not OperationType.MUTATION:
            raise unstorable(asked.with_nul)
        variables = self._coerced(operation, asked.variables)
        try:
            cost = self._price(operation, variables, visit)
            throttle = self._means.points.spend(visit.spender, cost)
        except Refusal as refusal:
            raise RequestRefused([refusal]) from None
        return Ready(operation, asked.variables, variables, cost, throttle)

    def recheck(self, ready: Ready, visit: Visit) -> None:
        """Ask again whether the viewer may. Raises RequestRefused."""
        try:
            ready.operation.demand(self.schema, ready.variables).enforce(visit.viewer)
        except Refusal as refusal:
            raise RequestRefused([refusal]) from None

    async def answer(self, ready: Ready, visit: Visit) -> Answer:
        """Execute, and say the whole response; faults are in it, masked."""
        current_request.set(visit.request_id)
        started = time.perf_counter()
        kind = ready.operation.kind.value
        with _TRACER.start_as_current_span(f"{kind} {ready.operation.label}") as span:
            answer = await self._answered(ready, visit)
            span.set_attributes({"request_id": visit.request_id, "outcome": answer.outcome})
        if ready.operation.kind is OperationType.MUTATION:
            self._means.changed()
        seconds = time.perf_counter() - started
        measures.REQUESTS.labels(kind, ready.operation.label, answer.outcome).inc()
        measures.SECONDS.labels(kind).observe(seconds)
        measures.COST.observe(ready.cost)
        if answer.outcome != _OK or ready.operation.kind is OperationType.MUTATION:
            _tell(ready.operation, answer.outcome, visit, seconds)
        return answer

    def refusal(self, refusal: RequestRefused, visit: Visit) -> bytes:
        """The response for a request that was refused before anything ran."""
        return orjson.dumps({"errors": self.errors(refusal, visit)})

    def errors(self, refusal: RequestRefused, visit: Visit) -> list[dict[str, Any]]:
        """The errors of such a response."""
        measures.REQUESTS.labels("none", "none", code_of(refusal.errors[0])).inc()
        return told(refusal.errors, visit.request_id, suggesting=visit.viewer is not None)

    def _coerced(self, operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
        found = get_variable_values(
            self.schema,
            operation.node.variable_definitions or (),
            dict(given),
            max_errors=limits.REPORTED_ERRORS,
        )
        if isinstance(found, list):
            raise coded(Code.BAD_USER_INPUT, found)
        return found.coerced

    def _price(self, operation: Operation, variables: dict[str, Any], visit: Visit) -> int:
        demand = operation.demand(self.schema, variables)
        demand.enforce(visit.viewer)
        cost = demand.cost(variables)
        if cost > limits.COST:
            sentence = f"The cost is {cost} points, of at most {limits.COST}."
            raise Refusal(Code.COST_LIMIT, sentence)
        return cost

    async def _answered(self, ready: Ready, visit: Visit) -> Answer:
        try:
            async with asyncio.timeout(limits.OPERATION_SECONDS):
                rows = await self._rows(ready, visit)
                if rows is not None:
                    return Answer(b'{"data":' + rows + b',"extensions":' + _cost(ready) + b"}")
                result = await self._executed(ready, visit)
        except Exception as fault:  # noqa: BLE001 - the one border where every fault is masked
            result = ExecutionResult(None, [as_refusal(fault, visit.request_id)])
        return _answer(_without_absence(result, ready), ready, visit)

    async def _rows(self, ready: Ready, visit: Visit) -> bytes | None:
        """The JSON of `data` where no resolver has to run, else None."""
        operation = ready.operation
        if operation.asks_schema_alone:
            return await self._introspection.answer(operation, ready.given)
        if operation.kind is OperationType.MUTATION:
            return None
        reads = self._means.reads
        prepared = operation.prepared(
            lambda: reads.prepare(self.schema, operation.document, operation.node)
        )
        if prepared is None:
            return None
        steady = self._means.steady_pool
        return await reads.answer(
            prepared, ready.variables, visit.viewer, self.pool, steady and steady()
        )

    async def _executed(self, ready: Ready, visit: Visit) -> ExecutionResult:
        result = execute(
            self.schema,
            ready.operation.document,
            context_value=Context(visit.viewer, visit.request_id, self.pool, caller=visit.caller),
            variable_values=dict(ready.given),
            operation_name=ready.operation.name,
        )
        return await result if isawaitable(result) else result


def _tell(operation: Operation, outcome: str, visit: Visit, seconds: float) -> None:
    """A line for what changed something or went wrong; good reads are only counted."""
    told = {
        "viewer": None if visit.viewer is None else str(visit.viewer.principal_id),
        "request_id": visit.request_id,
        "outcome": outcome,
        "milliseconds": round(seconds * 1_000, 1),
    }
    _LOG.info("%s %s", operation.kind.value, operation.label, extra=told)


def _without_absence(result: ExecutionResult, ready: Ready) -> ExecutionResult:
    """The same, in words where a subscription found nothing: its field may not be null."""
    errors = result.errors or []
    absent = (
        errors
        and errors[0].message.startswith("Cannot return null")
        and len(errors[0].path or ()) == 1
    )
    if absent and ready.operation.kind is OperationType.SUBSCRIPTION:
        return ExecutionResult(None, [Refusal(Code.BAD_USER_INPUT, _ABSENT)])
    return result


def _answer(result: ExecutionResult, ready: Ready, visit: Visit) -> Answer:
    errors = result.errors or []
    response: dict[str, Any] = {"data": result.data}
    if errors:
        suggesting = visit.viewer is not None
        response["errors"] = told(errors, visit.request_id, suggesting=suggesting)
    response["extensions"] = orjson.Fragment(_cost(ready))
    outcome = code_of(errors[0]) if errors else _OK
    return Answer(orjson.dumps(response), outcome, failed=result.data is None)


def _cost(ready: Ready) -> bytes:
    throttle = ready.throttle
    cost = {
        "requested": ready.cost,
        "maximum": limits.COST,
        "throttle": throttle
        and {
            "limit": throttle.limit,
            "remaining": throttle.remaining,
            "restoresPerSecond": throttle.restores_per_second,
        },
    }
    return orjson.dumps({"cost": cost})
