"""Until when somebody is answered: working hours are counted, nights and weekends are not."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DUE_BUSINESS_HOURS = 4
WORKDAYS = frozenset(range(5))
OPENS, CLOSES = time(9), time(18)


def due_at(at: datetime, zone: str, hours: float = DUE_BUSINESS_HOURS) -> datetime:
    """The instant (UTC) *hours* working hours after *at*, Monday to Friday 9:00-18:00 by the clocks of *zone*."""
    local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    left = timedelta(hours=hours)
    while True:
        opens, closes = datetime.combine(local, OPENS), datetime.combine(local, CLOSES)
        begins = max(local, opens)
        if local.weekday() in WORKDAYS and begins < closes:
            if left <= closes - begins:
                return (begins + left).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
            left -= closes - begins
        local = datetime.combine(local + timedelta(days=1), time())
