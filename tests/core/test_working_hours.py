"""Messages are due after four working hours, by the tenant's clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.working_hours import due_at

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("left", "due"),
    [
        pytest.param("2026-11-18 10:00", "2026-11-18 14:00", id="in the morning"),
        pytest.param("2026-11-18 14:00", "2026-11-18 18:00", id="just in time for the same day"),
        pytest.param("2026-11-18 16:30", "2026-11-19 11:30", id="over night"),
        pytest.param("2026-11-18 18:00", "2026-11-19 13:00", id="at closing time"),
        pytest.param("2026-11-18 03:00", "2026-11-18 13:00", id="before opening"),
        pytest.param("2026-11-20 17:00", "2026-11-23 12:00", id="over the weekend"),
        pytest.param("2026-11-21 12:00", "2026-11-23 13:00", id="on a Saturday"),
        pytest.param("2026-03-06 17:00", "2026-03-09 12:00", id="over the change to summer time"),
        pytest.param("2026-10-30 17:00", "2026-11-02 12:00", id="over the change to winter time"),
    ],
)
def test_only_working_hours_count(left: str, due: str) -> None:
    at = datetime.fromisoformat(left).replace(tzinfo=NEW_YORK)
    expected = datetime.fromisoformat(due).replace(tzinfo=NEW_YORK)
    assert due_at(at, "America/New_York") == expected
    assert due_at(at, "America/New_York").tzinfo is UTC


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001  # made aware by the strategy
    st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]),
)
def test_it_is_never_sooner_than_asked_nor_outside_working_hours(at: datetime, zone: str) -> None:
    due = due_at(at, zone)
    local = due.astimezone(ZoneInfo(zone))
    assert timedelta(hours=4) <= due - at <= timedelta(hours=4 + 63 + 15)
    assert local.weekday() < 5
    assert 9 <= local.hour < 18 or (local.hour, local.minute) == (18, 0)
