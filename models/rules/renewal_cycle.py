"""When things are paid again: calendar months from an anchor, or so many days, in a zone.

What is paid, and whether it can be, is not here.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.rules.billing_calendar import local_date, months_later, start_of_day


@dataclass(frozen=True, slots=True)
class RenewalCycle:
    """The rhythm of one thing: months counted from `anchor`, or periods of `days`."""

    zone: str
    days: int | None = None
    anchor: date | None = None  # months only: its day counts, clamped in shorter months

    def after(self, begins_at: datetime) -> datetime:
        """The end of the period that begins then, which is where the next one begins."""
        if self.days is not None:
            begins_on = local_date(self.zone, begins_at)
            return start_of_day(self.zone, begins_on + timedelta(days=self.days))
        begins_on = local_date(self.zone, begins_at)
        anchor = self.anchor or begins_on
        months = _months_between(anchor, begins_on)
        while (end := months_later(self.zone, anchor, months)) <= begins_at:
            months += 1
        return end

    def today(self, instant: datetime) -> datetime:
        """The begin of the local day on which an instant falls."""
        return start_of_day(self.zone, local_date(self.zone, instant))

    def tomorrow(self, instant: datetime) -> datetime:
        """The begin of the local day after that of an instant."""
        return start_of_day(self.zone, local_date(self.zone, instant) + timedelta(days=1))

    def passed(self, since: datetime, instant: datetime) -> int:
        """How many whole periods lie between two instants, counted from the first."""
        first = local_date(self.zone, since)
        if self.days is not None:
            return (local_date(self.zone, instant) - first).days // self.days
        months = _months_between(first, local_date(self.zone, instant))
        ahead = months_later(self.zone, first, months) > self.today(instant)
        return max(months - 1 if ahead else months, 0)


def _months_between(first: date, last: date) -> int:
    """Whole months by their names: 31 January and 1 February are one apart."""
    return (last.year - first.year) * 12 + last.month - first.month
