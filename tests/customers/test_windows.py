from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.windows import MINUTE, Windows, both, is_open, next_open

CAREFUL = Windows(((540, 1200),) * 6 + (None,), (None,) * 7, "US")
LATE = Windows(((480, 1260),) * 7, ((480, 1260),) * 7)
NIGHT = Windows(((90, 300),) * 7, ((90, 300),) * 7)
ZONES = [
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Shanghai",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Kiritimati",
    "Asia/Kathmandu",
]


def local(text: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("windows", "zones", "at", "expected"),
    [
        pytest.param(
            LATE, ["America/New_York"], "2026-06-02T20:59:59", "2026-06-02T20:59:59", id="last second"
        ),
        pytest.param(
            LATE, ["America/New_York"], "2026-06-02T21:00:00", "2026-06-03T08:00", id="first closed one"
        ),
        pytest.param(
            LATE, ["America/New_York"], "2026-06-02T07:59:59", "2026-06-02T08:00", id="a second early"
        ),
        pytest.param(LATE, ["America/New_York"], "2026-06-02T08:00:00", "2026-06-02T08:00", id="on the dot"),
        pytest.param(CAREFUL, ["America/New_York"], "2026-06-06T20:00", "2026-06-08T09:00", id="over Sunday"),
        pytest.param(
            CAREFUL, ["America/New_York"], "2026-12-24T21:00", "2026-12-26T09:00", id="over Christmas"
        ),
        pytest.param(
            CAREFUL,
            ["America/New_York"],
            "2026-07-03T12:00",
            "2026-07-06T09:00",
            id="over the 4th and its observed day",
        ),
        pytest.param(
            LATE, ["America/New_York"], "2026-03-07T22:00", "2026-03-08T08:00", id="night of 23 hours"
        ),
        pytest.param(
            LATE, ["America/New_York"], "2026-10-31T22:00", "2026-11-01T08:00", id="night of 25 hours"
        ),
        pytest.param(
            LATE,
            ["America/New_York", "America/Chicago"],
            "2026-06-02T08:30",
            "2026-06-02T09:00",
            id="both zones must be open",
        ),
        pytest.param(
            LATE,
            ["America/New_York", "America/Los_Angeles"],
            "2026-06-02T21:30",
            "2026-06-03T11:00",
            id="east closed, west open: the next morning in both",
        ),
    ],
)
def test_the_next_open_minute(windows: Windows, zones: list[str], at: str, expected: str) -> None:
    assert next_open(tuple(zones), windows, local(at, zones[0])) == local(expected, zones[0])


def test_a_window_opening_in_the_skipped_hour_opens_when_the_clock_resumes() -> None:
    opening = Windows(((150, 300),) * 7, ((150, 300),) * 7)  # 02:30; on 8 March 2026 02:00 becomes 03:00

    found = next_open(("America/New_York",), opening, local("2026-03-08T01:00", "America/New_York"))

    assert found == local("2026-03-08T03:00", "America/New_York")


def test_a_window_opening_in_the_repeated_hour_opens_again_in_the_second_one() -> None:
    second = local("2026-11-01T01:10", "America/New_York", fold=1)

    found = next_open(("America/New_York",), NIGHT, second)

    assert found == local("2026-11-01T01:30", "America/New_York", fold=1)


def test_zones_without_a_common_minute_never_open() -> None:
    apart = ("Pacific/Auckland", "Europe/London")

    assert (
        next_open(apart, Windows(((540, 1020),) * 7, ((540, 1020),) * 7), local("2026-06-02T09:00", apart[0]))
        is None
    )


def test_a_week_that_is_closed_never_opens() -> None:
    assert next_open(("UTC",), Windows((None,) * 7, (None,) * 7), local("2026-06-02T09:00", "UTC")) is None


@settings(deadline=None)  # a busy machine is no failure
@given(
    at=st.integers(0, 7 * 365 * 86400).map(lambda s: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=s)),
    zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True).map(tuple),
    week=st.lists(
        st.none()
        | st.tuples(st.integers(0, 1380), st.integers(1, 600)).map(lambda s: (s[0], min(s[0] + s[1], 1440))),
        min_size=7,
        max_size=7,
    ).map(tuple),
    holiday=st.booleans(),
)
def test_the_result_is_open_and_no_minute_before_it_is(
    at: datetime, zones: tuple[str, ...], week: tuple[tuple[int, int] | None, ...], holiday: bool
) -> None:
    windows = Windows(week, (None,) * 7 if holiday else week, "US")

    found = next_open(zones, windows, at)

    if found is None:
        assert not any(is_open(zones, windows, at + timedelta(minutes=37 * step)) for step in range(1000))
        return
    assert found >= at
    assert is_open(zones, windows, found)
    if found != at:
        assert found.second == found.microsecond == 0
        assert not is_open(zones, windows, found - MINUTE)
        for back in range(1, min(1000, (found - at) // MINUTE)):
            assert not is_open(zones, windows, found - back * MINUTE)


def test_two_windows_together_are_open_only_where_both_are() -> None:
    florida = both(LATE, Windows(((480, 1200),) * 7, (None,) * 7))

    assert florida.by_day == ((480, 1200),) * 7
    assert florida.on_holiday == (None,) * 7
