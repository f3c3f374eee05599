"""Secrets and hashes of devices and switches are in no history, no log, no row but their own."""

from __future__ import annotations

import json
import logging
from typing import Any

import asyncpg
import pytest

from models.panel.sip_device import SipDevice
from models.rules.enums import ProvisioningState
from models.rules.sip_secret import sip_hashes
from tests import listener
from tests.freeswitch import PASSWORD as CLUE
from tests.phone import OK
from tests.temporal.conftest import House
from tests.temporal.exchange import OFF, attached
from tests.temporal.test_secrets import _texts

HASHES = "kamailio.credentials"
_TABLES = """
SELECT quote_ident(table_schema) || '.' || quote_ident(table_name)
  FROM information_schema.tables
 WHERE table_schema IN ('public', 'kamailio') AND table_type = 'BASE TABLE'
"""


async def tables_that_hold(dsn: str, planted: str) -> set[str]:
    """Every table with a row that a dump would show the words in, as text or as plain bytes."""
    connection = await asyncpg.connect(dsn)
    try:
        found = set()
        for row in await connection.fetch(_TABLES):
            query = f"SELECT EXISTS (SELECT FROM {row[0]} AS t WHERE t::text ~ $1)"
            if await connection.fetchval(query, f"{planted}|{planted.encode().hex()}"):
                found.add(row[0])
        return found
    finally:
        await connection.close()


async def test_what_proves_a_device_stands_in_its_one_table_alone(
    working: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with attached(working) as exchange:
        device = await exchange.device()
        await exchange.becomes(device, ProvisioningState.READY)
        async with exchange.phone(device) as handset:
            assert await handset.register() == OK
        renewed = await SipDevice.rotate(exchange.admin.viewer, device.device_id)
        await exchange.becomes(device, ProvisioningState.READY)
        await exchange.change(device, OFF)
        await exchange.becomes(device, ProvisioningState.REVOKED)
        hashes = sip_hashes(renewed.username, renewed.realm, renewed.secret)
        texts: list[Any] = [*map(str, map(vars, caplog.records))]
        async for found in working.client.list_workflows():
            history = await working.client.get_workflow_handle(found.id).fetch_history()
            texts += _texts(json.loads(history.to_json()))
        secrets = (device.secret, renewed.secret, listener.PASSWORD, CLUE)
        proofs = (hashes.ha1, hashes.ha1b, hashes.ha1_sha256)
        for planted in secrets:
            assert await tables_that_hold(working.dsn, planted) == set()
        for planted in proofs:
            assert await tables_that_hold(working.dsn, planted) == {HASHES}
        for planted in (*secrets, *proofs):
            assert not [text[:300] for text in texts if planted in text], planted
