"""Whoever guesses is stopped: five failures an hour and twelve a day, by caller and by whom they claim to be (E-7)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from core import clock
from core.counting import count_up, counted

log = logging.getLogger(__name__)
AN_HOUR, A_DAY = 5, 12


def is_locked(session: Session, names: Sequence[str]) -> bool:
    """Whether any of *names* has failed too often."""
    limits = [(name, start, most) for name in names for start, most in _windows()]
    return any(counted(session, _counter(name), start) >= most for name, start, most in limits)


def failed(session: Session, names: Sequence[str]) -> None:
    """One more failure of each of *names*."""
    for name in names:
        for start, most in _windows():
            if count_up(session, _counter(name), start) == most:
                log.warning("%s is locked: %d failures since %s", name, most, start.isoformat())


def _counter(name: str) -> str:
    return f"guess:{name}"


def _windows() -> Iterator[tuple[datetime, int]]:
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    # a day's window has a microsecond of its own: at midnight the hour's begins as well
    yield hour, AN_HOUR
    yield hour.replace(hour=0, microsecond=1), A_DAY
