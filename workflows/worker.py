"""The worker: everything that must finish is finished here, and anything may be killed meanwhile.

Settings are handed in. Which story and which step wait on which queue stands in `catalogue`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    Worker,
)

from activities import outside
from activities.failures import FAULT, as_failure
from activities.outside import Outside
from workflows import schedules
from workflows.catalogue import ON_QUEUE
from workflows.connection import TemporalConnection, wait_for_client
from workflows.delivery import Deliverer
from workflows.options import Queue
from workflows.reconciler import Reconciler
from workflows.registration import register
from workflows.relay import Relay

DRAIN = timedelta(seconds=30)  # what runs may end; what does not is tried again elsewhere
# Heartbeats are thinned out to this; the default of a minute would hide a dead worker as long.
HEARTBEAT_INTERVAL = timedelta(seconds=1)
# A workflow whose worker died is handed to another after this; the default of ten seconds is long.
STICKY = timedelta(seconds=3)
SDK_REST_SECONDS = 0.5  # a process that ends at once after using the SDK can abort in its threads

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """What one worker process serves, and how much at once; slots stay below the database pool.

    keeps_schedules: whether it sets up what happens by itself.
    serving: called once, when Temporal knows us and the queues are about to be polled.
    """

    queues: Sequence[Queue] = tuple(Queue)
    slots: dict[Queue, int] = field(
        default_factory=lambda: {
            Queue.INTERACTIVE: 4,
            Queue.BULK: 4,
            Queue.PROVISIONING: 4,
            Queue.BILLING: 4,
            Queue.MAIL: 2,
        }
    )
    serving: Callable[[], None] | None = None
    keeps_schedules: bool = True


async def run_worker(
    connection: TemporalConnection,
    dsn: str,
    handed_in: Outside,
    stop: asyncio.Event,
    options: WorkerOptions | None = None,
) -> None:
    """Serve until `stop` is set, then drain; waits for Temporal as long as it is away.

    The database must be connected (`models.database.connect`) and the key installed. Raises what
    a part failed with beyond repair: the process should end and be started again.
    """
    outside.install(handed_in)
    client = await _or_stopped(wait_for_client(connection), stop)
    if client is None:
        return
    await register(client)
    if options is None or options.keeps_schedules:
        await schedules.keep(client)
    _log.info("The worker serves %s", connection.address)
    await _serve(client, dsn, stop, options or WorkerOptions())
    await asyncio.sleep(SDK_REST_SECONDS)


async def _serve(client: Client, dsn: str, stop: asyncio.Event, options: WorkerOptions) -> None:
    served = [queue for queue in options.queues if queue in ON_QUEUE]
    workers = [_worker(client, queue, options.slots[queue]) for queue in served]
    carriers = [Relay(Deliverer(client), dsn).run(), Reconciler(client).run()]
    if options.serving is not None:
        options.serving()
    tasks = [asyncio.create_task(part) for part in (*carriers, *(w.run() for w in workers))]
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((stopped, *tasks), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        for carrier in tasks[: len(carriers)]:
            carrier.cancel()
        for worker, task in zip(workers, tasks[len(carriers) :], strict=True):
            if not worker.is_running:  # stopped before it began: nothing else would end it
                task.cancel()
        await asyncio.gather(*(w.shutdown() for w in workers if w.is_running))
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    failures = [end for end in ended if isinstance(end, Exception)]
    if failures:
        raise ExceptionGroup("the worker can not go on", failures)


def _worker(client: Client, queue: Queue, slots: int) -> Worker:
    served = ON_QUEUE[queue]
    return Worker(
        client,
        task_queue=queue,
        workflows=served.workflows,
        activities=served.activities,
        interceptors=[FailureBorder()],
        max_concurrent_activities=slots,
        graceful_shutdown_timeout=DRAIN,
        max_heartbeat_throttle_interval=HEARTBEAT_INTERVAL,
        default_heartbeat_throttle_interval=HEARTBEAT_INTERVAL,
        sticky_queue_schedule_to_start_timeout=STICKY,
    )


async def _or_stopped(waiting: Awaitable[Client], stop: asyncio.Event) -> Client | None:
    """What is waited for, or None when `stop` came first."""
    work = asyncio.ensure_future(waiting)
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if work.done():
        return work.result()
    work.cancel()
    return None


class FailureBorder(Interceptor):
    """Translates what an activity raises, in one place."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """Stand around every activity."""
        return _Border(next)


class _Border(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        try:
            return await super().execute_activity(input)
        except Exception as error:
            failure = as_failure(error, activity.info().attempt)
            if failure is error:  # a cause of itself could not be written down
                raise
            if failure.type == FAULT:
                _log.error(failure.message, exc_info=error)
            raise failure from error
