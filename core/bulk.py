"""
Many rows at once: long lists in pieces that fit into one statement, and inserts that leave what is there
alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.db import Base, is_sqlite

T = TypeVar("T")
Row = tuple[Any, ...]
# SQLite takes 32,766 bound values in a statement, PostgreSQL 65,535
CHUNK = 5_000
# as many as are bound in one statement that inserts many rows
BOUND = 30_000


def in_chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """*values* in slices of at most *size*."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def batches(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """*values* in lists of at most *size*, read only when they are asked for."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch


def insert_new(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert those of *rows* that no unique constraint of *model* refuses; the number inserted."""
    if not rows:
        return 0
    table: Any = model.__table__
    insert: Any = sqlite.insert(table) if is_sqlite(session) else postgresql.insert(table)
    statement = insert.on_conflict_do_nothing().inline().execution_options(preserve_rowcount=True)
    result = session.execute(statement, [dict(row) for row in rows])
    return cast("CursorResult[Any]", result).rowcount


def insert_tuples(
    session: Session,
    model: type[Base],
    names: Sequence[str],
    rows: Iterable[Row],
    *,
    unless: Sequence[str] = (),
    only_free: bool = False,
    returning: str = "",
) -> list[Any]:
    """
    Insert *rows*, each a tuple in the order of the columns *names*, without the detour over dicts; their *returning* column.

    Those stay out whose columns *unless*, which are unique, stand there already; with *only_free* all that any unique index
    refuses. Where another transaction has such a row it cannot show yet, that waits for its end: then give rows in an order
    everybody keeps, or two wait for each other. As many go in one statement as fit: the
    database works on them outside the interpreter's lock. Defaults are not filled in, so name every column that needs one.
    Values are converted as the columns' types say.
    """
    wanted = _converters(session, model, names)
    ending = f" ON CONFLICT ({', '.join(unless)}) DO NOTHING" if unless else ""
    ending = " ON CONFLICT DO NOTHING" if only_free else ending
    ending += f" RETURNING {returning}" if returning else ""
    found: list[Any] = []
    for batch in _halved(list(rows), BOUND // len(names)):
        values = list(chain.from_iterable(batch))
        for index, convert in wanted:
            values[index :: len(names)] = list(map(convert, values[index :: len(names)]))
        statement = _insert(session, model.__tablename__, names, len(batch)) + ending
        inserted = session.connection().exec_driver_sql(statement, tuple(values))
        found += inserted.scalars() if returning else ()
    return found


def _halved(rows: Sequence[Row], most: int) -> Iterator[Sequence[Row]]:
    """*rows* in powers of two, so that a driver remembers a few statements and not one for every length."""
    start, size = 0, 1 << (most.bit_length() - 1)
    while size:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size
        size >>= 1


def _insert(session: Session, table: str, names: Sequence[str], count: int) -> str:
    quote = session.get_bind().dialect.identifier_preparer.quote
    mark = "?" if is_sqlite(session) else "%s"
    row = f"({', '.join([mark] * len(names))})"
    return f"INSERT INTO {table} ({', '.join(map(quote, names))}) VALUES {', '.join([row] * count)}"  # noqa: S608  # names of our own columns


def run_tuples(
    session: Session, model: type[Base], statement: str, names: Sequence[str], rows: Iterable[Row]
) -> int:
    """
    Run SQL once for each of *rows*; how many rows of *model* it touched.

    Each ? in *statement* is the value for the column in the same place of *names*; converted as by `insert_tuples`.
    """
    wanted = _converters(session, model, names)
    if not (ready := [_converted(row, wanted) for row in rows]):
        return 0
    text = statement if is_sqlite(session) else statement.replace("?", "%s")
    return session.connection().exec_driver_sql(text, ready).rowcount


def _converters(
    session: Session, model: type[Base], names: Sequence[str]
) -> list[tuple[int, Callable[[Any], Any]]]:
    """Which of *names*, by its place, needs its values converted for this database, and how."""
    dialect = session.get_bind().dialect
    table: Any = model.__table__
    found = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    return [(index, _remembered(convert)) for index, convert in enumerate(found) if convert]


def _remembered(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """*convert*, which is asked once for equal values; dicts and lists cannot be looked up."""
    known = lru_cache(1024)(convert)
    return lambda value: convert(value) if isinstance(value, dict | list) else known(value)


def _converted(row: Row, wanted: Sequence[tuple[int, Callable[[Any], Any]]]) -> Row:
    if not wanted:
        return row
    values = list(row)
    for index, convert in wanted:
        values[index] = convert(values[index])
    return tuple(values)


def present(
    session: Session, model: type[Base], name: str, tenant_id: int, values: Sequence[Any]
) -> set[Any]:
    """Those of *values* that stand in the column *name* of a tenant's rows; asked in one go, without an expression each."""
    found: set[Any] = set()
    for chunk in in_chunks(values):
        marks = ", ".join(["?"] * len(chunk))
        statement = f"SELECT {name} FROM {model.__tablename__} WHERE tenant_id = ? AND {name} IN ({marks})"  # noqa: S608  # names of our own columns
        text = statement if is_sqlite(session) else statement.replace("?", "%s")
        found.update(session.connection().exec_driver_sql(text, (tenant_id, *chunk)).scalars())
    return found


def reserve_ids(session: Session, model: type[Base], count: int) -> list[int]:
    """*count* numbers for new rows of *model*, ascending, that nobody else gets."""
    table: Any = model.__table__
    if is_sqlite(session):  # its one writer is this transaction
        last = session.scalar(select(func.max(table.c.id))) or 0
        return list(range(last + 1, last + 1 + count))
    sequence = func.nextval(func.pg_get_serial_sequence(table.name, "id"))
    return sorted(session.scalars(select(sequence).select_from(func.generate_series(1, count).alias("n"))))
