"""Every read of the product's own schema is a statement that PostgreSQL understands."""

from uuid import UUID

import asyncpg
import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, parse, validate

from models.database import read_pool
from models.rules.enums import Role
from models.rules.permissions import CATALOGUE
from models.rules.viewer import Viewer
from schema import root
from schema.reads import answer, prepare
from tests.database.reads.documents import SOMEBODY, document, roots

SCHEMA: GraphQLSchema = root.build()._schema
ALL = frozenset(CATALOGUE)
VIEWERS = {
    "staff": Viewer(Role.ADMIN, SOMEBODY, None, ALL, (), "UTC", "Staff"),
    "reseller": Viewer(Role.RESELLER, SOMEBODY, SOMEBODY, ALL, (SOMEBODY,), "UTC", "Reseller"),
    "customer": Viewer(Role.CUSTOMER, SOMEBODY, UUID(int=6), ALL, (), "UTC", "Customer"),
}


@pytest.fixture
async def pool(database: str) -> "asyncpg.Pool[asyncpg.Record]":
    assert database
    return read_pool()


@pytest.mark.parametrize("eyes", VIEWERS)
@pytest.mark.parametrize("name", [name for name, _ in roots(SCHEMA)])
async def test_every_field_below_a_root_is_understood_by_the_database(
    pool: "asyncpg.Pool[asyncpg.Record]", name: str, eyes: str
) -> None:
    text = document(name, dict(roots(SCHEMA))[name], depth=4)
    parsed = parse(text)
    assert not validate(SCHEMA, parsed)
    (operation,) = (d for d in parsed.definitions if isinstance(d, OperationDefinitionNode))
    prepared = prepare(SCHEMA, parsed, operation)
    assert prepared is not None
    assert await answer(prepared, {}, VIEWERS[eyes], pool)
