"""Frequency caps: at most so many contacts in a period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def free_again(
    touches: Sequence[datetime], period: str, most: int, zones: tuple[str, ...], at: datetime
) -> datetime | None:
    """
    When fewer than *most* of *touches* lie in *period*, if that is not now. A day is one wherever they may
    be.
    """
    if period == "day":
        frees = [_next_day(touches, most, ZoneInfo(zone), at) for zone in zones or ("UTC",)]
        return max((free for free in frees if free), default=None)
    span = timedelta(**{{"h": "hours", "d": "days"}[period[-1]]: int(period[:-1])})
    inside = [touch for touch in touches if touch > at - span]
    return inside[-most] + span if len(inside) >= most else None


def _next_day(touches: Sequence[datetime], most: int, zone: ZoneInfo, at: datetime) -> datetime | None:
    today = at.astimezone(zone).date()
    if sum(touch.astimezone(zone).date() >= today for touch in touches) < most:
        return None
    return datetime.combine(today + timedelta(days=1), time.min, zone).astimezone(UTC)
