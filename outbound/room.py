"""How much one sender may send now: by its rate, its free lines, and what its carrier makes of it."""

from __future__ import annotations

import math
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outbound import breaker
from outbound.models import OPEN, Attempt, Sender

SLICE_S = 2.0
MAX_SLICE = 1_000


# the carrier's own queue for a number: with more in it, calls would be dialled later than we meant
MAX_QUEUE_S = 2.0


def queue_s(sender: Sender, real: datetime) -> float:
    """How long the carrier's queue for *sender* still is, by what it last said."""
    return max(0.0, (sender.queued_until - real).total_seconds()) if sender.queued_until else 0.0


def room_of(session: Session, sender: Sender, real: datetime, start: datetime, slice_s: float) -> int:
    """How many more may be claimed now: what is left of the slice, and for calls and faxes what lines are free."""
    if queue_s(sender, real) > MAX_QUEUE_S:
        return 0
    ahead_s = slice_s - (start - real).total_seconds()
    room = min(MAX_SLICE, math.floor(ahead_s * sender.rate_per_s + 1e-9))
    if sender.rate_per_s * slice_s < 1 and start <= real:
        room = 1
    if sender.lines:
        busy = session.scalar(
            select(func.count())
            .select_from(Attempt)
            .where(OPEN, Attempt.sender_id == sender.id)
            .where((Attempt.line_until.is_(None)) | (Attempt.line_until > real))
        )
        room = min(room, sender.lines - (busy or 0))
    limit = breaker.room(session, sender.id, real) if room > 0 else None
    return room if limit is None else min(room, limit)
