"""The one writer of the ledger: rows come in from the event loop and are committed in batches.

A row is a snapshot: what changes later is saved again. `committed()` lets a caller wait until everything written so
far is on disk, which is how an accepted request is never answered before it can be found again.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from typing import Any

from exchange.rows import LOGS, RESOURCES

VERSION = 1
LINGER_S = 0.002
AGAIN_S = 0.5
LAST_TRIES = 10
INDEXES = (
    "CREATE INDEX IF NOT EXISTS ix_calls_to ON calls(account, to_)",
    "CREATE INDEX IF NOT EXISTS ix_texts_to ON texts(account, to_)",
    "CREATE INDEX IF NOT EXISTS ix_faxes_to ON faxes(account, to_)",
    "CREATE INDEX IF NOT EXISTS ix_recordings_call ON recordings(call)",
    "CREATE INDEX IF NOT EXISTS ix_steps_call ON steps(call)",
    "CREATE INDEX IF NOT EXISTS ix_webhooks_sid ON webhooks(sid)",
)
Item = tuple[str, Any]


class WrongLedger(Exception):
    """The file is not a ledger of this version."""


def column(field: str) -> str:
    """A field's column: `to` and `from_` avoid SQL's own words."""
    return "to_" if field == "to" else field


def columns(row: type) -> list[tuple[str, str]]:
    """(column, SQL type) of each field of *row*."""
    types = {f.name: f.type for f in fields(row)} if row in RESOURCES.values() else row.__annotations__
    return [(column(name), "INTEGER" if "int" in str(kind) else "TEXT") for name, kind in types.items()]


def _resource_sql(table: str, row: type) -> str:
    names = [name for name, _ in columns(row)]
    sets = ", ".join(f"{name}=excluded.{name}" for name in names if name not in ("n", "sid"))
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}) ON CONFLICT(n) DO UPDATE SET {sets}"  # noqa: S608, names are ours


def _log_sql(table: str, row: type) -> str:
    names = [name for name, _ in columns(row)]
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608, names are ours


SQL: dict[type, str] = {row: _resource_sql(table, row) for table, row in RESOURCES.items()} | {
    row: _log_sql(table, row) for table, row in LOGS.items()
}
SNAPSHOT: dict[type, Callable[[Any], Any]] = {
    row: attrgetter(*[f.name for f in fields(row)]) for row in RESOURCES.values()
}


def prepare(path: Path) -> sqlite3.Connection:
    """Open the ledger at *path* for writing, making its tables if they are not there."""
    try:
        db = sqlite3.connect(path, timeout=0.2, isolation_level=None, check_same_thread=False)
        version = db.execute("PRAGMA user_version").fetchone()[0]
        tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise WrongLedger(f"{path} cannot be used as a ledger: {error}") from error
    if tables and version != VERSION:
        raise WrongLedger(f"{path} is not a ledger of this version; name a new file")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("BEGIN IMMEDIATE")
    for table, row in RESOURCES.items():
        rest = ", ".join(f"{name} {kind}" for name, kind in columns(row) if name not in ("n", "sid"))
        db.execute(f"CREATE TABLE IF NOT EXISTS {table} (n INTEGER PRIMARY KEY, sid TEXT UNIQUE, {rest})")
    for table, row in LOGS.items():
        body = ", ".join(f"{name} {kind}" for name, kind in columns(row))
        db.execute(f"CREATE TABLE IF NOT EXISTS {table} ({body})")
    for index in INDEXES:
        db.execute(index)
    db.execute(f"PRAGMA user_version={VERSION}")
    db.execute("COMMIT")
    return db


class Writer:
    """Takes rows from the event loop and commits them in the order they came, some milliseconds' worth at a time.

    It writes in the loop's own thread: a thread of its own would wait for the interpreter lock at every row.
    """

    def __init__(self, path: Path) -> None:
        self._db = prepare(path)
        self._rows: list[Item] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._due: asyncio.TimerHandle | None = None

    def save(self, row: Any) -> None:
        """Write *row* as it is now."""
        kind = type(row)
        snapshot = SNAPSHOT.get(kind)
        self._rows.append((SQL[kind], snapshot(row) if snapshot else row))
        self._soon(LINGER_S)

    async def committed(self) -> None:
        """Wait until all rows saved so far are committed."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        self._soon(LINGER_S)
        await done

    def close(self) -> None:
        """Commit what is left and stop; a full disk is given some seconds to be cleared."""
        if self._due:
            self._due.cancel()
        for _ in range(LAST_TRIES):
            if self._commit():
                break
            time.sleep(AGAIN_S)
        self._db.close()

    def _soon(self, wait_s: float) -> None:
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(wait_s, self._turn)

    def _turn(self) -> None:
        self._due = None
        if not self._commit():
            self._soon(AGAIN_S)

    def _commit(self) -> bool:
        """Write the batch; if the disk is full or the file locked, all of it stays for the next try."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for sql, values in self._rows:
                self._db.execute(sql, values)
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            print(f"ledger: {error}; trying again", file=sys.stderr, flush=True)
            return False
        self._rows.clear()
        waiting, self._waiting = self._waiting, []
        for done in waiting:
            if not done.done():
                done.set_result(None)
        return True
