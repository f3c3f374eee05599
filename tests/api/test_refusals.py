"""Every query and mutation, asked by a stranger and by somebody who lacks just its permission.

Both are refused before anything is looked at, so nothing is changed. What is refused to people who
do hold the word (a stranger's rows) is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import asyncpg
import pytest

from models.rules.enums import Role
from models.rules.permissions import CATALOGUE
from schema.permissions import PUBLIC, SIGNED_IN, declarations
from tests import people
from tests.api.product import Product, product_schema
from tests.api.samples import Probe, probe

# What a refusal itself may write: that somebody came.
VISITS = frozenset({"sessions", "sign_in_tries"})


@dataclass(frozen=True, slots=True)
class Root:
    """One root field, the word it demands and a request for it."""

    name: str
    permission: str
    probe: Probe


@pytest.fixture
async def product(database: str) -> Product:
    """The API over an empty house."""
    return Product()


async def test_a_stranger_is_asked_to_sign_in(product: Product, database: str) -> None:
    before = await _counted(database)
    reached = [
        root.name
        for root in _roots()
        if root.permission != PUBLIC
        and (await product.send(None, root.probe.document, **root.probe.variables)).codes
        != ["UNAUTHENTICATED"]
    ]
    assert reached == []
    assert await _counted(database) == before


async def test_who_lacks_just_the_permission_is_refused(product: Product, database: str) -> None:
    admin = await people.administrator()
    demanded = sorted({root.permission for root in _roots()} - {PUBLIC, SIGNED_IN})
    others = {word: sorted({*CATALOGUE} - {word}) for word in demanded}
    lacking = {w: await people.staff(admin, Role.SUB_ADMIN, *rest) for w, rest in others.items()}
    before = await _counted(database)
    reached = [
        (root.name, root.permission)
        for root in _roots()
        if root.permission in lacking
        and (
            await product.send(
                lacking[root.permission], root.probe.document, **root.probe.variables
            )
        ).codes
        != ["FORBIDDEN"]
    ]
    assert reached == []
    assert await _counted(database) == before


async def test_who_holds_the_permission_is_let_in(product: Product) -> None:
    admin = await people.administrator()
    refused = []
    for root in _roots():
        token = await people.sign_in(admin.login)  # one of the fields ends the session
        answer = await product.send(token, root.probe.document, **root.probe.variables)
        refused += [root.name] if {"FORBIDDEN", "UNAUTHENTICATED"} & set(answer.codes) else []
    assert refused == []


def _roots() -> Iterator[Root]:
    schema = product_schema()._schema
    kinds = {"Query": schema.query_type, "Mutation": schema.mutation_type}
    for place, permission in declarations(schema):
        root, _, name = place.partition(".")
        if kind := kinds.get(root):
            yield Root(name, permission or "", probe(root.lower(), name, kind.fields[name]))


async def _counted(dsn: str) -> Mapping[str, int]:
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p')"
        )
        names = [row["relname"] for row in tables if row["relname"] not in VISITS]
        return {name: await connection.fetchval(f"SELECT count(*) FROM {name}") for name in names}
    finally:
        await connection.close()
