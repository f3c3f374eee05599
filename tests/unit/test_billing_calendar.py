"""Billing boundaries in every zone: strictly ahead, without gap or overlap, at local midnight."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.billing_calendar import (
    boundaries,
    day_bounds,
    expiry,
    local_date,
    months_later,
    next_boundary,
    start_of_day,
)
from models.rules.enums import BillingSchedule
from models.rules.time_zones import zone_named, zone_names

DAILY, MONTHLY = BillingSchedule.DAILY, BillingSchedule.MONTHLY
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2050, 12, 31, tzinfo=UTC)
INSTANTS = st.datetimes(
    FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC)
)
# Both jumped over 30 December 2011, where a billing day of 30 moves to the 31st.
SKIPPED_A_DAY = frozenset({"Pacific/Apia", "Pacific/Fakaofo"})
ZONES = st.sampled_from(sorted(zone_names()))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "schedule", "day", "after", "expected"),
    [
        ("UTC", DAILY, None, "2026-01-31T00:00:00", "2026-02-01T00:00:00"),
        ("UTC", DAILY, None, "2026-01-31T23:59:59.999999", "2026-02-01T00:00:00"),
        ("Asia/Tokyo", DAILY, None, "2026-01-31T15:00:00", "2026-02-01T15:00:00"),
        ("UTC", MONTHLY, 1, "2026-01-01T00:00:00", "2026-02-01T00:00:00"),
        ("UTC", MONTHLY, 31, "2026-01-31T00:00:00", "2026-02-28T00:00:00"),
        ("UTC", MONTHLY, 31, "2026-02-28T00:00:00", "2026-03-31T00:00:00"),
        ("UTC", MONTHLY, 29, "2028-01-29T00:00:00", "2028-02-29T00:00:00"),
        ("UTC", MONTHLY, 30, "2026-02-10T00:00:00", "2026-02-28T00:00:00"),
        ("UTC", MONTHLY, 15, "2026-12-20T00:00:00", "2027-01-15T00:00:00"),
        # Clocks go forward at 02:00: the day has 23 hours.
        ("Europe/Berlin", DAILY, None, "2026-03-28T23:00:00", "2026-03-29T22:00:00"),
        # Midnight of 10 March 2024 did not exist in Havana: 00:00 became 01:00.
        ("America/Havana", DAILY, None, "2024-03-09T12:00:00", "2024-03-10T05:00:00"),
        # Midnight of 3 November 2024 came twice in Havana: the first one counts.
        ("America/Havana", DAILY, None, "2024-11-02T12:00:00", "2024-11-03T04:00:00"),
        ("America/Havana", DAILY, None, "2024-11-03T04:30:00", "2024-11-04T05:00:00"),
        # Samoa went from 29 to 31 December 2011: the day between ends before it begins.
        ("Pacific/Apia", DAILY, None, "2011-12-29T10:00:00", "2011-12-30T10:00:00"),
        ("Pacific/Apia", DAILY, None, "2011-12-30T10:00:00", "2011-12-31T10:00:00"),
        ("Pacific/Apia", MONTHLY, 30, "2011-11-30T10:00:00", "2011-12-30T10:00:00"),
        ("Pacific/Apia", MONTHLY, 30, "2011-12-30T10:00:00", "2012-01-29T10:00:00"),
        ("Pacific/Apia", MONTHLY, 31, "2011-12-30T09:59:59", "2011-12-30T10:00:00"),
    ],
)
def test_boundaries_known_by_hand(
    zone: str, schedule: BillingSchedule, day: int | None, after: str, expected: str
) -> None:
    assert next_boundary(zone, schedule, day, utc(after)) == utc(expected)


def test_a_jump_that_begins_before_midnight_lands_behind_it() -> None:
    # Toronto 1919-03-30: clocks went from 23:30 to 00:30, so the 31st begins at 00:30.
    toronto = zone_named("America/Toronto")
    begin = start_of_day("America/Toronto", date(1919, 3, 31))
    here = begin.astimezone(toronto)
    assert (here.day, here.hour, here.minute) == (31, 0, 30)
    assert (begin - timedelta(seconds=1)).astimezone(toronto).day == 30


def test_a_day_that_was_skipped_begins_where_the_next_one_does() -> None:
    assert start_of_day("Pacific/Apia", date(2011, 12, 30)) == start_of_day(
        "Pacific/Apia", date(2011, 12, 31)
    )


def test_periods_of_a_year_tile_it() -> None:
    between = (utc("2026-01-01T00:00:00"), utc("2027-01-01T00:00:00"))
    assert [edge.day for edge in boundaries("UTC", MONTHLY, 31, between)] == [
        *(31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    ]
    assert len(list(boundaries("Europe/Berlin", DAILY, None, between))) == 365


def check_boundary(zone: str, schedule: BillingSchedule, day: int | None, after: datetime) -> None:
    rules = zone_named(zone)
    boundary = next_boundary(zone, schedule, day, after)
    assert after < boundary
    limit = timedelta(days=3) if schedule is DAILY else timedelta(days=63)
    assert boundary - after < limit
    here = boundary.astimezone(rules)
    just_before = (boundary - timedelta(seconds=1)).astimezone(rules)
    assert here.date() > just_before.date()
    if schedule is MONTHLY and zone not in SKIPPED_A_DAY:
        month_ends = (here + timedelta(days=1)).day == 1
        assert here.day == day or (month_ends and here.day < (day or 0))


def test_every_zone_and_every_day_of_the_month_in_sampled_years() -> None:
    drawn = random.Random(20260101)
    span = int((LAST - FIRST).total_seconds())
    for zone in sorted(zone_names()):
        for day in drawn.sample(range(1, 32), 4):
            check_boundary(zone, MONTHLY, day, FIRST + timedelta(seconds=drawn.randrange(span)))
        check_boundary(zone, DAILY, None, FIRST + timedelta(seconds=drawn.randrange(span)))


@pytest.mark.parametrize(
    "zone",
    [
        *("Pacific/Apia", "America/Havana", "Asia/Beirut", "Africa/Cairo", "America/Sao_Paulo"),
        *(
            "Asia/Gaza",
            "Australia/Lord_Howe",
            "America/Asuncion",
            "Asia/Tehran",
            "Africa/Casablanca",
        ),
    ],
)
def test_fifty_years_of_days_in_zones_that_change_at_midnight(zone: str) -> None:
    after = FIRST
    days = 0
    while after < LAST:
        boundary = next_boundary(zone, DAILY, None, after)
        assert timedelta(0) < boundary - after < timedelta(hours=50)
        after = boundary
        days += 1
    local_days = local_date(zone, after) - local_date(zone, FIRST)
    assert days == local_days.days - (zone in SKIPPED_A_DAY)


@given(zone=ZONES, day=st.integers(1, 31), after=INSTANTS)
@settings(max_examples=300, deadline=None)
def test_a_boundary_is_ahead_at_a_local_midnight_of_its_day(
    zone: str, day: int, after: datetime
) -> None:
    check_boundary(zone, MONTHLY, day, after)
    check_boundary(zone, DAILY, None, after)


@given(zone=ZONES, day=st.integers(1, 31), after=INSTANTS, later=st.integers(0, 40 * 86400))
@settings(max_examples=300, deadline=None)
def test_no_boundary_is_left_out_from_wherever_one_looks(
    zone: str, day: int, after: datetime, later: int
) -> None:
    for schedule in (DAILY, MONTHLY):
        boundary = next_boundary(zone, schedule, day, after)
        between = min(after + timedelta(seconds=later), boundary - timedelta(microseconds=1))
        assert next_boundary(zone, schedule, day, between) == boundary


@given(zone=ZONES, day=st.dates(date(2000, 1, 1), date(2050, 12, 31)))
@settings(max_examples=200, deadline=None)
def test_days_tile_time(zone: str, day: date) -> None:
    begin, end = day_bounds(zone, day)
    assert begin <= end
    assert end == day_bounds(zone, day + timedelta(days=1))[0]
    assert end - begin <= timedelta(hours=28)  # a station in Antarctica once gained three hours


@pytest.mark.parametrize(
    ("zone", "now", "days", "expected"),
    [
        ("UTC", "2026-01-01T00:00:00", 1, "2026-01-03T00:00:00"),
        ("UTC", "2026-01-01T23:59:59", 1, "2026-01-03T00:00:00"),
        ("Asia/Tokyo", "2026-01-01T20:00:00", 30, "2026-02-01T15:00:00"),
        ("America/New_York", "2026-01-01T03:00:00", 1, "2026-01-02T05:00:00"),
    ],
)
def test_an_account_is_valid_until_the_end_of_its_last_day(
    zone: str, now: str, days: int, expected: str
) -> None:
    assert expiry(zone, utc(now), days) == utc(expected)


def test_a_renewal_keeps_its_day_and_clamps_in_short_months() -> None:
    anchor = date(2026, 1, 31)
    assert [months_later("UTC", anchor, n).date() for n in (1, 2, 13)] == [
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2027, 2, 28),
    ]


def test_a_monthly_schedule_needs_a_day() -> None:
    with pytest.raises(ValueError, match="needs a day"):
        next_boundary("UTC", MONTHLY, None, FIRST)
