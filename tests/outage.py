"""The database is away: its file cannot be opened or is locked, its server lets nobody in or is busy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from core.db import Database
from tests.conftest import OTHERS_OUT


@contextmanager
def away(database: Database) -> Iterator[None]:
    """While this lasts nobody reaches *database*."""
    database.close()
    with _file_away(database) if database.is_sqlite else _server_away(database):
        yield
        database.close()


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Somebody else writes to the SQLite file, for as long as this lasts."""
    other = sqlite3.connect(database.engine.url.database or "", timeout=15, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def busy(database: Database, table: str) -> Iterator[None]:
    """While this lasts nobody gets anything into *table*: somebody else writes and does not come to an end."""
    if database.is_sqlite:
        with locked(database):
            yield
    else:
        with database.engine.connect() as connection:
            connection.exec_driver_sql(f"LOCK TABLE {table}")
            yield


@contextmanager
def _file_away(database: Database) -> Iterator[None]:
    file = Path(database.engine.url.database or "")
    file.rename(kept := file.with_suffix(".away"))
    file.mkdir()
    yield
    file.rmdir()
    kept.rename(file)


@contextmanager
def _server_away(database: Database) -> Iterator[None]:
    url = database.engine.url
    other = Database(url.set(database="template1").render_as_string(hide_password=False))
    lets_in = "ALTER DATABASE %s WITH ALLOW_CONNECTIONS %s"
    with other.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(lets_in % (url.database, "false"))
        out = OTHERS_OUT.replace("current_database()", f"'{url.database}'")
        connection.execute(text(out))
        yield
        connection.exec_driver_sql(lets_in % (url.database, "true"))
    other.close()
