"""With the setting on, a read is logged with its plan, and answers as before."""

import logging

import pytest

from gateway.shown_sql import shown
from models.access.audit import current_request
from models.database import read_pool


@pytest.mark.usefixtures("database")
async def test_a_statement_is_logged_with_its_plan(caplog: pytest.LogCaptureFixture) -> None:
    current_request.set("abc")
    pool = shown(read_pool())
    with caplog.at_level(logging.INFO, "gateway.shown_sql"):
        assert await pool.fetchval("SELECT count(*) + $1::int FROM accounts", 2) == 2
        async with pool.acquire() as connection:
            assert await connection.fetchval("SELECT 1") == 1
            (row,) = await connection.fetch("SELECT 2")
            assert row[0] == 2
    first, second = (record.__dict__ for record in caplog.records)
    assert first["sql"] == "SELECT count(*) + $1::int FROM accounts"
    assert any("Scan" in line for line in first["plan"])
    assert (first["request_id"], second["sql"]) == ("abc", "SELECT 1")
