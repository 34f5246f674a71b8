"""Opening hours: a week, and the dates that differ from it. The zone is the tenant's and comes with the instant."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from core.sentences import Sentence

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def _span(written: Any) -> tuple[int, int]:
    found = SPAN.fullmatch(written) if isinstance(written, str) else None
    if not found:
        raise ValueError(Sentence("write opening hours like 08:00-17:30"))
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if not start < end <= 24 * 60:
        raise ValueError(
            Sentence("hours must end after they start, at 24:00 at the latest; split a night into two days")
        )
    return start, end


def _week(written: Any) -> Any:
    """Spread `mon-fri` over its days."""
    if not isinstance(written, dict):
        raise ValueError(Sentence("write the week as days with their hours, such as mon-fri: [08:00-17:30]"))
    week: dict[str, Any] = {}
    for days, spans in written.items():
        for day in _days(str(days)):
            if day in week:
                raise ValueError(Sentence("{day} stands in this week twice", day=day))
            week[day] = spans
    return week


def _days(written: str) -> tuple[str, ...]:
    first, dash, last = written.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        raise ValueError(
            Sentence("{written!r} is no day; use mon tue wed thu fri sat sun or mon-fri", written=written)
        )
    start, end = DAYS.index(first), DAYS.index(last or first)
    if start > end:
        raise ValueError(Sentence("{written!r} runs backwards", written=written))
    return DAYS[start : end + 1]


def _date(written: Any) -> date:
    try:
        return date.fromisoformat(written)
    except (TypeError, ValueError):
        raise ValueError(
            Sentence("{written!r} is no date; write it like 2026-12-25", written=written)
        ) from None


Span = Annotated[tuple[int, int], BeforeValidator(_span)]
"""Minutes since midnight, the end exclusive."""


class Calendar(BaseModel):
    """
    When somebody is there.

        week: {mon-fri: [08:00-12:00, 13:00-18:00], sat: [09:00-12:00]}
        holidays: {2026-12-25: [], 2026-12-24: [08:00-12:00]}
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    week: Annotated[dict[str, tuple[Span, ...]], BeforeValidator(_week)]
    holidays: dict[Annotated[date, BeforeValidator(_date)], tuple[Span, ...]] = Field(default_factory=dict)

    def is_open(self, at: datetime) -> bool:
        """Whether local instant *at* lies in opening hours; a date among the holidays has its own."""
        spans = self.holidays.get(at.date(), self.week.get(DAYS[at.weekday()], ()))
        minute = at.hour * 60 + at.minute
        return any(start <= minute < end for start, end in spans)
