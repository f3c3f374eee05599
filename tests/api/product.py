"""The product's own API over a real database, spoken to without a network.

Each call is one request; answers are checked to be well formed on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import strawberry
from starlette.applications import Starlette

from gateway.auth import Viewers
from gateway.graphql.pipeline import Means, Pipeline
from gateway.graphql.routes import channels, graphql_routes
from gateway.graphql.trusted import TrustedDocuments
from gateway.limits import Points
from gateway.subscriptions import Wakeups
from models.access.principal import viewer_of_token
from models.database import read_pool, steady_pool
from schema import reads
from schema.root import build
from tests.people import Person


@cache
def product_schema() -> strawberry.Schema:
    """The schema of the API, built once a process."""
    return build()


class Product:
    """The API; `ask` speaks as whoever is named, or as a stranger."""

    def __init__(self) -> None:
        schema = product_schema()
        viewers = Viewers(viewer_of_token)
        trusted = TrustedDocuments({}, only=False)
        means = Means(reads, trusted, Points(0), read_pool, viewers.forget, steady_pool)
        wakeups = Wakeups("", channels(schema))
        routes = graphql_routes(Pipeline(schema, means), viewers, wakeups)
        self.application = Starlette(routes=routes)
        self._transport = httpx.ASGITransport(self.application, client=("192.0.2.1", 4711))

    async def send(self, asker: Person | str | None, query: str, **variables: Any) -> Answered:
        """The whole answer of one request."""
        token = asker.token if isinstance(asker, Person) else asker
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=self._transport, base_url="http://api") as client:
            body = {"query": query, "variables": variables}
            response = await client.post("/graphql", json=body, headers=headers)
        return Answered(response.json())

    async def ask(self, asker: Person | str | None, query: str, **variables: Any) -> Any:
        """The data of a request that must go well."""
        answer = await self.send(asker, query, **variables)
        assert answer.codes == [], answer.body
        return answer.body["data"]

    async def mutate(self, asker: Person | str | None, call: str, **variables: Any) -> Any:
        """The payload of one mutation; `call` is its name and selection, each input a variable.

        `rateGroupCreate { rateGroup { id } }` with `name="Gold"` sends `input: {name: "Gold"}`.
        """
        name, _, selection = call.partition(" ")
        kind = name[0].upper() + name[1:]
        inner = selection.strip().removeprefix("{").removesuffix("}")
        query = (
            f"mutation($input: {kind}Input!) {{ {name}(input: $input)"
            f" {{ {inner} userErrors {{ code field message }} }} }}"
        )
        return (await self.ask(asker, query, input=variables))[name]


@dataclass(frozen=True, slots=True)
class Answered:
    """One response."""

    body: dict[str, Any]

    @property
    def codes(self) -> list[str]:
        """The codes of its top-level errors."""
        return [error["extensions"]["code"] for error in self.body.get("errors", [])]

    @property
    def data(self) -> Any:
        """What it found, if anything."""
        return self.body.get("data")


def refusals(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Code and path of each refusal of a payload."""
    return [(error["code"], error["field"]) for error in payload["userErrors"]]
