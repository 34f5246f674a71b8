"""Blows that do not fall on a worker: the web server, its disk, the database, the carrier."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from random import Random

from sqlalchemy import create_engine, make_url, text

from chaos.house import House

# real seconds; at the speed of a storm minutes of business time
LOCKED_S = (1.0, 3.0)
AWAY_S = (3.0, 6.0)
FULL_S = 2.0


def web(house: House, rng: Random) -> str:
    """Killed wherever it is."""
    house.kill_web()
    house.start_web()
    return "kill:web"


def web_at_its_boundary(house: House, rng: Random) -> str:
    """Killed or stalled between its spool and its answer."""
    act = rng.choice(("kill", "stop"))
    _restart_web(house, "spooled", act, rng)
    time.sleep(0.5)  # the point: callers find it dead or dumb for a while
    house.kill_web()
    house.start_web()
    return f"{'stall' if act == 'stop' else act}:spooled"


def disk(house: House, rng: Random) -> str:
    """The disk of the spool is full: nothing that comes in is taken until there is room again."""
    _restart_web(house, "writing", "full", rng)
    time.sleep(FULL_S)  # the point: as above
    house.kill_web()
    house.start_web()
    return "full:writing"


def _restart_web(house: House, point: str, act: str, rng: Random) -> None:
    """A web server with an order against itself, until it has come to that."""
    house.kill_web()
    for note in house.notes.glob(f"*.{point}"):
        note.unlink()
    house.start_web([{"point": point, "pass": rng.randint(3, 20), "act": act}])
    with suppress(TimeoutError):
        house.wait(lambda: house.noted(point), f"the web server does not come to {point}", 4.0)


def database(house: House, rng: Random) -> str:
    """SQLite's file is locked for some seconds; PostgreSQL's connections are cut."""
    if house.database.is_sqlite:
        path = make_url(house.config.database_url).database
        with sqlite3.connect(str(path), timeout=15, isolation_level=None) as held:
            held.execute("BEGIN EXCLUSIVE")
            time.sleep(rng.uniform(*LOCKED_S))
            held.execute("ROLLBACK")
        held.close()
        return "stall:database"
    engine = create_engine(house.config.database_url)
    with engine.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        connection.execute(text(f"{others} AND pid <> pg_backend_pid()"))
    engine.dispose()
    return "kill:database"


def carrier(house: House, rng: Random) -> str:
    """Away for minutes of business time: nobody answers there, or nobody listens. It goes on while other blows fall."""
    how = rng.choice(("away_silent", "away_refusing"))
    house.exchange.fault(how, seconds=rng.uniform(*AWAY_S))
    return f"{how}:carrier"


Strike = Callable[[House, Random], str]
# which of ten blows it is
STRIKES: Mapping[int, Strike] = {2: web_at_its_boundary, 4: carrier, 5: web, 7: disk, 8: database}
