"""
State machines are tables; `move()` is the only thing that writes a `state` column.

    CAMPAIGN_STATES = {"draft": ("running",), "running": ("paused", "finished"), ...}
    move(session, Campaign, {"id": 7}, to="paused")
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from core.bulk import run_tuples
from core.db import Base
from core.errors import Conflict

States = Mapping[str, tuple[str, ...]]


def sources(table: States, to: str) -> tuple[str, ...]:
    """The states of *table* from which one may go *to*."""
    return tuple(state for state, targets in table.items() if to in targets)


def terminal(table: States) -> tuple[str, ...]:
    """The states of *table* nothing leads out of."""
    return tuple(state for state, targets in table.items() if not targets)


def move_all(session: Session, model: type[Base], where: Any, to: str, **values: Any) -> int:
    """
    Move every row of *model* matching *where* that may go *to*; the count of those that did.

    One UPDATE with the allowed states in its condition: of two that race, one finds nothing left to move.
    """
    table: States = model.STATES  # type: ignore[attr-defined]  # each stateful model carries its table
    columns: Any = model
    allowed = columns.state.in_(sources(table, to))
    statement = update(model).where(where, allowed).values(state=to, **values)
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", result).rowcount


def moved(session: Session, model: type[Base], ids: Collection[int], to: str, **values: Any) -> set[int]:
    """Move the rows of *model* with these *ids* that may go *to*; the ids of those that did."""
    table: States = model.STATES  # type: ignore[attr-defined]  # each stateful model carries its table
    columns: Any = model
    statement = update(model).where(model.id.in_(ids), columns.state.in_(sources(table, to)))
    returning = statement.values(state=to, **values).returning(model.id)
    return set(session.scalars(returning, execution_options={"synchronize_session": False}))


def move_each(
    session: Session,
    model: type[Base],
    rows: Sequence[Mapping[str, Any]],
    to: str,
    key: Sequence[str] = ("id",),
) -> int:
    """
    Move many rows to one state, each with values of its own; the count of those that could go.

    *rows* are {"id": 7, column: value, …}, all with the same columns; those of *key* say which row it is.
    """
    allowed = sources(model.STATES, to)  # type: ignore[attr-defined]  # each stateful model carries its table
    if not rows or not allowed:
        return 0
    columns = [name for name in rows[0] if name not in key]
    values = "".join(f", {name} = ?" for name in columns)
    found = " AND ".join(f"{name} = ?" for name in key)
    marks = ", ".join(["?"] * len(allowed))
    statement = f"UPDATE {model.__tablename__} SET state = ?{values} WHERE {found} AND state IN ({marks})"  # noqa: S608  # names of our own columns
    names = ["state", *columns, *key, *["state"] * len(allowed)]
    tuples = [(to, *[row[name] for name in (*columns, *key)], *allowed) for row in rows]
    return run_tuples(session, model, statement, names, tuples)


def move(session: Session, row: Any, to: str, **values: Any) -> None:
    """Move one *row* to state *to*, or raise Conflict and change nothing."""
    model = type(row)
    moved = move_all(session, model, model.id == row.id, to, **values)
    session.refresh(row)
    if not moved:
        raise Conflict(
            "bad_transition",
            "{tablename} {id} is {state}, it cannot become {to}",
            tablename=model.__tablename__,
            id=row.id,
            state=row.state,
            to=to,
        )
