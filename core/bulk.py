"""
Many rows at once: long lists in pieces that fit into one statement, and inserts that leave what is there
alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.db import Base, is_sqlite

T = TypeVar("T")
# SQLite takes 32,766 bound values in a statement, PostgreSQL 65,535
CHUNK = 5_000


def in_chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """*values* in slices of at most *size*."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def insert_new(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert those of *rows* that no unique constraint of *model* refuses; the number inserted."""
    if not rows:
        return 0
    table: Any = model.__table__
    insert: Any = sqlite.insert(table) if is_sqlite(session) else postgresql.insert(table)
    statement = insert.on_conflict_do_nothing().inline().execution_options(preserve_rowcount=True)
    result = session.execute(statement, [dict(row) for row in rows])
    return cast("CursorResult[Any]", result).rowcount
