"""
Stops a sender whose carrier takes orders and does not say what it does with them.

Every such order may have been sent and can be proven neither way, so an outage must not run through a whole campaign:
after three in a row only one goes out every ten seconds, until one is answered or the carrier's lists tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.carriers.base import SendResult, Unknown
from outbound.models import Attempt

IN_A_ROW = 3
PROBE_EVERY = timedelta(seconds=10)
ANSWERED = ("accepted", "ended", "refused")


def trips(results: Sequence[SendResult]) -> bool:
    """Whether the last of *results* are enough to stop a slice."""
    last = results[-IN_A_ROW:]
    return len(last) == IN_A_ROW and all(isinstance(result, Unknown) for result in last)


def room(session: Session, sender_id: int, real: datetime) -> int | None:
    """How many may be claimed now: 1 for a probe, 0 between probes, None while nothing is wrong."""
    rows = session.execute(
        select(Attempt.id, Attempt.submitted_at)
        .where(Attempt.state == "unknown", Attempt.settled_at.is_(None), Attempt.sender_id == sender_id)
        .order_by(Attempt.id.desc())
        .limit(IN_A_ROW)
    ).all()
    if len(rows) < IN_A_ROW or _has_answered(session, sender_id, rows[-1].id):
        return None
    return 1 if real - (rows[0].submitted_at or real) >= PROBE_EVERY else 0


def _has_answered(session: Session, sender_id: int, since_id: int) -> bool:
    answered = (Attempt.sender_id == sender_id, Attempt.id > since_id, Attempt.state.in_(ANSWERED))
    return session.scalar(select(Attempt.id).where(*answered).limit(1)) is not None
