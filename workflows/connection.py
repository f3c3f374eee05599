"""The way to Temporal: where it is, and a client that waits for it.

Addresses and keys are handed in; nothing here reads the environment.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from opentelemetry.trace import Tracer
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from workflows.codec import PayloadKeys, data_converter

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 10.0  # a worker that waits longer would be slow to see Temporal come back
CONNECT_TIMEOUT = timedelta(seconds=5)
# A worker asks again at least once a minute; the server remembers one that died for five.
POLLED_WITHIN = timedelta(minutes=2)

# What a server that is starting, stopping, overloaded or gone answers.
_AWAY = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.ABORTED,
        RPCStatusCode.INTERNAL,
        RPCStatusCode.UNKNOWN,
        RPCStatusCode.CANCELLED,
    }
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TemporalConnection:
    """Where Temporal is and how to speak to it; `tls` None means plain, or TLS with an API key."""

    address: str
    keys: PayloadKeys = field(repr=False)
    namespace: str = "default"
    api_key: str | None = field(default=None, repr=False)
    tls: TLSConfig | bool | None = None
    # Tells of each start and each step, in the trace they belong to; None tells nobody.
    tracer: Tracer | None = None
    # `host:port` where this process answers Prometheus about workflows and steps; None: nowhere.
    measured_at: str | None = None


async def open_client(connection: TemporalConnection, *, lazy: bool = False) -> Client:
    """A client; a lazy one connects with its first call, so it may be made while Temporal is away.

    Raises RuntimeError when it is not lazy and nothing answers.
    """
    return await Client.connect(
        connection.address,
        namespace=connection.namespace,
        api_key=connection.api_key,
        tls=connection.tls,
        data_converter=data_converter(connection.keys),
        connect_timeout=CONNECT_TIMEOUT,
        interceptors=[] if connection.tracer is None else [TracingInterceptor(connection.tracer)],
        lazy=lazy,
        runtime=_runtime(connection.measured_at),
    )


@cache
def _runtime(measured_at: str | None) -> Runtime | None:
    """One a process and address: it listens there from its making on."""
    if measured_at is None:
        return None
    return Runtime(telemetry=TelemetryConfig(metrics=PrometheusConfig(bind_address=measured_at)))


async def wait_for_client(connection: TemporalConnection) -> Client:
    """A connected client, however long Temporal is away; says so once."""
    wait = FIRST_WAIT_SECONDS
    while True:
        try:
            return await open_client(connection)
        except (RuntimeError, RPCError) as away:
            if wait == FIRST_WAIT_SECONDS:
                _log.warning(
                    "Temporal does not answer at %s (%s); trying until it does",
                    connection.address,
                    away,
                )
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)


async def is_polled(client: Client, queue: str) -> bool:
    """Whether some worker asks for the tasks of a queue. Raises RPCError."""
    asked = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=queue),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    described = await client.workflow_service.describe_task_queue(asked)
    oldest = datetime.now(UTC) - POLLED_WITHIN
    return any(each.last_access_time.ToDatetime(UTC) > oldest for each in described.pollers)


def is_away(error: BaseException) -> bool:
    """Whether the server was not there or not able, so that the same call may succeed later."""
    if isinstance(error, RPCError):
        return error.status in _AWAY
    # A lazy client that can not connect says so by a plain RuntimeError.
    unconnected = isinstance(error, RuntimeError) and "client connect" in str(error)
    return unconnected or isinstance(error, (OSError, TimeoutError))
