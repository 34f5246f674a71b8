"""Frequency caps: at most so many contacts in a period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


def free_again(
    touches: Sequence[datetime], period: str, most: int, zones: tuple[str, ...], at: datetime
) -> datetime | None:
    """
    When fewer than *most* of *touches* lie in *period*, if that is not now. A day is one wherever they may
    be.
    """
    if len(touches) < most:
        return None
    if period == "day":
        frees = [_next_day(touches, most, ZoneInfo(zone), at) for zone in zones or ("UTC",)]
        return max((free for free in frees if free), default=None)
    span = _span(period)
    oldest = touches[-most]
    return oldest + span if oldest > at - span else None


@lru_cache(64)
def _span(period: str) -> timedelta:
    return timedelta(**{{"h": "hours", "d": "days"}[period[-1]]: int(period[:-1])})


def _next_day(touches: Sequence[datetime], most: int, zone: ZoneInfo, at: datetime) -> datetime | None:
    today = at.astimezone(zone).date()
    if sum(touch.astimezone(zone).date() >= today for touch in touches) < most:
        return None
    return datetime.combine(today + timedelta(days=1), time.min, zone).astimezone(UTC)
