"""The API over the small schema, spoken to without a network."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.api.playground import Playground


@pytest.fixture
def playground() -> Playground:
    """One without a database."""
    return Playground()


@pytest.fixture
async def client(playground: Playground) -> AsyncIterator[httpx.AsyncClient]:
    """A stranger."""
    async with client_of(playground) as stranger:
        yield stranger


@pytest.fixture
async def ada(playground: Playground) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator."""
    async with client_of(playground, "ada") as administrator:
        yield administrator


def client_of(playground: Playground, token: str | None = None) -> httpx.AsyncClient:
    """Whoever holds the token."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    transport = httpx.ASGITransport(playground.application())
    return httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers)
