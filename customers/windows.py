"""
When people may be contacted, by the clock on their own wall.

A window is a span of minutes for each day of the week, and another set for public holidays. All arithmetic
is done on local wall time, so an hour that a daylight-saving change skips or repeats needs no special word
from anyone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from customers.legal_days import legal_days

DAY_MINUTES = 24 * 60
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
HORIZON_DAYS = 40

# minutes after local midnight: first open one, first closed one; None is a closed day
Span = tuple[int, int] | None
Week = tuple[Span, ...]


@dataclass(frozen=True)
class Windows:
    """
    Spans for Monday to Sunday; *on_holiday* holds those for a Monday to Sunday that is a holiday in
    *region*: a country (ISO 3166-1), a state (3166-2, such as US-LA), or several with a space between.
    """

    by_day: Week
    on_holiday: Week
    region: str = ""

    def span(self, day: date) -> Span:
        """The open minutes of one local *day*."""
        week = (
            self.on_holiday
            if self.on_holiday != self.by_day and is_holiday(self.region, day)
            else self.by_day
        )
        return week[day.weekday()]


def both(one: Windows, other: Windows) -> Windows:
    """Open only where *one* and *other* are; a holiday of either is one."""
    return Windows(
        tuple(map(_overlap, one.by_day, other.by_day)),
        tuple(map(_overlap, one.on_holiday, other.on_holiday)),
        " ".join(dict.fromkeys(f"{one.region} {other.region}".split())),
    )


def _overlap(one: Span, other: Span) -> Span:
    if one is None or other is None:
        return None
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (first, last) if first < last else None


@lru_cache(512)
def _holidays(region: str, year: int) -> frozenset[date]:
    found: set[date] = set()
    for one in region.split():
        country, _, state = one.partition("-")
        try:
            found.update(holidays.country_holidays(country, subdiv=state or None, years=year))
        except NotImplementedError:
            continue
        found |= legal_days(one, year)
    return frozenset(found)


def is_holiday(region: str, day: date) -> bool:
    """
    Whether *day* is a public holiday everywhere in one of the places *region* names (see Windows); False where no
    calendar is known.
    """
    return bool(region) and day in _holidays(region, day.year)


def is_open(zones: tuple[str, ...], windows: Windows, at: datetime) -> bool:
    """Whether *at* (aware) lies inside the window in every one of *zones*."""
    return all(_is_open_in(ZoneInfo(zone), windows, at) for zone in zones)


def shown(zones: tuple[str, ...], windows: Windows, at: datetime) -> str:
    """Today's window in the first of *zones*, such as 09:00-20:00 Asia/Shanghai; "" if there is none."""
    if not zones:
        return ""
    span = windows.span(at.astimezone(ZoneInfo(zones[0])).date())
    day = "{:02}:{:02}-{:02}:{:02}".format(*divmod(span[0], 60), *divmod(span[1], 60)) if span else "closed"
    return f"{day} {', '.join(zones[:3])}"


def _is_open_in(zone: ZoneInfo, windows: Windows, at: datetime) -> bool:
    local = at.astimezone(zone)
    span = windows.span(local.date())
    return span is not None and span[0] <= local.hour * 60 + local.minute < span[1]


@lru_cache(16384)
def next_open(zones: tuple[str, ...], windows: Windows, at: datetime) -> datetime | None:
    """
    The first instant (UTC) not before *at* that lies inside the window in every one of *zones*.

    *at* itself if it does, otherwise the start of a minute. None if the zones share no open minute within
    40 days.
    """
    moment, end = at.astimezone(UTC), at.astimezone(UTC) + HORIZON_DAYS * DAY
    places = [ZoneInfo(zone) for zone in zones]
    while moment <= end:
        closed = [place for place in places if not _is_open_in(place, windows, moment)]
        if not closed:
            return moment
        openings = [_next_open_in(place, windows, moment) for place in closed]
        if any(opening is None for opening in openings):
            return None
        moment = max(opening for opening in openings if opening is not None)
    return None


def _next_open_in(zone: ZoneInfo, windows: Windows, after: datetime) -> datetime | None:
    """The next opening in one zone that is closed *after* (UTC)."""
    first = after.astimezone(zone).date()
    for days in range(HORIZON_DAYS + 1):
        day = first + days * DAY
        span = windows.span(day)
        if span is None:
            continue
        for opening in _openings(zone, day, span[0], windows):
            if opening > after:
                return opening
    return None


def _openings(zone: ZoneInfo, day: date, minute: int, windows: Windows) -> list[datetime]:
    """
    The instants of *day* at which the window opens: one, but two or none where the clock is changed around
    it.
    """
    midnight = datetime.combine(day, time.min, zone)
    following = datetime.combine(day + DAY, time.min, zone)
    if midnight.utcoffset() == following.utcoffset():
        return [midnight.astimezone(UTC) + minute * MINUTE]
    start, end = midnight.astimezone(UTC) - DAY / 8, following.astimezone(UTC)
    minutes = (start + step * MINUTE for step in range((end - start) // MINUTE))
    return [
        moment
        for moment in minutes
        if _is_open_in(zone, windows, moment) and not _is_open_in(zone, windows, moment - MINUTE)
    ]
