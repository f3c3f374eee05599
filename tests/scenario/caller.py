"""A client of the API that repeats what it was not answered, with the same idempotency key.

What it got an answer for it counts on; a house in a storm has to keep it.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

PATIENCE_SECONDS = 60.0
BETWEEN_SECONDS = 0.2
# What says that nothing is wrong with the request, and that it may be sent again.
AGAIN = frozenset({"SERVICE_UNAVAILABLE", "TIMEOUT"})


class Caller:
    """Somebody with a token."""

    def __init__(self, address: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.AsyncClient(base_url=address, headers=headers, timeout=15)
        self.repeats = 0

    async def leave(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def told(self, call: str, **given: Any) -> Any:
        """The payload of one mutation; `call` is its name and selection, `given` its input."""
        name, _, selection = call.partition(" ")
        kind = name[0].upper() + name[1:]
        inner = selection.strip().removeprefix("{").removesuffix("}")
        query = (
            f"mutation($input: {kind}Input!) {{ {name}(input: $input)"
            f" {{ {inner} userErrors {{ code field message }} }} }}"
        )
        body = {"query": query, "variables": {"input": given}}
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (answer := await self._once("/graphql", json=body)) is None:
                await self._pause()
        assert "errors" not in answer, answer
        payload = answer["data"][name]
        assert payload["userErrors"] == [], (call, given, payload)
        return payload

    async def upload(self, content: bytes) -> str:
        """The id of a file that was taken."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (answer := await self._once("/uploads", content=content)) is None:
                await self._pause()
        return str(answer["id"])

    async def _pause(self) -> None:
        self.repeats += 1
        await asyncio.sleep(BETWEEN_SECONDS)

    async def _once(self, path: str, **sent: Any) -> dict[str, Any] | None:
        """The answer; None where there was none, or one that asks to come again."""
        try:
            response = await self._client.post(path, **sent)
            answer: dict[str, Any] = response.json()
        except httpx.TransportError:
            return None
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        if codes and codes <= AGAIN:
            return None
        assert response.is_success, (response.status_code, answer)
        return answer
