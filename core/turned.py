"""The turned clock of a demo or test: kept in the database, so that every process runs by the same one."""

from __future__ import annotations

import time
from datetime import datetime

from sqlalchemy import delete, func, inspect, select, update
from sqlalchemy.orm import Session

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
        turn = None
        for row in session.scalars(select(ClockTurn).order_by(ClockTurn.id)):
            turn = clock.Turn(row.real, row.business, row.speed, before=turn)
        if turn and config.is_production:
            raise ConfigError(
                "clock_turned", "the clock of this database is turned; production needs a database of its own"
            )
        return turn


def write_turn(database: Database, turn: clock.Turn) -> None:
    """Turn the clock for every process that starts from now on. A *turn* that goes on from another is added to it."""
    with database.session(ALL_TENANTS) as session:
        if turn.before is None:
            session.execute(delete(ClockTurn))
        session.add(ClockTurn(real=turn.real, business=turn.business, speed=turn.speed))


def note_running(session: Session, at: datetime) -> None:
    """A worker runs by this clock at *at* (real); in production there is nothing to note."""
    newest = select(func.max(ClockTurn.id)).scalar_subquery()
    session.execute(update(ClockTurn).where(ClockTurn.id == newest).values(seen_at=at))


def last_running(session: Session) -> datetime | None:
    """The last real instant a worker was seen to run by the turned clock; None if none was."""
    return session.scalar(select(ClockTurn.seen_at).order_by(ClockTurn.id.desc()).limit(1))


def _is_up(database: Database, patience_s: float) -> bool:
    until = clock.monotonic() + patience_s
    while not database.is_up():
        if clock.monotonic() >= until:
            return False
        time.sleep(LOOK_S)
    return True
