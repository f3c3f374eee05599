"""IANA time zones by name, out of the pinned tzdata package and nothing else.

The system's own database is left alone: it differs between machines, and a boundary may not.
"""

from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# In the database for files' sake only: no place keeps time by it.
_NO_PLACE = "Factory"


@cache
def zone_names() -> frozenset[str]:
    """List every zone an account can be in, links to renamed zones included."""
    names = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return frozenset(names) - {_NO_PLACE}


def is_zone(name: str) -> bool:
    """Whether this is the exact name of a zone."""
    return name in zone_names()


@cache
def zone_named(name: str) -> ZoneInfo:
    """Give the rules of a zone; raises ZoneInfoNotFoundError (a KeyError) for an unknown name."""
    if not is_zone(name):
        raise ZoneInfoNotFoundError(f"No time zone is called {name!r}.")
    with resources.files("tzdata").joinpath("zoneinfo", name).open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)
