"""
Carries everything from one database to an empty other one: from SQLite to PostgreSQL when one machine is no longer enough.

Tables go in the order of their references, in pieces, so memory stays flat; ids stay, and sequences go on after them. At the
end the rows on both sides are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.engine import Connection

from core import schema
from core.db import Base, Database
from core.errors import Conflict

BATCH = 2_000
Told = Callable[[str, int], None]


def copy(source: Database, target: Database, told: Told) -> int:
    """
    All rows of *source* into *target*, which is brought up to date first; how many. *told* hears of each table.

    Nothing may run on either meanwhile. Raises Conflict if *target* holds rows, *source* lacks a migration, or the counts
    differ at the end; then *target* is left as it was.
    """
    if schema.is_behind(source):
        raise Conflict("database_behind", "the database is not up to date; run: flask db upgrade")
    schema.upgrade(target)
    tables = Base.metadata.sorted_tables
    # one snapshot on one side, one transaction on the other
    with (
        source.engine.connect().execution_options(begin="BEGIN") as reading,
        target.engine.begin() as writing,
    ):
        _refuse_rows(writing, tables)
        total = 0
        for table in tables:
            count = _copy_table(reading, writing, table)
            told(table.name, count)
            total += count
        if not target.is_sqlite:
            _set_sequences(writing, tables)
        return total


def _refuse_rows(writing: Connection, tables: list[Table]) -> None:
    """The name that a migration gave to the new database goes: this is the old one in another place."""
    writing.execute(Base.metadata.tables["installation"].delete())
    full = [table.name for table in tables if writing.scalar(select(func.count()).select_from(table))]
    if full:
        raise Conflict("not_empty", "the other database holds rows already: {full}", full=full)


def _copy_table(reading: Connection, writing: Connection, table: Table) -> int:
    for rows in _pieces(reading, table):
        writing.execute(insert(table), rows)
    counts = [connection.scalar(select(func.count()).select_from(table)) for connection in (reading, writing)]
    if counts[0] != counts[1]:
        raise Conflict(
            "count_differs",
            "{name}: {counts} rows here, {counts2} there",
            name=table.name,
            counts=counts[0],
            counts2=counts[1],
        )
    return counts[0] or 0


def _pieces(reading: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    last = 0
    while True:
        chosen = select(table).where(table.c.id > last).order_by(table.c.id).limit(BATCH)
        rows = [dict(row) for row in reading.execute(chosen).mappings()]
        if not rows:
            return
        last = rows[-1]["id"]
        yield rows


def _set_sequences(writing: Connection, tables: list[Table]) -> None:
    for table in tables:
        last = writing.scalar(select(func.max(table.c.id)))
        if last is not None:
            named = {"name": table.name, "last": last}
            writing.execute(text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"), named)
