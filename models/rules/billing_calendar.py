"""When a billing period ends: local midnights of the account's own zone, as instants.

Who is billed and for what is not here. Every instant is aware and answered in UTC.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.rules.enums import BillingSchedule
from models.rules.time_zones import zone_named

_ONE_DAY = timedelta(days=1)
_ONE_SECOND = timedelta(seconds=1)  # the finest step of the time zone database


def next_boundary(
    zone: str, schedule: BillingSchedule, day: int | None, after: datetime
) -> datetime:
    """Give the first boundary later than `after`.

    DAILY: the next local midnight. MONTHLY: local midnight at the start of day `day` (1-31), or of
    the month's last day where the month is shorter.
    """
    rules = zone_named(zone)
    for candidate in _candidates(schedule, day, after.astimezone(rules).date()):
        boundary = _start_of_day(rules, candidate)
        if boundary > after:
            return boundary
    raise OverflowError(f"No boundary after {after.isoformat()} lies within the calendar.")


def boundaries(
    zone: str, schedule: BillingSchedule, day: int | None, between: tuple[datetime, datetime]
) -> Iterator[datetime]:
    """Give the boundaries later than the first instant and not later than the second, in order."""
    after, until = between
    boundary = next_boundary(zone, schedule, day, after)
    while boundary <= until:
        yield boundary
        boundary = next_boundary(zone, schedule, day, boundary)


def start_of_day(zone: str, day: date) -> datetime:
    """Give the instant at which a local day begins.

    Where midnight does not exist, the first valid instant after it; where it happens twice, the
    first. A day that the zone skipped begins where the next one does.
    """
    return _start_of_day(zone_named(zone), day)


def day_bounds(zone: str, day: date) -> tuple[datetime, datetime]:
    """Give the half-open range of instants that a local day is."""
    return start_of_day(zone, day), start_of_day(zone, day + _ONE_DAY)


def local_date(zone: str, instant: datetime) -> date:
    """Tell which day it is in a zone."""
    return instant.astimezone(zone_named(zone)).date()


def expiry(zone: str, now: datetime, valid_days: int) -> datetime:
    """Give the end of the local day that lies `valid_days` after today."""
    return start_of_day(zone, local_date(zone, now) + timedelta(days=valid_days + 1))


def months_later(zone: str, anchor: date, months: int) -> datetime:
    """Give the start of the anchor's day some months on, clamped in shorter months."""
    return start_of_day(zone, _clamped(_month(anchor, months), anchor.day))


def _candidates(schedule: BillingSchedule, day: int | None, today: date) -> Iterator[date]:
    if schedule is BillingSchedule.DAILY:
        # From today: where midnight comes twice, today's may still be ahead.
        yield from (today + timedelta(days=ahead) for ahead in range(4))
    elif day is None:
        raise ValueError("A monthly schedule needs a day.")
    else:
        yield from (_clamped(_month(today, ahead), day) for ahead in range(3))


def _month(today: date, ahead: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
    return date(year, month + 1, 1)


def _clamped(month: date, day: int) -> date:
    return month.replace(day=min(day, monthrange(month.year, month.month)[1]))


def _start_of_day(rules: ZoneInfo, day: date) -> datetime:
    midnight = datetime.combine(day, time.min, rules)
    first = midnight.astimezone(UTC)
    if first.astimezone(rules).replace(tzinfo=None, fold=0) == midnight.replace(tzinfo=None):
        return first
    return _end_of_gap(rules, midnight)


def _end_of_gap(rules: ZoneInfo, midnight: datetime) -> datetime:
    """Find where clocks that jump over this midnight land, to the second."""
    wall = midnight.replace(tzinfo=None)
    before, behind = sorted(midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    while behind - before > _ONE_SECOND:
        middle = before + (behind - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(rules).replace(tzinfo=None) < wall:
            before = middle
        else:
            behind = middle
    return behind
