from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.flows.samples import call, sample

FLOW = sample(
    "  it: {kind: hours, calendar: desk, open: agent, closed: bye}",
    """
hours:
  desk:
    week: {mon-fri: [08:00-12:00, 13:00-18:00], sat: [09:00-24:00]}
    holidays: {2026-12-25: [], 2026-12-27: [10:00-11:00]}
""",
)


@pytest.mark.parametrize(
    ("at", "node"),
    [
        pytest.param("2026-12-24T08:00", "agent", id="the first minute"),
        pytest.param("2026-12-24T07:59", "bye", id="a minute early"),
        pytest.param("2026-12-24T12:00", "bye", id="the lunch break"),
        pytest.param("2026-12-24T17:59", "agent", id="the last minute"),
        pytest.param("2026-12-24T18:00", "bye", id="a minute late"),
        pytest.param("2026-12-26T23:59", "agent", id="up to midnight"),
        pytest.param("2026-12-25T10:00", "bye", id="a holiday in the week"),
        pytest.param("2026-12-27T10:30", "agent", id="a Sunday that is open"),
        pytest.param("2027-01-03T10:30", "bye", id="a Sunday"),
    ],
)
def test_goes_by_the_calendar(at: str, node: str) -> None:
    assert call(FLOW, now=datetime.fromisoformat(at).replace(tzinfo=UTC)).state.node == node
