"""
Stops a sender whose carrier takes orders and does not say what it does with them.

Every such order may have been sent and can be proven neither way, so an outage must not run through a whole campaign:
after three in a row, or five of the last hundred, only one goes out every ten seconds, until one is answered (of five: three
in a row) or the carrier's lists tell.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.carriers.base import SendResult, Unknown
from outbound.models import Attempt

IN_A_ROW = 3
# or so many of the last hundred
OF_LAST, TOO_MANY = 100, 5
PROBE_EVERY = timedelta(seconds=10)
ANSWERED = ("accepted", "ended", "refused")


class Watch:
    """Sees a carrier's answers as they come, from any thread. Once it has tripped it stays so: the next claim asks the rows."""

    def __init__(self) -> None:
        self._last: deque[SendResult] = deque(maxlen=OF_LAST)
        self._lock = threading.Lock()
        self.has_tripped = False

    def see(self, answer: SendResult) -> None:
        """One more answer."""
        with self._lock:
            self._last.append(answer)
            if isinstance(answer, Unknown):
                self.has_tripped = self.has_tripped or trips(list(self._last))


def trips(results: Sequence[SendResult]) -> bool:
    """Whether the last of *results* are enough to stop a sender."""
    unknown = [isinstance(result, Unknown) for result in results[-OF_LAST:]]
    return (len(unknown) >= IN_A_ROW and all(unknown[-IN_A_ROW:])) or sum(unknown) >= TOO_MANY


def room(session: Session, sender_id: int, real: datetime) -> int | None:
    """How many may be claimed now: 1 for a probe, 0 between probes and while one is under way, None while nothing is wrong."""
    rows = session.execute(
        select(Attempt.id, Attempt.submitted_at)
        .where(Attempt.state == "unknown", Attempt.settled_at.is_(None), Attempt.sender_id == sender_id)
        .order_by(Attempt.id.desc())
        .limit(TOO_MANY)
    ).all()
    in_a_row = len(rows) >= IN_A_ROW and not _answered(session, sender_id, rows[IN_A_ROW - 1].id, 1)
    too_many = (
        len(rows) == TOO_MANY
        and _answered(session, sender_id, rows[-1].id, OF_LAST) <= OF_LAST - TOO_MANY
        and _answered(session, sender_id, rows[0].id, IN_A_ROW) < IN_A_ROW
    )
    if not in_a_row and not too_many:
        return None
    is_time = real - (rows[0].submitted_at or real) >= PROBE_EVERY
    return int(is_time and not _is_under_way(session, sender_id))


def _is_under_way(session: Session, sender_id: int) -> bool:
    """Whether anything is claimed or posted of which nobody knows yet how the carrier takes it."""
    unheard = (Attempt.sender_id == sender_id, Attempt.state.in_(("claimed", "submitting")))
    return session.scalar(select(Attempt.id).where(*unheard).limit(1)) is not None


def _answered(session: Session, sender_id: int, since_id: int, most: int) -> int:
    """How many were answered since, counted up to *most*."""
    answered = (Attempt.sender_id == sender_id, Attempt.id > since_id, Attempt.state.in_(ANSWERED))
    return len(session.scalars(select(Attempt.id).where(*answered).limit(most)).all())
