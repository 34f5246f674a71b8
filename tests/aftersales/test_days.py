"""Days as promises count them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.days import Days

CALENDAR = Days("America/Los_Angeles")
BUSINESS = Days("America/Los_Angeles", is_business=True, holidays="US")
DATES = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("days", "day", "count", "then"),
    [
        pytest.param(CALENDAR, date(2026, 3, 2), 2, date(2026, 3, 4), id="two calendar days"),
        pytest.param(CALENDAR, date(2026, 3, 6), 2, date(2026, 3, 8), id="over a weekend, counted"),
        pytest.param(BUSINESS, date(2026, 3, 6), 2, date(2026, 3, 10), id="over a weekend, not counted"),
        pytest.param(BUSINESS, date(2026, 11, 25), 1, date(2026, 11, 27), id="over Thanksgiving"),
        pytest.param(BUSINESS, date(2026, 3, 7), 0, date(2026, 3, 7), id="no day"),
        pytest.param(BUSINESS, date(2026, 3, 7), 1, date(2026, 3, 9), id="from a Saturday"),
    ],
)
def test_after(days: Days, day: date, count: int, then: date) -> None:
    assert days.after(day, count) == then


@given(DATES, st.integers(0, 60), st.booleans())
def test_before_undoes_after_from_a_working_day(day: date, count: int, is_business: bool) -> None:
    days = Days("Europe/Berlin", is_business, "DE")
    if is_business and not days.is_workday(day):
        return

    assert days.before(days.after(day, count), count) == day


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        pytest.param("America/Los_Angeles", date(2026, 3, 8), 23, id="clocks go forward"),
        pytest.param("America/Los_Angeles", date(2026, 11, 1), 25, id="clocks go back"),
        pytest.param("Asia/Shanghai", date(2026, 3, 8), 24, id="no such change"),
    ],
)
def test_a_day_is_as_long_as_its_clocks_say(zone: str, day: date, hours: int) -> None:
    days = Days(zone)

    assert (days.ends(day) - days.starts(day)).total_seconds() == hours * 3600


@given(st.integers(1_577_836_800, 2_051_222_400).map(lambda second: datetime.fromtimestamp(second, UTC)))
def test_every_instant_lies_in_its_own_day(at: datetime) -> None:
    days = Days("America/St_Johns")

    assert days.starts(days.on(at)) <= at < days.ends(days.on(at))
