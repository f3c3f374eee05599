"""The API as a web application: its routes, what they share, and what starts and ends with it.

What a route answers is said in its own file.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import strawberry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

from gateway.auth import Viewers
from gateway.graphql.endpoint import GraphQLEndpoint
from gateway.graphql.events import Events
from gateway.graphql.pipeline import Means, Pipeline
from gateway.graphql.sockets import SocketEndpoint
from gateway.graphql.trusted import TrustedDocuments, read_manifests
from gateway.health import health_routes
from gateway.limits import Points
from gateway.settings import PROJECT, Settings
from gateway.subscriptions import Wakeups
from gateway.visits import PREFLIGHT_HEADER
from models.access.principal import viewer_of_token
from models.database import connect, disconnect, read_pool
from models.seal import install_key
from schema import reads
from schema.root import build
from schema.wakeups import wake_of

MANIFESTS: Final = PROJECT / "documents" / "manifests"
ACCESS_CHANNEL: Final = "access"  # told when sessions, permissions or the tree of resellers change
REQUEST_HEADERS: Final = ("Authorization", "Content-Type", PREFLIGHT_HEADER, "X-Request-Id")
ANSWER_HEADERS: Final = ("X-Request-Id", "Retry-After", "Content-Disposition")


def application(settings: Settings) -> Starlette:
    """The API, to be served by one process; it opens the database when it starts."""
    install_key(settings.application_key)
    schema = build()
    wakeups = Wakeups(settings.needed_database_url, channels(schema))
    viewers = Viewers(viewer_of_token)
    wakeups.on(ACCESS_CHANNEL, viewers.forget)
    trusted = TrustedDocuments(read_manifests(MANIFESTS), only=settings.trusted_documents_only)
    points = Points(settings.points_per_minute)
    means = Means(reads, trusted, points, read_pool, viewers.forget)
    pipeline = Pipeline(schema, means)
    routes = [*graphql_routes(pipeline, viewers, wakeups), *health_routes()]
    return Starlette(
        routes=routes,
        middleware=[cross_origin(settings.cors_origins)],
        lifespan=_lifespan(settings.needed_database_url, wakeups),
    )


def graphql_routes(pipeline: Pipeline, viewers: Viewers, wakeups: Wakeups) -> list[BaseRoute]:
    """/graphql, over HTTP and WebSocket."""
    events = Events(pipeline, viewers, wakeups)
    return [
        Route("/graphql", GraphQLEndpoint(pipeline, viewers, events)),
        WebSocketRoute("/graphql", SocketEndpoint(pipeline, viewers, events)),
    ]


def cross_origin(origins: Sequence[str]) -> Middleware:
    """Which web pages of other origins may call; cookies are never used."""
    return Middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=list(REQUEST_HEADERS),
        expose_headers=list(ANSWER_HEADERS),
    )


def channels(schema: strawberry.Schema) -> frozenset[str]:
    """What the subscriptions of a schema are woken by."""
    root = schema._schema.subscription_type  # noqa: SLF001 (the compiled schema has no other name)
    fields = () if root is None else root.fields.values()
    return frozenset(wake.channel for field in fields if (wake := wake_of(field)) is not None)


def _lifespan(
    dsn: str, wakeups: Wakeups
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await connect(dsn)
        listening = asyncio.create_task(wakeups.run())
        try:
            yield
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await disconnect()

    return lifespan
