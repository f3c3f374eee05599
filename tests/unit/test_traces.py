"""What is sent to a collector of traces, and what becomes of spans that nobody takes."""

from __future__ import annotations

import json

import httpx
import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.trace import StatusCode

from gateway.traces import Collector


class Listening(Collector):
    """A collector whose network ends in this process."""

    def __init__(self, status: int = 200) -> None:
        super().__init__("http://collector:4318/")
        self.heard: list[httpx.Request] = []
        self.results: list[SpanExportResult] = []

        def answer(request: httpx.Request) -> httpx.Response:
            self.heard.append(request)
            return httpx.Response(status)

        self._client = httpx.Client(transport=httpx.MockTransport(answer))


def test_spans_are_told_in_the_form_of_otlp() -> None:
    collector = Listening()
    provider = TracerProvider(resource=Resource({"service.name": "trunkline-api"}))
    provider.add_span_processor(SimpleSpanProcessor(collector))
    tracer = provider.get_tracer("tests")
    with (
        tracer.start_as_current_span("mutation customerCreate") as outer,
        tracer.start_as_current_span("inner") as span,
    ):
        span.set_attributes({"request_id": "7", "rows": 3, "is_dry": True, "share": 0.5})
        span.set_status(StatusCode.ERROR, "broke")
    request = collector.heard[0]
    assert str(request.url) == "http://collector:4318/v1/traces"
    [told] = json.loads(request.content)["resourceSpans"]
    assert told["resource"]["attributes"] == [
        {"key": "service.name", "value": {"stringValue": "trunkline-api"}}
    ]
    [found] = told["scopeSpans"][0]["spans"]
    context = outer.get_span_context()
    assert found["traceId"] == f"{context.trace_id:032x}"
    assert found["parentSpanId"] == f"{context.span_id:016x}"
    assert (found["name"], found["kind"]) == ("inner", 1)
    assert found["status"] == {"code": 2, "message": "broke"}
    assert int(found["endTimeUnixNano"]) >= int(found["startTimeUnixNano"]) > 0
    assert found["attributes"] == [
        {"key": "request_id", "value": {"stringValue": "7"}},
        {"key": "rows", "value": {"intValue": "3"}},
        {"key": "is_dry", "value": {"boolValue": True}},
        {"key": "share", "value": {"doubleValue": 0.5}},
    ]


def test_spans_that_the_collector_refuses_are_lost_and_said_to_be(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert Listening(503).export([]) is SpanExportResult.FAILURE
    assert "0 spans are lost at http://collector:4318/v1/traces" in caplog.text
    assert Listening().export([]) is SpanExportResult.SUCCESS
