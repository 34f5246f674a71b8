"""The turned clock of a demo or test: kept in the database, so that every process runs by the same one."""

from __future__ import annotations

import time

from sqlalchemy import delete, inspect, select

from core import clock
from core.config import Config
from core.db import ALL_TENANTS, Database
from core.errors import ConfigError
from core.models import ClockTurn

# how long a demo or test waits for its database: by the wrong clock it would take everything for over
PATIENCE_S = 2.0
LOOK_S = 0.1


def read_turn(database: Database, config: Config) -> clock.Turn | None:
    """How the clock is turned; None if it is not, or the database is away. Raises ConfigError if it is in production."""
    if not _is_up(database, 0.0 if config.is_production else PATIENCE_S):
        return None
    with database.reading(ALL_TENANTS) as session:
        if not inspect(session.connection()).has_table(ClockTurn.__tablename__):
            return None
        row = session.scalar(select(ClockTurn))
        if row is None:
            return None
        if config.is_production:
            raise ConfigError(
                "clock_turned", "the clock of this database is turned; production needs a database of its own"
            )
        return clock.Turn(row.real, row.business, row.speed)


def write_turn(database: Database, turn: clock.Turn) -> None:
    """Turn the clock for every process that starts from now on."""
    with database.session(ALL_TENANTS) as session:
        session.execute(delete(ClockTurn))
        session.add(ClockTurn(real=turn.real, business=turn.business, speed=turn.speed))


def _is_up(database: Database, patience_s: float) -> bool:
    until = clock.monotonic() + patience_s
    while not database.is_up():
        if clock.monotonic() >= until:
            return False
        time.sleep(LOOK_S)
    return True
