"""How often something was done in a window of time, over every process."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.models import Counter


def count_up(session: Session, name: str, start: datetime) -> int:
    """One more of *name* in the window; the number so far."""
    more = (
        update(Counter)
        .where(Counter.name == name, Counter.window_start == start)
        .values(count=Counter.count + 1)
        .returning(Counter.count)
    )
    if (count := session.scalar(more)) is not None:
        return count
    try:
        with session.begin_nested():
            session.add(Counter(name=name, window_start=start, count=1))
    except IntegrityError:  # somebody was faster
        return session.scalars(more).one()
    return 1


def counted(session: Session, name: str, start: datetime) -> int:
    """How many of *name* there were in the window so far."""
    found = select(Counter.count).where(Counter.name == name, Counter.window_start == start)
    return session.scalar(found) or 0
