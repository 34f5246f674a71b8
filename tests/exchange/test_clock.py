from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.clock import Clock, from_iso, iso, rfc2822

EPOCH = datetime(2026, 12, 24, 17, 5, tzinfo=UTC)


def test_business_time_runs_from_the_epoch_at_its_speed() -> None:
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    clock = Clock(speed=60, epoch=EPOCH, epoch_real=an_hour_ago)
    assert clock.now() - EPOCH.timestamp() == pytest.approx(60 * 3600, abs=60)


@given(st.integers(0, 4_000_000_000_000))
def test_stamps_read_back(milliseconds: int) -> None:
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    text = iso(at.timestamp())
    assert abs(from_iso(text) - at) <= timedelta(milliseconds=1)
    whole = from_iso(text).replace(microsecond=0)
    assert parsedate_to_datetime(rfc2822(text) or "") == whole


def test_no_instant_has_no_date() -> None:
    assert rfc2822(None) is None
