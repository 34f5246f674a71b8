"""Reading a ledger: for the REST lists, for `python -m exchange ledger`, for tests. The file may be in use."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from exchange.rows import LOGS, RESOURCES, Problem
from exchange.writing import VERSION, columns

Row = TypeVar("Row")
TABLES = RESOURCES | LOGS
NAMES: dict[type, str] = {row: table for table, row in TABLES.items()}
CONTACTS = " UNION ALL ".join(
    f"SELECT '{channel}', to_, left_at, sid, status, from_, direction FROM {table} WHERE left_at IS NOT NULL"  # noqa: S608, names are ours
    for channel, table in (("voice", "calls"), ("sms", "texts"), ("fax", "faxes"))
)


class NoLedger(Exception):
    """There is no ledger at that path."""


@dataclass(frozen=True, slots=True)
class Where:
    """A condition in SQL with its values."""

    sql: str
    values: tuple[object, ...] = ()


class Ledger:
    """Reads one ledger file; every call opens it afresh, so it may be used from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def contacts(self, *, everything: bool = False) -> list[dict[str, str]]:
        """Every time a telephone was rung, a text left or a fax was dialled by order of a customer, oldest first.

        With *everything* also what came in, what TwiML dialled and what was sent in reply. What was cancelled while
        it still waited in line reached nobody and is no contact.
        """
        keys = ("channel", "to", "at", "sid", "outcome", "from", "direction")
        chosen = CONTACTS if everything else f"SELECT * FROM ({CONTACTS}) WHERE direction = 'outbound-api'"  # noqa: S608, names are ours
        return [dict(zip(keys, row, strict=True)) for row in self.ask(f"{chosen} ORDER BY 3, 4")]

    def rows(self, kind: type[Row], where: Where | None = None, tail: str = "") -> list[Row]:
        """The rows of one table as objects, in the order they were first written."""
        names = ", ".join(name for name, _ in columns(kind))
        condition = f" WHERE {where.sql}" if where else ""
        order = tail or ("ORDER BY n" if kind in RESOURCES.values() else "ORDER BY rowid")
        sql = f"SELECT {names} FROM {NAMES[kind]}{condition} {order}"  # noqa: S608, names are ours
        return [kind(*row) for row in self.ask(sql, where.values if where else ())]

    def problems(self) -> list[Problem]:
        """Every mistake and warning noted."""
        return self.rows(Problem)

    def last_n(self, kind: type) -> int:
        """The highest row number of a resource."""
        return int(self.ask(f"SELECT coalesce(max(n), 0) FROM {NAMES[kind]}")[0][0])  # noqa: S608, names are ours

    def attempts(self, kind: type) -> list[tuple[str, int]]:
        """How often each number was tried."""
        sql = f"SELECT to_, max(attempt) FROM {NAMES[kind]} WHERE direction <> 'inbound' GROUP BY to_"  # noqa: S608, names are ours
        return [(to, attempt) for to, attempt in self.ask(sql)]

    def ask(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows SQLite answers."""
        if not self.path.is_file():
            raise NoLedger(f"no ledger at {self.path}")
        try:
            with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)) as db:
                if db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                    raise NoLedger(f"{self.path} is not a ledger of this version")
                return db.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise NoLedger(f"{self.path} cannot be read as a ledger: {error}") from error
