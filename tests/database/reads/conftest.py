"""The small world in a database of its own, once a session, and ways to ask it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, execute, parse, validate
from graphql.execution.values import get_variable_values

from models.rules.viewer import Viewer
from schema.context import Context
from schema.reads import answer, prepare
from tests.database.reads import shop
from tests.database.reads.world import World, world, write


@dataclass(frozen=True, slots=True)
class Shop:
    """The schema over the rows."""

    schema: GraphQLSchema
    pool: "asyncpg.Pool[asyncpg.Record]"
    world: World

    async def as_bytes(self, text: str, viewer: Viewer, **variables: Any) -> Any:
        """The answer that the statement's text is."""
        document = parse(text)
        assert not validate(self.schema, document)
        (operation,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
        prepared = prepare(self.schema, document, operation)
        assert prepared is not None
        coerced = get_variable_values(self.schema, operation.variable_definitions or (), variables)
        assert not isinstance(coerced, list), coerced
        rows = await answer(prepared, coerced.coerced, viewer, self.pool)
        assert rows is not None
        return orjson.loads(rows)

    async def as_objects(self, text: str, viewer: Viewer | None, **variables: Any) -> Any:
        """The whole answer that graphql-core completes."""
        document = parse(text)
        assert not validate(self.schema, document)
        context = Context(viewer, "request", self.pool)
        result = execute(self.schema, document, context_value=context, variable_values=variables)
        return await result if hasattr(result, "__await__") else result

    async def both(self, text: str, viewer: Viewer, **variables: Any) -> Any:
        """The answer of both ways, which is the same."""
        as_bytes = await self.as_bytes(text, viewer, **variables)
        result = await self.as_objects(text, viewer, **variables)
        assert result.errors is None, result.errors
        assert in_order(result.data) == in_order(as_bytes)
        return as_bytes


def in_order(value: Any) -> Any:
    """An answer in which the order of keys matters."""
    if isinstance(value, dict):
        return [(key, in_order(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        return [in_order(inner) for inner in value]
    return value


def same(left: Any, right: Any) -> bool:
    """Equal in value and order; a cursor that was read naively is any."""
    if right == "?":
        return isinstance(left, str) and left != ""
    if isinstance(right, dict):
        return (
            isinstance(left, dict)
            and list(left) == list(right)
            and all(same(left[key], right[key]) for key in right)
        )
    if isinstance(right, list):
        return isinstance(left, list) and len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


@pytest.fixture(scope="session")
async def the_shop(cluster: dict[str, str]) -> AsyncIterator[Shop]:
    """The small world; nobody changes it."""
    name = f"shop_{uuid4().hex}"
    maintenance = await asyncpg.connect(cluster["maintenance"])
    await maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{cluster["template"]}"')
    dsn = cluster["maintenance"].removesuffix("/postgres") + f"/{name}"
    settings = {"plan_cache_mode": "force_custom_plan", "timezone": "UTC"}
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=3, server_settings=settings)
    rows = world()
    await write(pool, rows)
    yield Shop(shop.build()._schema, pool, rows)
    await pool.close()
    await maintenance.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await maintenance.close()
