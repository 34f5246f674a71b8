"""
Step 1 of the slice: decide, in one short transaction, who is contacted next through one sender.

What the source, the sender's rate and its lines allow is decided once for all; the contact policy is asked for each
person, now. Who may not be contacted is written down with rule and value; for the rest an attempt is claimed and a touch
intended. Nothing has left yet when this commits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.db import instant
from core.holds import holding
from core.models import Tenant
from outbound.deciding import sort_out
from outbound.due import due_next
from outbound.intent import intend
from outbound.models import Sender
from outbound.room import SLICE_S, room_of
from outbound.work import Work

# what is claimed may leave so many seconds later: it must be allowed then, too
LEAD_S = 5.0


@dataclass(frozen=True)
class Claim:
    """What a slice may send now: *work*, spaced *gap_s* apart, the first after *wait_s*. *decided* counts every decision."""

    work: Sequence[Work]
    wait_s: float
    gap_s: float
    decided: Counter[str]


NOTHING = Claim((), 0.0, 0.0, Counter())


def claim(
    session: Session, sender_id: int, lease_s: float, lead_s: float = LEAD_S, slice_s: float = SLICE_S
) -> Claim:
    """
    Claim at most *slice_s* seconds' worth of *sender_id*'s rate. Empty if there is nothing due, or no room.

    All of it leaves within *lead_s*, or not at all.
    """
    mine = (Sender.id == sender_id, Sender.state == "open", ~holding(Sender.tenant_id))
    sender = session.scalar(select(Sender).where(*mine).with_for_update(of=Sender, skip_locked=True))
    if sender is None:
        return NOTHING
    real, now = instant(session), clock.now()
    start = max(sender.next_at, real)
    room = room_of(session, sender, real, start, slice_s)
    due = due_next(session, sender, now, room) if room > 0 else []
    if not due:
        return NOTHING
    tenant = session.get_one(Tenant, sender.tenant_id)
    allowed, decided = sort_out(session, tenant, due, now, lead_s)
    work = intend(session, sender, allowed, now, real + timedelta(seconds=lease_s))
    sender.next_at = start + timedelta(seconds=len(work) / sender.rate_per_s)
    return Claim(work, (start - real).total_seconds(), 1 / sender.rate_per_s, decided)
