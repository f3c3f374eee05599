"""The API as a web application: its routes, what they share, and what starts and ends with it.

What a route answers is said in its own file.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import Lifespan

from gateway.answers import SignedInRoute
from gateway.auth import Viewers
from gateway.codec_door import codec_routes, origin_of
from gateway.documents import document_files
from gateway.downloads import Downloads
from gateway.exports import Exports
from gateway.graphiql.page import page_routes
from gateway.graphql.pipeline import Means, Pipeline
from gateway.graphql.routes import channels, graphql_routes
from gateway.graphql.trusted import TrustedDocuments, read_manifests
from gateway.health import health_routes
from gateway.import_template import send_template
from gateway.job_files import job_files
from gateway.limits import Points
from gateway.origins import cross_origin
from gateway.password_page.page import password_routes
from gateway.settings import PROJECT, Settings
from gateway.shown_sql import shown
from gateway.storage import open_storage
from gateway.subscriptions import Wakeups
from gateway.temporal_door import console, payload_keys
from gateway.uploads import Uploads
from models.access.principal import viewer_of_token
from models.database import connect, disconnect, read_pool, steady_pool
from models.jobs.console import install_console
from models.links import install_base
from models.seal import install_key
from schema import reads
from schema.root import build
from workflows.codec import SealingCodec

EXAMPLES: Final = PROJECT / "documents"
MANIFESTS: Final = EXAMPLES / "manifests"
ACCESS_CHANNEL: Final = "access"  # told when sessions, permissions or the tree of resellers change


def application(settings: Settings) -> Starlette:
    """The API, to be served by one process; it opens the database when it starts."""
    install_key(settings.application_key)
    install_base(settings.public_url)
    install_console(console(settings))
    schema = build()
    wakeups = Wakeups(settings.needed_database_url, channels(schema))
    viewers = Viewers(viewer_of_token)
    wakeups.on(ACCESS_CHANNEL, viewers.forget)
    points = Points(settings.points_per_minute)
    pipeline = Pipeline(schema, _means(settings, viewers, points))
    store = open_storage(settings.storage_url)
    uploads, downloads = (
        Uploads(store),
        Downloads({"file": job_files(store), **document_files(store)}),
    )
    routes = [
        *graphql_routes(pipeline, viewers, wakeups),
        *file_routes(uploads, downloads, viewers),
        export_route(Exports(schema, points), viewers),
        *health_routes(),
        *password_routes(),
        *codec_routes(SealingCodec(payload_keys()), viewers),
        *([] if settings.production else page_routes(EXAMPLES)),
    ]
    return Starlette(
        routes=routes,
        middleware=[cross_origin(_origins(settings))],
        lifespan=_lifespan(settings.needed_database_url, wakeups.run, uploads.sweep_for_ever),
    )


def _origins(settings: Settings) -> list[str]:
    page = settings.temporal.console_url
    return [*settings.cors_origins, *([] if page is None else [origin_of(page)])]


def _means(settings: Settings, viewers: Viewers, points: Points) -> Means:
    return Means(
        reads=reads,
        trusted=TrustedDocuments(read_manifests(MANIFESTS), only=settings.trusted_documents_only),
        points=points,
        pool=(lambda: shown(read_pool())) if settings.show_sql else read_pool,
        changed=viewers.forget,
        steady_pool=(lambda: shown(steady_pool())) if settings.show_sql else steady_pool,
    )


def file_routes(uploads: Uploads, downloads: Downloads, viewers: Viewers) -> list[BaseRoute]:
    """/uploads with its template, and /downloads."""
    steps = (uploads.receive, downloads.send, send_template)
    take, give, offer = (SignedInRoute(viewers, step) for step in steps)
    return [
        Route("/uploads", take.answer, methods=["POST"]),
        Route("/downloads/{link}", give.answer, methods=["GET"]),
        Route("/imports/template.csv", offer.answer, methods=["GET"]),
    ]


def export_route(exports: Exports, viewers: Viewers) -> BaseRoute:
    """/exports/customers, in each form there is."""
    give = SignedInRoute(viewers, exports.send)
    return Route("/exports/customers.{form}", give.answer, methods=["GET"])


def _lifespan(dsn: str, *tasks: Callable[[], Coroutine[Any, Any, None]]) -> Lifespan[Starlette]:
    """The database is open, and the tasks run, while the application does."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await connect(dsn)
        running = [asyncio.create_task(task()) for task in tasks]
        try:
            yield
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await disconnect()

    return lifespan
