"""Schemathesis asks the served API whatever its schema allows: nothing may be a fault.

A refusal is an answer, if it carries a code; only an administrator gets deep enough to be asked.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tests.api.scalars  # noqa: F401 - schemathesis learns our scalars
from gateway.ports import free_port
from gateway.settings import PROJECT, environment_of_children
from schema.refusals import Code
from tests.people import Person, administrator, customer, reseller

LONGEST_START_SECONDS = 30.0
EXAMPLES = 6
CODES = frozenset(map(str, Code)) - {Code.INTERNAL_SERVER_ERROR}
# What ends the session that asks, or waits for a password hash each time.
LEFT_OUT = frozenset({"sessionDelete", "sessionCreate", "passwordChange", "staffUpdate"})


@dataclass(frozen=True, slots=True)
class Served:
    """An API process, and whose token asks it."""

    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What its owner sends."""
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture
async def admin(database: str) -> Person:
    """An administrator of a house with somebody in it."""
    assert database
    found = await administrator()
    await customer(found, await reseller(found))
    return found


@pytest.fixture
def served(database_url: str, admin: Person, tmp_path: Path) -> Iterator[Served]:
    """The product's own process over the test's database."""
    port = free_port()
    environment = {
        **environment_of_children(),
        "PYTHONPATH": str(PROJECT),
        "DATABASE_URL": database_url,
        "TRUNKLINE_SECRET_KEY": "k" * 32,
        "TRUNKLINE_DATA_DIR": str(tmp_path),
        "TRUNKLINE_HTTP_PORT": str(port),
        "TRUNKLINE_POINTS_PER_MINUTE": "0",
    }
    log = tmp_path / "api.log"
    with log.open("wb") as lines:
        command = [sys.executable, "-m", "gateway", "api"]
        process = subprocess.Popen(command, env=environment, stdout=lines, stderr=lines)
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz", log)
        yield Served(f"http://127.0.0.1:{port}/graphql", admin.token)
    finally:
        process.terminate()
        process.wait()


def wait_for(url: str, log: Path) -> None:
    until = time.monotonic() + LONGEST_START_SECONDS
    while time.monotonic() < until:
        try:
            if httpx.get(url).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def test_schemathesis_finds_no_fault(served: Served) -> None:
    schema = schemathesis.graphql.from_url(served.url, headers=served.headers)
    asked = 0
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # a schema of ours is valid
        if operation.definition.field_name in LEFT_OUT:
            continue
        ask(operation, served)
        asked += 1
    assert asked > 50


def ask(operation: Any, served: Served) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def asked(case: Any) -> None:
        response = case.call(headers=served.headers)
        assert response.status_code < 500, response.text
        for error in response.json().get("errors", ()):
            assert error["extensions"]["code"] in CODES, (case.body, error)
            assert error["extensions"]["requestId"]

    asked()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)
MEMBERS = st.dictionaries(
    st.sampled_from(["query", "variables", "operationName", "extensions", "documentId"]), JSON
)


def test_any_body_and_header_is_answered_with_a_code(served: Served) -> None:
    with httpx.Client(headers=served.headers) as client:

        @given(
            body=st.binary(max_size=300) | (JSON | MEMBERS).map(lambda v: json.dumps(v).encode()),
            accept=st.sampled_from(["*/*", "application/json", "a;q=b", ",", "text/event-stream"]),
        )
        @settings(max_examples=300, deadline=None, database=None, derandomize=True)
        def asked(body: bytes, accept: str) -> None:
            headers = {"Content-Type": "application/json", "Accept": accept}
            response = client.post(served.url, content=body, headers=headers)
            assert response.status_code < 500, response.text
            for error in response.json().get("errors", ()):
                assert error["extensions"]["code"] in CODES, (body, error)

        asked()
