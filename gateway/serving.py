"""One ASGI application in this process: uvloop, httptools, a graceful end.

The server binds the port itself: under uvloop a socket that was bound before and handed in keeps
Nagle's delay, 44 ms an answer.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence

import uvicorn
from starlette.types import ASGIApp

from gateway.readiness import Readiness

GRACE_SECONDS = 10  # answers under way may end; their own limit is the same
CONNECTIONS = 4096  # beyond it 503 at once: better than a queue that nobody waits for
LARGEST_MESSAGE_BYTES = 1 << 20  # of a WebSocket, as of a request's body
KEEP_ALIVE_SECONDS = 75  # longer than a balancer's usual 60, so that it is never the one to be cut


def serve(
    application: ASGIApp,
    host: str,
    port: int,
    readiness: Readiness,
    trusted_proxies: Sequence[str] = (),
) -> None:
    """Serve until SIGTERM or SIGINT; an address that cannot be bound ends the process."""
    TellingServer(server_config(application, host, port, trusted_proxies), readiness).run()


def server_config(
    application: ASGIApp, host: str, port: int, trusted_proxies: Sequence[str] = ()
) -> uvicorn.Config:
    """How every listener of ours is set up; only these proxies are believed who is behind them."""
    return uvicorn.Config(
        application,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE_BYTES,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class TellingServer(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, readiness: Readiness) -> None:
        super().__init__(config)
        self._readiness = readiness

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        if self.started:
            self._readiness.tell()
