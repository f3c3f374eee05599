"""Migrations say all that the tables say, in one line of succession; no database is needed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tortoise import Tortoise
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.operations import AlterModelOptions
from tortoise.migrations.schema_generator.state import State

from models.database import orm_config

NOWHERE = "postgresql://nobody:none@127.0.0.1:5432/none"  # only the declarations are read


@pytest.fixture
async def detector(request: pytest.FixtureRequest) -> AsyncIterator[MigrationAutodetector]:
    """Compares declarations with migrations; the parameter names more tables to be declared."""
    config = orm_config(NOWHERE, pool_size=1)
    config["apps"]["models"]["models"] += getattr(request, "param", [])
    await Tortoise.init(config=config, init_connections=False)
    assert Tortoise.apps is not None
    yield MigrationAutodetector(Tortoise.apps, config["apps"])
    await Tortoise._reset_apps()


async def test_no_migration_is_due(detector: MigrationAutodetector) -> None:
    assert await _due(detector) == []


@pytest.mark.parametrize("detector", [["tests.house.unmigrated_table"]], indirect=True)
async def test_a_table_without_a_migration_is_noticed(detector: MigrationAutodetector) -> None:
    assert await _due(detector) == ["CreateModel Unmigrated"]


async def test_migrations_have_one_head(detector: MigrationAutodetector) -> None:
    await detector.loader.build_graph()
    assert len(_heads(detector)) == 1


async def test_a_second_head_is_noticed(detector: MigrationAutodetector) -> None:
    await detector.loader.build_graph()
    (newest,) = _heads(detector)
    migration = detector.loader.disk_migrations[newest]
    detector.loader.graph.add_node(MigrationKey("models", "0000_astray"), migration)
    assert len(_heads(detector)) == 2


async def _due(detector: MigrationAutodetector) -> list[str]:
    due = [
        operation for migration in await detector.changes() for operation in migration.operations
    ]
    before = await detector._project_state()
    return [
        f"{type(operation).__name__} {vars(operation).get('name', '')}"
        for operation in due
        if not (isinstance(operation, AlterModelOptions) and _is_only_said(operation, before))
    ]


def _is_only_said(operation: AlterModelOptions, before: State) -> bool:
    """The tool writes a key that is another row's as `account` and reads it as `account_id`."""
    known = before.models["models", operation.name].options
    said = operation.options
    return {**known, "pk_attr": said.get("pk_attr")} == said


def _heads(detector: MigrationAutodetector) -> list[MigrationKey]:
    return list(detector.loader.graph.leaf_nodes("models"))
