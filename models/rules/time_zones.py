"""IANA time zones by name, as the time zone database of this process knows them.

Pinning that database (the tzdata package before the system's files) is a matter of process start.
"""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

# In the database for files' sake only: no place keeps time by them.
_NOT_PLACES = frozenset({"Factory", "localtime", "posixrules"})


@cache
def zone_names() -> frozenset[str]:
    """List every zone an account can be in, links to renamed zones included."""
    return frozenset(available_timezones()) - _NOT_PLACES


def is_zone(name: str) -> bool:
    """Whether this is the exact name of a zone."""
    return name in zone_names()


def zone_named(name: str) -> ZoneInfo:
    """Give the rules of a zone; raises ZoneInfoNotFoundError (a KeyError) for an unknown name."""
    return ZoneInfo(name)
