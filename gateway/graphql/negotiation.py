"""Which media types a client reads, by the q-values of its Accept header (RFC 9110, 12.5.1).

What the request itself is written in is judged where its body is read.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from starlette.datastructures import Headers

MOST_REMEMBERED: Final = 128  # headers; clients of one kind all send the same


class Media(StrEnum):
    """The media types of answers."""

    GRAPHQL = "application/graphql-response+json"
    JSON = "application/json"
    EVENTS = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a client reads. single: the type of one whole answer, None when it reads neither.

    events: it reads an event stream. prefers_events: it likes that best.
    """

    single: Media | None
    events: bool
    prefers_events: bool

    @property
    def nothing(self) -> bool:
        """Whether none of our media types is readable."""
        return self.single is None and not self.events


def accepted(headers: Headers) -> Accepted:
    """Read Accept; absent or `*/*` means `application/json`."""
    return _accepted(",".join(headers.getlist("accept")) or "*/*")


@lru_cache(maxsize=MOST_REMEMBERED)
def _accepted(header: str) -> Accepted:
    ranges = _ranges(header)
    graphql, json = _quality(ranges, Media.GRAPHQL), _quality(ranges, Media.JSON)
    named = Media.GRAPHQL in ranges
    # A stream is never meant by a wildcard: the client would not know how to read it.
    events = ranges.get(Media.EVENTS, 0.0)
    single = None
    if graphql > json or (named and graphql == json > 0):
        single = Media.GRAPHQL
    elif json > 0:
        single = Media.JSON
    return Accepted(single, events > 0, events > max(graphql, json))


def _ranges(header: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name:
            found[name] = max(found.get(name, 0.0), _weight(parameters))
    return found


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def _quality(ranges: dict[str, float], media: Media) -> float:
    family = media.partition("/")[0]
    for name in (media, f"{family}/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0
