"""GraphQL over HTTP: methods, media types, statuses, headers, and what bad requests are told."""

from typing import Any

import httpx
import pytest

from tests.api.conftest import client_of
from tests.api.playground import Playground

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


async def post(client: httpx.AsyncClient, body: Any, accept: str = JSON) -> httpx.Response:
    return await client.post("/graphql", json=body, headers={"Accept": accept})


def code_of(response: httpx.Response) -> str:
    body = response.json()
    assert "data" not in body
    extensions = body["errors"][0]["extensions"]
    assert extensions["requestId"] == response.headers["x-request-id"]
    return str(extensions["code"])


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_a_query_is_answered_in_the_accepted_type(
    client: httpx.AsyncClient, accept: str
) -> None:
    response = await post(client, {"query": "{hello}"}, accept)
    assert response.status_code == 200
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert "Accept" in response.headers["vary"]
    assert response.json()["data"] == {"hello": "Hello, you"}


async def test_the_cost_stands_in_every_answer(client: httpx.AsyncClient) -> None:
    body = (await post(client, {"query": "{pet{name}}"})).json()
    assert body["extensions"] == {"cost": {"requested": 1, "maximum": 10_000, "throttle": None}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{nothing}", "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int!){pets(first: $n){totalCount}}", "BAD_USER_INPUT"),
        ("{" + "query{" * 12 + "hello" + "}" * 13, "GRAPHQL_VALIDATION_FAILED"),
        ("{me}", "UNAUTHENTICATED"),
    ],
)
async def test_a_request_error_has_no_data_and_a_status_by_media_type(
    client: httpx.AsyncClient, query: str, code: str
) -> None:
    old, new = await post(client, {"query": query}), await post(client, {"query": query}, GRAPHQL)
    assert (code_of(old), code_of(new)) == (code, code)
    assert old.status_code == 200
    assert new.status_code == (401 if code == "UNAUTHENTICATED" else 400)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(b"", {}, id="nothing"),
        pytest.param(b"[]", {}, id="a batch"),
        pytest.param(b"null", {}, id="null"),
        pytest.param(b'"{hello}"', {}, id="a text"),
        pytest.param(b"{", {}, id="half an object"),
        pytest.param(b'{"query": "\xff"}', {}, id="not UTF-8"),
        pytest.param(b'{"query": "{hello}", "variables": {"a": NaN}}', {}, id="NaN"),
        pytest.param(b'{"query": "\\ud800"}', {}, id="half a surrogate pair"),
        pytest.param(b'{"query": "{hello(name: \\"\\u0000\\")}"}', {}, id="NUL"),
        pytest.param(b"[" * 100_000, {}, id="nested absurdly"),
        pytest.param(b'{"a": ' * 100 + b"1" + b"}" * 100, {}, id="nested too deeply"),
        pytest.param(b'{"variables": [' + b"1," * 30_000 + b"1]}", {}, id="too many values"),
        pytest.param(b'{"query": 1}', {}, id="a query that is a number"),
        pytest.param(b'{"query": "{hello}", "variables": []}', {}, id="variables in a list"),
        pytest.param(b'{"query": "{hello}", "extensions": "x"}', {}, id="extensions in a text"),
        pytest.param(b'{"operationName": "a"}', {}, id="no query"),
        pytest.param(b'{"query": "query a{hello} query b{me}"}', {}, id="two operations"),
        pytest.param(b'{"query": "{hello}", "operationName": "b"}', {}, id="another name"),
        pytest.param(
            b'{"query": "subscription{petChanged(id: 1){name}}"}', {}, id="a subscription"
        ),
    ],
)
async def test_what_is_no_request_gets_400_in_every_media_type(
    client: httpx.AsyncClient, body: bytes, headers: dict[str, str]
) -> None:
    for accept in (JSON, GRAPHQL):
        sent = {"Content-Type": JSON, "Accept": accept, **headers}
        response = await client.post("/graphql", content=body, headers=sent)
        assert response.status_code == 400
        assert response.headers["content-type"].startswith(accept)
        assert code_of(response) == "BAD_USER_INPUT"


