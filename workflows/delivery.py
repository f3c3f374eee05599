"""How each kind of errand reaches Temporal: which workflow, under which name and policy.

Names are deterministic, so a second delivery finds what the first one started.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from opentelemetry.context import attach, detach
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from temporalio.client import Client
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.devices import DeviceRef
from activities.mails import MailBatch
from models.jobs.job import Job
from models.jobs.outbox import Errand, OutboxKind
from models.rules.enums import JobKind
from workflows.options import Queue
from workflows.stories.batch_update import BatchUpdate
from workflows.stories.billing_sweep import BillingRun
from workflows.stories.delete_customers import DeleteCustomers
from workflows.stories.export_customers import ExportCustomers
from workflows.stories.follow_subtree import FollowSubtree, SubtreeRun
from workflows.stories.import_customers import ImportCustomers
from workflows.stories.job_story import JobRun, JobStory
from workflows.stories.mass_create import MassCreateCustomers
from workflows.stories.provision_device import ProvisionDevice
from workflows.stories.read_ip_lists import ReadIpLists
from workflows.stories.send_mail import DeliverMails

RPC_TIMEOUT = timedelta(seconds=10)  # rows are locked meanwhile
JOB_KIND = SearchAttributeKey.for_keyword("JobKind")
TENANT = SearchAttributeKey.for_keyword("Tenant")
HOUSE = "house"  # the tenant of jobs of the administration


@dataclass(frozen=True, slots=True)
class Story:
    """Which workflow carries a kind of job, on which queue."""

    run: Callable[[Any, JobRun], Awaitable[None]]
    queue: Queue = Queue.BULK


STORIES: dict[JobKind, Story] = {
    JobKind.MASS_CREATE: Story(MassCreateCustomers.run),
    JobKind.IMPORT: Story(ImportCustomers.run),
    JobKind.EXPORT: Story(ExportCustomers.run),
    JobKind.BATCH_UPDATE: Story(BatchUpdate.run),
    JobKind.DELETE: Story(DeleteCustomers.run),
    JobKind.BILLING_RUN: Story(BillingRun.run, Queue.BILLING),
}


class Deliverer:
    """Delivers errands through one client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def deliver(self, errand: Errand) -> None:
        """Start or signal; done when Temporal knows of it, also when it did before."""
        with _in_trace(errand.traceparent):
            match errand.kind:
                case OutboxKind.JOB:
                    await self._start_job(errand)
                case OutboxKind.JOB_CONTROL:
                    await self._steer_job(errand)
                case OutboxKind.MAIL:
                    await self._start_mails(errand)
                case OutboxKind.SIP_DEVICE:
                    await self._signal_device(errand)
                case OutboxKind.SUBTREE:
                    await self._signal_subtree(errand)
                case OutboxKind.IP_LISTS:
                    await self._signal_ip_lists(errand)

    async def _start_job(self, errand: Errand) -> None:
        job = await Job.get(id=errand.subject_id)
        if job.is_terminal:
            return
        story = STORIES[job.kind]
        await _started(
            self._client.start_workflow(
                story.run,
                JobRun(str(job.id)),
                id=job.workflow_id,
                task_queue=story.queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=_attributes(job),
                static_summary=_summary(job),
                rpc_timeout=RPC_TIMEOUT,
            )
        )

    async def _steer_job(self, errand: Errand) -> None:
        job = await Job.get(id=errand.subject_id)
        handle = self._client.get_workflow_handle(job.workflow_id)
        try:
            await handle.signal(JobStory.steered, rpc_timeout=RPC_TIMEOUT)
        except RPCError as missing:
            if missing.status is not RPCStatusCode.NOT_FOUND:
                raise
            # Not begun or already over: it reads the row when it begins.

    async def _start_mails(self, errand: Errand) -> None:
        await _started(
            self._client.start_workflow(
                DeliverMails.run,
                MailBatch(str(errand.subject_id)),
                id=f"mail/{errand.subject_id}",
                task_queue=Queue.MAIL,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                rpc_timeout=RPC_TIMEOUT,
            )
        )

    async def _signal_device(self, errand: Errand) -> None:
        # A device changes again after its workflow closed, so its name may be used again.
        await self._client.start_workflow(
            ProvisionDevice.run,
            DeviceRef(str(errand.subject_id)),
            id=f"sip-device/{errand.subject_id}",
            task_queue=Queue.PROVISIONING,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal="changed",
            start_signal_args=[errand.generation],
            rpc_timeout=RPC_TIMEOUT,
        )

    async def _signal_subtree(self, errand: Errand) -> None:
        await self._client.start_workflow(
            FollowSubtree.run,
            SubtreeRun(str(errand.subject_id)),
            id=f"subtree/{errand.subject_id}",
            task_queue=Queue.PROVISIONING,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal="changed",
            start_signal_args=[errand.generation],
            rpc_timeout=RPC_TIMEOUT,
        )

    async def _signal_ip_lists(self, errand: Errand) -> None:
        await self._client.start_workflow(
            ReadIpLists.run,
            id="ip-lists",
            task_queue=Queue.PROVISIONING,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal="changed",
            start_signal_args=[errand.generation],
            rpc_timeout=RPC_TIMEOUT,
        )


@contextmanager
def _in_trace(traceparent: str | None) -> Iterator[None]:
    """What is started inside belongs to the trace of whoever decided it."""
    carrier = {} if traceparent is None else {"traceparent": traceparent}
    token = attach(TraceContextTextMapPropagator().extract(carrier))
    try:
        yield
    finally:
        detach(token)


async def _started(starting: Awaitable[object]) -> None:
    try:
        await starting
    except WorkflowAlreadyStartedError:
        return  # it has run and closed: delivered


def _attributes(job: Job) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [
            SearchAttributePair(JOB_KIND, job.kind.value),
            SearchAttributePair(TENANT, HOUSE if job.reseller_id is None else str(job.reseller_id)),
        ]
    )


def _summary(job: Job) -> str:
    words = job.kind.replace("_", " ").lower()
    return f"{words}, dry run" if job.dry_run else words
