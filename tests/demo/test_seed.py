"""Business time of the demo: it begins on its first morning and goes on from where it was, however it ended."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import create_app
from core import clock, jobs
from core.config import Config
from core.runtime import Runtime
from demo import seed
from tests.outbound.desk import Desk

MORNING = datetime(2026, 12, 1, 1, 5, tzinfo=UTC)
"""09:05 in Shanghai."""


@pytest.fixture
def runtime(sqlite_url: str, tmp_path: Path, frozen: datetime) -> Iterator[Runtime]:
    runtime: Runtime = create_app(Config(database_url=sqlite_url, state_dir=tmp_path)).extensions["carillon"]
    yield runtime
    clock.turn(None)
    runtime.spool.close()
    runtime.database.close()


def heartbeat(runtime: Runtime) -> None:
    with ThreadPoolExecutor(1) as pool:
        jobs.heartbeat(runtime, pool)


def test_a_new_demo_begins_on_its_first_morning(runtime: Runtime) -> None:
    turn = seed.turn_clock(runtime)

    assert (turn.business, turn.before) == (MORNING, None)
    clock.advance(timedelta(minutes=1))
    assert clock.now() == MORNING + timedelta(minutes=14)


@pytest.mark.parametrize(
    "is_orderly", [pytest.param(True, id="stopped"), pytest.param(False, id="killed with everything it ran")]
)
def test_a_demo_goes_on_from_where_business_time_stood(runtime: Runtime, is_orderly: bool) -> None:
    seed.turn_clock(runtime)
    clock.advance(timedelta(seconds=100))
    heartbeat(runtime)
    last = clock.now()
    if is_orderly:
        jobs.leave(runtime)
    clock.advance(timedelta(hours=10))

    turn = seed.turn_clock(runtime)

    assert last <= turn.business <= last + timedelta(seconds=jobs.HEARTBEAT_S) * seed.SPEED
    assert clock.now() == turn.business
    assert seed.turn_clock(runtime).business == turn.business, "restarted at once it loses nothing"


def test_what_was_sent_after_the_last_heartbeat_lies_in_the_past(runtime: Runtime) -> None:
    seed.turn_clock(runtime)
    heartbeat(runtime)
    clock.advance(timedelta(seconds=20))
    Desk(runtime.database).attempt()
    sent = clock.now()
    clock.advance(timedelta(days=1))

    assert sent <= seed.turn_clock(runtime).business < sent + timedelta(minutes=2)
