"""Which web pages of other origins may call the API.

Cookies are never used, so a page without a token is a stranger.
"""

from collections.abc import Sequence
from typing import Final

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from gateway.visits import PREFLIGHT_HEADER

REQUEST_HEADERS: Final = (
    "Authorization",
    "Content-Disposition",
    "Content-Type",
    PREFLIGHT_HEADER,
    "X-Namespace",  # the workflow console says which namespace its payloads are from
    "X-Request-Id",
)
ANSWER_HEADERS: Final = ("X-Request-Id", "Retry-After", "Content-Disposition")


def cross_origin(origins: Sequence[str]) -> Middleware:
    """Which web pages of other origins may call; cookies are never used."""
    return Middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=list(REQUEST_HEADERS),
        expose_headers=list(ANSWER_HEADERS),
    )
