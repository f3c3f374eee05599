"""Traces on their way to a collector: spans as OTLP in JSON over HTTP, in batches.

What a span is about is said where it begins; without a collector nothing is collected at all.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import httpx
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.util.types import AttributeValue

TIMEOUT_SECONDS = 5.0  # a collector that hangs holds up later batches, never the work itself
_log = logging.getLogger(__name__)


def collect_traces(url: str | None, part: str) -> None:
    """Send the spans of this process there from now on; None: collect none."""
    if url is not None:
        provider = TracerProvider(resource=Resource({"service.name": f"trunkline-{part}"}))
        provider.add_span_processor(BatchSpanProcessor(Collector(url)))
        trace.set_tracer_provider(provider)


class Collector(SpanExporter):
    """A collector behind an address, to which `/v1/traces` is added."""

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/v1/traces"
        self._client = httpx.Client(timeout=TIMEOUT_SECONDS)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send one batch; one that the collector does not take is lost, and that is logged."""
        try:
            self._client.post(self._url, json=_batch(spans)).raise_for_status()
        except httpx.HTTPError as error:
            _log.warning("%d spans are lost at %s: %s", len(spans), self._url, error)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Close the connection."""
        self._client.close()


def _batch(spans: Sequence[ReadableSpan]) -> dict[str, Any]:
    """One request of OTLP; all spans of a process have one resource."""
    resource = {"attributes": _attributes(spans[0].resource.attributes)} if spans else {}
    told = [{"scope": {"name": "trunkline"}, "spans": [_span(span) for span in spans]}]
    return {"resourceSpans": [{"resource": resource, "scopeSpans": told}]}


def _span(span: ReadableSpan) -> dict[str, Any]:
    context = span.get_span_context()
    told: dict[str, Any] = {
        "traceId": trace.format_trace_id(context.trace_id) if context else "",
        "spanId": trace.format_span_id(context.span_id) if context else "",
        "name": span.name,
        "kind": span.kind.value + 1,  # OTLP keeps 0 for "unspecified"
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "attributes": _attributes(span.attributes or {}),
        "status": {"code": span.status.status_code.value},
    }
    if span.parent is not None:
        told["parentSpanId"] = trace.format_span_id(span.parent.span_id)
    if span.status.description:
        told["status"]["message"] = span.status.description
    return told


def _attributes(found: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in found.items()]


def _value(value: AttributeValue) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": str(value)}
