"""One server with three ways to the same answer: the API, SQL by hand, and stock resolvers.

Run by the bench as a process of its own; every way uses the same pool and loop. What is written by
hand is asked with the same token, and plans each statement as the API does.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from uuid import UUID

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.asgi import GraphQL

from gateway.auth import Viewers
from gateway.graphql.pipeline import Means, Pipeline
from gateway.graphql.routes import channels, graphql_routes
from gateway.graphql.trusted import TrustedDocuments
from gateway.limits import Points
from gateway.subscriptions import Wakeups
from gateway.visits import bearer
from models.access.principal import viewer_of_token
from models.database import connect, read_pool, steady_pool
from models.seal import KEY_BYTES, install_key
from schema import reads
from schema.root import build
from tests.bench.reads_by_hand import BY_HAND
from tests.bench.reads_stock import stock_schema

CONNECTIONS = 8  # of each pool: more than two cores keep busy


def application(dsn: str) -> Starlette:
    """All three ways; the database is opened by the first request's loop."""
    install_key(b"k" * KEY_BYTES)
    schema = build()
    viewers = Viewers(viewer_of_token)
    means = Means(
        reads, TrustedDocuments({}, only=False), Points(0), read_pool, viewers.forget, steady_pool
    )
    routes = graphql_routes(Pipeline(schema, means), viewers, Wakeups("", channels(schema)))

    @asynccontextmanager
    async def opened(_: Starlette) -> AsyncIterator[None]:
        await connect(dsn, pool_size=CONNECTIONS, read_pool_size=CONNECTIONS)
        yield

    return Starlette(
        routes=[
            *routes,
            Route("/hand/{name}", ByHand(viewers).answer, methods=["POST"]),
            Route("/stock", GraphQL(stock_schema()), methods=["POST"]),
        ],
        lifespan=opened,
    )


class ByHand:
    """What somebody writes who wants these few answers and nothing else."""

    def __init__(self, viewers: Viewers) -> None:
        self._viewers = viewers

    async def answer(self, request: Request) -> Response:
        """One statement, its text the answer; for whoever may see everybody."""
        token = bearer(request.headers.get("authorization"))
        viewer = await self._viewers.of(token) if token else None
        if viewer is None or not viewer.is_staff:
            return Response(status_code=HTTPStatus.FORBIDDEN)
        query, values = BY_HAND[request.path_params["name"]]
        given = orjson.loads(await request.body())
        pool = read_pool() if request.path_params["name"] == "filtered" else steady_pool()
        if "id" in given:
            given["id"] = UUID(base64.urlsafe_b64decode(given["id"] + "==").decode().split(":")[1])
        text = await pool.fetchval(query, *(given[name] for name in values))
        return Response(f'{{"data":{text}}}', media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(
        application(sys.argv[1]),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        log_level=os.environ.get("BENCH_LOG", "warning"),
        access_log=False,
    )
