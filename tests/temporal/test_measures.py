"""A worker that is told where answers Prometheus about Temporal, and nowhere otherwise."""

from __future__ import annotations

from dataclasses import replace

import httpx

from gateway.ports import free_port
from workflows.connection import TemporalConnection, open_client


async def test_what_temporal_does_is_counted_where_prometheus_asks(
    connection: TemporalConnection,
) -> None:
    address = f"127.0.0.1:{free_port()}"
    client = await open_client(replace(connection, measured_at=address))
    assert [each async for each in client.list_workflows()] == []
    async with httpx.AsyncClient() as prometheus:
        text = (await prometheus.get(f"http://{address}/metrics")).text
    assert 'operation="ListWorkflowExecutions"' in text
