"""Mutations, faults, time limits, points and known documents, as one client meets them."""

import asyncio
import hashlib
import logging
import time
from typing import Any

import asyncpg
import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from models.jobs.outbox import Outbox
from tests.api.conftest import client_of
from tests.api.playground import STAFF, Playground

CREATE = """
mutation($input: PetInput!) {
  petCreate(input: $input) {
    secret { username secret reason } key userErrors { code field message }
  }
}
"""


async def ask(client: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    response = await client.post("/graphql", json={"query": query, "variables": variables})
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


@pytest.fixture
def with_rows(database: str) -> Playground:
    """One whose operations may use the database."""
    return Playground(dsn=database)


async def test_a_mutation_answers_its_payload(ada: httpx.AsyncClient) -> None:
    answer = await ask(ada, CREATE, input={"name": "Rex"})
    assert answer["data"]["petCreate"] == {
        "secret": {"username": "Rex", "secret": "s3cret", "reason": None},
        "key": "k3y",
        "userErrors": [],
    }


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", {"code": "REQUIRED", "field": ["name"], "message": "A pet has a name."}),
        ("taken", {"code": "TAKEN", "field": ["name"], "message": "There is one of this name."}),
    ],
)
async def test_a_refused_input_is_told_in_user_errors(
    ada: httpx.AsyncClient, name: str, problem: dict[str, Any]
) -> None:
    answer = await ask(ada, CREATE, input={"name": name})
    assert "errors" not in answer
    assert answer["data"]["petCreate"] == {"secret": None, "key": None, "userErrors": [problem]}


async def test_what_is_busy_says_when_to_come_again(ada: httpx.AsyncClient) -> None:
    answer = await ask(ada, CREATE, input={"name": "busy"})
    (error,) = answer["errors"]
    assert answer["data"] == {"petCreate": None}
    assert error["path"] == ["petCreate"]
    assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert error["extensions"]["retryAfterSeconds"] == 3


async def test_each_mutation_answers_for_its_own_permission(playground: Playground) -> None:
    async with client_of(playground, "bob") as bob, client_of(playground) as stranger:
        refused = await ask(bob, CREATE, input={"name": "Rex"})
        unknown = await ask(stranger, CREATE, input={"name": "Rex"})
    for answer, code in ((refused, "FORBIDDEN"), (unknown, "UNAUTHENTICATED")):
        assert answer["data"] == {"petCreate": None}
        assert answer["errors"][0]["extensions"]["code"] == code


async def test_a_fault_shows_its_request_id_and_nothing_else(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await ask(client, "{hello broken}")
    (error,) = answer["errors"]
    assert answer["data"] == {"hello": "Hello, you", "broken": None}
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "swordfish" not in str(answer)
    (record,) = caplog.records
    assert record.__dict__["request_id"] == error["extensions"]["requestId"]
    assert "swordfish" in str(record.exc_info)


async def test_a_dependency_that_is_away_is_said_to_be(client: httpx.AsyncClient) -> None:
    answer = await ask(client, "{away}")
    assert answer["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert answer["errors"][0]["extensions"]["retryAfterSeconds"] >= 1


async def test_an_expensive_operation_is_refused_before_it_runs(ada: httpx.AsyncClient) -> None:
    query = "{pets(first:100){nodes{friends(first:100){nodes{name}}}}}"
    answer = await ask(ada, query)
    assert answer["errors"][0]["extensions"]["code"] == "COST_LIMIT"
    assert "10201 points" in answer["errors"][0]["message"]


async def test_a_page_beyond_a_hundred_is_refused_before_it_runs(ada: httpx.AsyncClient) -> None:
    answer = await ask(ada, "query($n: Int){pets(last: $n){totalCount}}", n=101)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_points_run_out_and_say_when_they_are_back() -> None:
    playground = Playground(points=60)
    async with client_of(playground, "ada") as ada, client_of(playground, "bob") as bob:
        first = await ask(ada, "{pet{name}}")
        throttle = first["extensions"]["cost"]["throttle"]
        assert throttle == {"limit": 60, "remaining": 59, "restoresPerSecond": 1.0}
        for _ in range(59):
            await ask(ada, "{pet{name}}")
        response = await ada.post(
            "/graphql",
            json={"query": "{pet{name}}"},
            headers={"Accept": "application/graphql-response+json"},
        )
        assert response.status_code == 429
        extensions = response.json()["errors"][0]["extensions"]
        assert extensions["code"] == "RATE_LIMITED"
        assert response.headers["retry-after"] == str(extensions["retryAfterSeconds"])
        assert (await ask(bob, "{pet{name}}"))["data"]


async def test_a_query_that_takes_too_long_ends_as_timeout_and_in_the_database(
    with_rows: Playground, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setattr("gateway.graphql.limits.OPERATION_SECONDS", 0.3)
    async with client_of(with_rows, "ada") as ada:
        began = time.perf_counter()
        answer = await ask(ada, "{slow(seconds: 20)}")
        assert time.perf_counter() - began < 5
        assert answer["data"] is None
        assert answer["errors"][0]["extensions"]["code"] == "TIMEOUT"
        assert await sleepers(database) == 0
        assert (await ask(ada, "{slow(seconds: 0)}"))["data"] == {"slow": "done"}


async def test_a_client_that_goes_away_cancels_its_query(
    with_rows: Playground, database: str
) -> None:
    body = b'{"query": "{slow(seconds: 20)}"}'
    gone = asyncio.Event()
    sent: list[Any] = []
    arriving = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if arriving:
            return arriving.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "method": "POST",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("api", 80),
        "scheme": "http",
        "http_version": "1.1",
    }
    request = asyncio.create_task(with_rows.application()(scope, receive, send))
    async with asyncio.timeout(5):
        while await sleepers(database) == 0:  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.01)
    gone.set()
    await asyncio.wait_for(request, 5)
    assert sent == []
    assert await sleepers(database) == 0


async def sleepers(dsn: str) -> int:
    """Statements of `slow` that the database is still at, given a moment to end."""
    connection = await asyncpg.connect(dsn)
    await asyncio.sleep(0.1)
    found = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
    )
    await connection.close()
    return int(found)