async def test_a_body_beyond_a_mebibyte_is_too_large(client: httpx.AsyncClient) -> None:
    body = b'{"query": "{hello}", "variables": {"a": "' + b"x" * (1 << 20) + b'"}}'
    response = await client.post("/graphql", content=body, headers={"Content-Type": JSON})
    assert response.status_code == 413
    assert code_of(response) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": JSON, "Content-Encoding": "gzip"},
    ],
)
async def test_only_json_in_utf8_is_read(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    response = await client.post("/graphql", content=b'{"query":"{hello}"}', headers=headers)
    assert response.status_code == 415
    assert code_of(response) == "BAD_USER_INPUT"


async def test_nobody_gets_a_type_that_is_not_theirs(client: httpx.AsyncClient) -> None:
    response = await post(client, {"query": "{hello}"}, "text/html")
    assert response.status_code == 406
    assert code_of(response) == "BAD_USER_INPUT"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_another_method_is_not_allowed(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


async def test_a_query_by_get_needs_credentials_or_a_header_no_page_sends(
    client: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    address = "/graphql?query={hello(name:$n)}".replace("{", "query($n:String){", 1)
    asked = address + '&variables={"n":"x"}'
    preflight = {"GraphQL-Require-Preflight": "1"}
    assert (await client.get(asked)).status_code == 400
    assert (await client.get(asked, headers=preflight)).json()["data"] == {"hello": "Hello, x"}
    assert (await ada.get(asked)).json()["data"] == {"hello": "Hello, x"}


async def test_a_mutation_by_get_is_not_allowed(ada: httpx.AsyncClient) -> None:
    query = 'mutation{petCreate(input:{name:"Rex"}){key}}'
    for accept in (JSON, GRAPHQL):
        response = await ada.get("/graphql", params={"query": query}, headers={"Accept": accept})
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"
        assert code_of(response) == "BAD_USER_INPUT"


async def test_the_schema_is_not_for_strangers(
    client: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    body = {"query": "{__schema{queryType{name}}}"}
    assert code_of(await post(client, body)) == "FORBIDDEN"
    assert (await post(ada, body)).json()["data"] == {"__schema": {"queryType": {"name": "Query"}}}
    preflight = {"GraphQL-Require-Preflight": "1"}
    vouched = await client.post("/graphql", json=body, headers=preflight)
    assert vouched.json()["data"]


async def test_names_of_the_schema_are_not_suggested_to_strangers(
    client: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    body = {"query": "{helo}"}
    (stranger,) = (await post(client, body)).json()["errors"]
    (friend,) = (await post(ada, body)).json()["errors"]
    assert stranger["message"] == "Cannot query field 'helo' on type 'Query'."
    assert "Did you mean 'hello'?" in friend["message"]


@pytest.mark.parametrize("authorization", ["Bearer nobody", "Basic YTpi", "Bearer", ""])
async def test_bad_credentials_are_refused_whatever_is_asked(
    client: httpx.AsyncClient, authorization: str
) -> None:
    response = await client.post(
        "/graphql", json={"query": "{hello}"}, headers={"Authorization": authorization}
    )
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert code_of(response) == "UNAUTHENTICATED"


async def test_a_permission_is_demanded_before_anything_runs(playground: Playground) -> None:
    async with client_of(playground, "bob") as bob:
        response = await post(bob, {"query": "{hello pets{totalCount}}"}, GRAPHQL)
        nested = await post(bob, {"query": "{pet{name history}}"})
    assert (response.status_code, code_of(response)) == (403, "FORBIDDEN")
    assert code_of(nested) == "FORBIDDEN"
    assert nested.json()["errors"][0]["locations"] == [{"line": 1, "column": 11}]


async def test_a_given_request_id_is_kept_when_it_is_plain(client: httpx.AsyncClient) -> None:
    kept = await client.post("/graphql", json={}, headers={"X-Request-Id": "abc-1"})
    other = await client.post("/graphql", json={}, headers={"X-Request-Id": "a b\tc"})
    assert kept.headers["x-request-id"] == "abc-1"
    assert other.headers["x-request-id"] != "a b\tc"


async def test_pages_of_listed_origins_may_call(client: httpx.AsyncClient) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    listed = await client.options("/graphql", headers={"Origin": "https://portal.example", **asked})
    other = await client.options("/graphql", headers={"Origin": "https://evil.example", **asked})
    assert listed.headers["access-control-allow-origin"] == "https://portal.example"
    assert "access-control-allow-credentials" not in listed.headers
    assert "access-control-allow-origin" not in other.headers
