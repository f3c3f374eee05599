"""One trace from the mutation through the outbox and the workflow to the activity."""

from __future__ import annotations

from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from models.jobs.job import Job
from models.jobs.outbox import Outbox
from tests import people
from tests.api.product import Product
from tests.temporal.conftest import House
from tests.temporal.imports import ended

EXPORT = "customerExportStart { job { id } }"


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """What the API's tracer told."""
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr("gateway.graphql.pipeline._TRACER", provider.get_tracer("tests"))
    return spans


def trace_of(span: ReadableSpan) -> int:
    context = span.get_span_context()
    assert context is not None
    return context.trace_id


async def test_a_mutation_and_what_its_workflow_does_are_one_trace(
    house: House, collected: InMemorySpanExporter
) -> None:
    admin = await people.administrator()
    await Product().mutate(admin, EXPORT)
    (asked,) = collected.get_finished_spans()
    worker = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(worker))
    traced = replace(house.connection, tracer=provider.get_tracer("tests"))
    async with replace(house, connection=traced).working():
        await ended(await Job.get())
        await house.closed((await Job.get()).workflow_id)
    spans = {span.name: span for span in worker.get_finished_spans()}
    for name in (
        "StartWorkflow:ExportCustomers",
        "RunWorkflow:ExportCustomers",
        "RunActivity:export_customers",
        "RunActivity:conclude_job",
    ):
        assert trace_of(spans[name]) == trace_of(asked), name


async def test_what_nobody_traces_carries_no_trace(house: House) -> None:
    del house
    admin = await people.administrator()
    await Product().mutate(admin, EXPORT)
    assert (await Outbox.get()).traceparent is None
