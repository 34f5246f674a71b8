"""Business time and real time: one in production, apart where the clock was turned."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core import clock
from core.config import Config
from core.db import ALL_TENANTS, Database
from core.errors import ConfigError
from core.turned import last_running, note_running, read_turn, write_turn
from tests.outage import away

REAL = datetime(2026, 1, 1, tzinfo=UTC)
BUSINESS = datetime(2026, 11, 18, 18, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _as_found() -> Iterator[None]:
    yield
    clock.freeze(None)
    clock.turn(None)


def test_both_are_one_unless_turned() -> None:
    clock.freeze(REAL)

    assert clock.now() == clock.real() == REAL
    assert clock.speed() == 1.0


def test_a_turned_clock_runs_from_its_pair_at_its_speed() -> None:
    clock.freeze(REAL)
    clock.turn(clock.Turn(REAL, BUSINESS, 60.0))
    clock.advance(timedelta(seconds=10))

    assert clock.real() == REAL + timedelta(seconds=10)
    assert clock.now() == BUSINESS + timedelta(minutes=10)
    assert clock.business(REAL - timedelta(seconds=1)) == BUSINESS - timedelta(minutes=1)
    assert clock.speed() == 60.0


def test_a_clock_that_is_turned_again_leaves_out_the_time_between(fresh_url: str) -> None:
    database, config = Database(fresh_url), Config(database_url=fresh_url)
    write_turn(database, first := clock.Turn(REAL, BUSINESS, 60.0))
    later = REAL + timedelta(hours=8)
    write_turn(database, clock.Turn(later, BUSINESS + timedelta(minutes=5), 14.0, before=first))

    turn = read_turn(database, config)
    assert turn is not None
    assert turn.before == first
    clock.freeze(later + timedelta(seconds=10))
    clock.turn(turn)
    assert clock.now() == BUSINESS + timedelta(minutes=5, seconds=140)
    assert clock.business(REAL + timedelta(seconds=2)) == BUSINESS + timedelta(minutes=2), "as it was then"
    database.close()


def test_the_newest_turn_knows_when_a_worker_last_ran_by_it(fresh_url: str) -> None:
    database = Database(fresh_url)
    with database.session(ALL_TENANTS) as session:
        note_running(session, REAL)
        assert last_running(session) is None, "a clock that is not turned"
    write_turn(database, first := clock.Turn(REAL, BUSINESS, 60.0))
    with database.session(ALL_TENANTS) as session:
        note_running(session, REAL + timedelta(seconds=5))
        assert last_running(session) == REAL + timedelta(seconds=5)
    write_turn(database, clock.Turn(REAL + timedelta(hours=1), BUSINESS, 60.0, before=first))
    with database.reading(ALL_TENANTS) as session:
        assert last_running(session) is None
    database.close()


@pytest.mark.parametrize("speed", [0.0, -1.0, 60.5, float("inf"), float("nan")])
def test_a_speed_out_of_bounds_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="speed must be over 0 and at most 60"):
        clock.turn(clock.Turn(REAL, BUSINESS, speed))


def test_only_a_frozen_clock_is_moved_by_hand() -> None:
    with pytest.raises(ValueError, match="freeze the clock first"):
        clock.advance(timedelta(seconds=1))


def test_instants_are_utc() -> None:
    assert clock.real().tzinfo is UTC
    assert clock.now().tzinfo is UTC


def test_tokens_are_unguessable_names() -> None:
    tokens = {clock.new_token() for _ in range(1_000)}

    assert len(tokens) == 1_000
    assert {len(token) for token in tokens} == {22}
    assert not set("".join(tokens)) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_every_process_runs_by_the_turn_in_the_database(fresh_url: str) -> None:
    database = Database(fresh_url)
    config = Config(database_url=fresh_url)
    assert read_turn(database, config) is None

    write_turn(database, clock.Turn(REAL, BUSINESS, 2.0))
    write_turn(database, turned := clock.Turn(REAL, BUSINESS, 60.0))

    assert read_turn(database, config) == turned
    with pytest.raises(ConfigError, match="the clock of this database is turned"):
        read_turn(database, Config(database_url=fresh_url, public_url="https://carillon.example"))
    database.close()


def test_a_process_that_starts_while_the_database_is_away_for_a_moment_waits_for_its_clock(
    fresh_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.turned.PATIENCE_S", 30.0)  # a busy machine is no failure
    database, reader = Database(fresh_url), Database(fresh_url)
    write_turn(database, turned := clock.Turn(REAL, BUSINESS, 60.0))
    with ThreadPoolExecutor(1) as pool:
        with away(database):
            reading = pool.submit(read_turn, reader, Config(database_url=fresh_url))
            with pytest.raises(TimeoutError):
                reading.result(0.3)
        assert reading.result(30) == turned
    database.close()
    reader.close()


def test_a_database_without_tables_has_no_turn(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    database = Database(url)

    assert read_turn(database, Config(database_url=url)) is None
    database.close()
