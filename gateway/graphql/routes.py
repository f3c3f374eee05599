"""Where GraphQL is served: one address, over HTTP and WebSocket.

What stands behind it is handed in.
"""

import strawberry
from starlette.routing import BaseRoute, Route, WebSocketRoute

from gateway.auth import Viewers
from gateway.graphql.endpoint import GraphQLEndpoint
from gateway.graphql.events import Events
from gateway.graphql.pipeline import Pipeline
from gateway.graphql.sockets import SocketEndpoint
from gateway.subscriptions import Wakeups
from schema.wakeups import wake_of


def graphql_routes(pipeline: Pipeline, viewers: Viewers, wakeups: Wakeups) -> list[BaseRoute]:
    """/graphql, over HTTP and WebSocket."""
    events = Events(pipeline, viewers, wakeups)
    return [
        Route("/graphql", GraphQLEndpoint(pipeline, viewers, events)),
        WebSocketRoute("/graphql", SocketEndpoint(pipeline, viewers, events)),
    ]


def channels(schema: strawberry.Schema) -> frozenset[str]:
    """What the subscriptions of a schema are woken by."""
    root = schema._schema.subscription_type  # noqa: SLF001 - the compiled schema has no other name
    fields = () if root is None else root.fields.values()
    return frozenset(wake.channel for field in fields if (wake := wake_of(field)) is not None)
