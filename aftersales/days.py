"""
Dates as promises count them: by the tenant's clocks, in calendar days or working days. Pure.

The regulation says only "days" (R-31, R-37, R-43), so calendar days are the default and working days a setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from customers.windows import is_holiday

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
WORKDAYS = frozenset(range(5))


@dataclass(frozen=True)
class Days:
    """How one tenant counts. *holidays* names the places whose public holidays are free (see customers/windows.py); "" none."""

    zone: str
    is_business: bool = False
    holidays: str = ""

    @property
    def clock(self) -> ZoneInfo:
        """By whose clocks."""
        return ZoneInfo(self.zone)

    def on(self, at: datetime) -> date:
        """The tenant's date at an instant."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def after(self, day: date, count: int) -> date:
        """*count* days after *day*: with working days those between do not count that nobody works on."""
        if not self.is_business:
            return day + count * DAY
        while count > 0:
            day += DAY
            count -= self.is_workday(day)
        return day

    def before(self, day: date, count: int) -> date:
        """*count* days before *day*."""
        if not self.is_business:
            return day - count * DAY
        while count > 0:
            day -= DAY
            count -= self.is_workday(day)
        return day

    def is_workday(self, day: date) -> bool:
        """Whether anybody works on *day*."""
        return day.weekday() in WORKDAYS and not is_holiday(self.holidays, day)

    def starts(self, day: date) -> datetime:
        """The first instant (UTC) of *day*."""
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)

    def ends(self, day: date) -> datetime:
        """The instant (UTC) at which *day* is over: the first that is late."""
        return self.starts(day + DAY)

    def due_on(self, at: datetime) -> date:
        """The last day on which what is due *at* an instant is in time: the one that `ends` then, too."""
        return self.on(at - MOMENT)
