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
from outbound import ceilings, ways
from outbound.allowances import binding
from outbound.booking import book, shared_room, shares_of, unbook_lost
from outbound.deciding import sort_out
from outbound.due import due_next, open_sources, pace
from outbound.intent import intend
from outbound.models import Sender
from outbound.room import SLICE_S, queue_s, room_of
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
    tenant = session.get_one(Tenant, sender.tenant_id)
    sources = open_sources(session, sender, tenant, now) if room > 0 else []
    limits = binding(session, tenant.id, [sender], sources) if sources else []
    shares = ceilings.under(session, shares_of(limits, sender, sources, tenant, now))
    due = due_next(session, shares, now, shared_room(limits, room, start, slice_s))
    sender.served_id = due[-1][1].id if due else sources[-1].id if sources else sender.served_id
    if not due:
        return NOTHING
    reachable = ways.hold(session, sender, due, now)
    lead_s += queue_s(sender, real)
    allowed, decided = sort_out(session, tenant, reachable, now, lead_s)
    decided["held"] += len(due) - len(reachable)
    booked = book(session, sender, tenant, allowed, now, start, is_limited=bool(limits))
    work = intend(session, sender, booked.due, booked.costs, now, real + timedelta(seconds=lease_s))
    taken = {one.delivery_id for one in work}
    unbook_lost(
        session, sender, tenant, [pair for pair in booked.due if pair[0].id not in taken], booked.costs, now
    )
    paced = sum(pace(delivery) for delivery, _ in booked.due if delivery.id in taken)
    sender.next_at = booked.start + timedelta(seconds=paced / sender.rate_per_s)
    wait_s = (booked.start - real).total_seconds()
    decided["allowed"] = len(work)
    return Claim(work, wait_s, booked.gap_s, decided)