async def test_a_query_is_persisted_by_its_hash(client: httpx.AsyncClient) -> None:
    query = "{hello}"
    digest = hashlib.sha256(query.encode()).hexdigest()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": digest}}

    async def send(**body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = (await client.post("/graphql", json=body)).json()
        return answer

    missing = await send(extensions=extensions)
    assert missing["errors"][0]["message"] == "PersistedQueryNotFound"
    assert missing["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    assert (await send(query=query, extensions=extensions))["data"]
    assert (await send(extensions=extensions))["data"] == {"hello": "Hello, you"}
    other = await send(query="{me}", extensions=extensions)
    assert other["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("member", ["documentId", "doc_id"])
async def test_a_known_document_is_asked_for_by_its_id(member: str) -> None:
    playground = Playground(documents={"abc": "query Hi($n: String){hello(name: $n)}"})
    async with client_of(playground) as client:
        body = {member: "abc", "variables": {"n": "x"}}
        known = (await client.post("/graphql", json=body)).json()
        other = (await client.post("/graphql", json={member: "abd"})).json()
    assert known["data"] == {"hello": "Hello, x"}
    assert other["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_where_only_known_documents_are_answered_no_other_is() -> None:
    playground = Playground(documents={"abc": "{hello}"}, trusted_only=True)
    async with client_of(playground) as client:
        assert (await ask(client, "{hello}"))["data"]
        answer = await ask(client, "{pet{name}}")
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_token_that_has_ended_is_noticed_after_the_next_mutation(
    playground: Playground,
) -> None:
    async with client_of(playground, "bob") as bob, client_of(playground, "ada") as ada:
        assert (await ask(bob, "{me}"))["data"] == {"me": "Bob"}
        del playground.tokens["bob"]
        await ask(ada, CREATE, input={"name": "Rex"})
        response = await bob.post("/graphql", json={"query": "{me}"})
    assert response.status_code == 401


async def test_what_is_counted_names_root_fields_not_what_clients_call_things(
    client: httpx.AsyncClient,
) -> None:
    await ask(client, "query Clandestine{greeting: hello}")
    text = (await client.get("/metrics")).text
    assert 'trunkline_graphql_requests_total{field="hello",kind="query",outcome="OK"}' in text
    assert "greeting" not in text
    assert "Clandestine" not in text


async def test_a_mutation_leaves_a_line_with_who_and_what_became_of_it(
    ada: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "gateway.graphql.pipeline"):
        await ask(ada, "{me}")
        await ask(ada, CREATE, input={"name": "Rex"})
    (record,) = caplog.records
    assert record.getMessage() == "mutation petCreate"
    assert record.__dict__["viewer"] == str(STAFF.principal_id)
    assert record.__dict__["outcome"] == "OK"


async def test_an_operation_is_one_span_where_spans_are_collected(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(collected))
    monkeypatch.setattr("gateway.graphql.pipeline._TRACER", provider.get_tracer("tests"))
    await client.post("/graphql", json={"query": "{hello}"}, headers={"X-Request-Id": "abc"})
    (span,) = collected.get_finished_spans()
    assert span.name == "query hello"
    assert span.attributes == {"request_id": "abc", "outcome": "OK"}


async def test_it_is_ready_only_with_a_migrated_database(
    client: httpx.AsyncClient, with_rows: Playground
) -> None:
    async with client_of(with_rows) as whole:
        assert (await whole.get("/readyz")).json() == {"status": "ready"}
        assert await Outbox.oldest_seconds() == 0  # through the pool for writes, which opens late
        told = (await whole.get("/metrics")).text
        assert "trunkline_outbox_oldest_seconds 0.0" in told
        for pool in ("reads", "steady", "writes"):
            assert f'trunkline_pool_connections{{pool="{pool}",state="open"}}' in told
    assert (await client.get("/healthz")).json() == {"status": "ok"}
