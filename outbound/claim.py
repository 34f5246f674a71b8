"""
Step 1 of the slice: decide, in one short transaction, who is contacted next through one sender.

What the source, the sender's rate and its lines allow is decided once for all; the contact policy is asked for each
person, now. Who may not be contacted is written down with rule and value; for the rest an attempt is claimed and a touch
intended. Nothing has left yet when this commits.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, TextClause, func, select
from sqlalchemy.orm import Session

from core import clock
from core.db import instant, is_sqlite
from core.holds import holding
from core.models import Tenant
from core.phone import region_of
from core.states import move_each
from customers.contact_policy import Allowed, Blocked, Decision, Held, decide
from customers.facts import Request, facts_for
from customers.models import Customer
from customers.profile import profile_for
from customers.suppression import suppressed
from outbound import breaker
from outbound.hours import hours_of
from outbound.intent import intend
from outbound.models import CLAIMABLE, OPEN, REPLY, TRIAL, Attempt, Delivery, Sender, Source
from outbound.work import Work

SLICE_S = 2.0
MAX_SLICE = 1_000
MAX_SOURCES = 20
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
    room = _room(session, sender, real, start, slice_s)
    due = _due(session, sender, now, room) if room > 0 else []
    if not due:
        return NOTHING
    allowed, decided = _decide(session, due, now, lead_s)
    work = intend(session, sender, allowed, now, real + timedelta(seconds=lease_s))
    sender.next_at = start + timedelta(seconds=len(work) / sender.rate_per_s)
    return Claim(work, (start - real).total_seconds(), 1 / sender.rate_per_s, decided)


def _room(session: Session, sender: Sender, real: datetime, start: datetime, slice_s: float) -> int:
    """How many more may be claimed now: what is left of the slice, and for calls and faxes what lines are free."""
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


def _due(session: Session, sender: Sender, now: datetime, room: int) -> list[tuple[Delivery, Source]]:
    """
    The next deliveries: service before promotion, an equal share for every open source of one priority.

    Left out are addresses with an open attempt on this channel: whatever asked for it waits until that has ended. Nobody
    comes twice, for caps count only what was claimed before.
    """
    sources = session.scalars(
        select(Source)
        .where(Source.channel == sender.channel, Source.state == "open", _has_due(now))
        .where((Source.sender_id == sender.id) | Source.sender_id.is_(None))
        .order_by(Source.priority, Source.id)
        .limit(MAX_SOURCES)
    ).all()
    found: list[tuple[Delivery, Source]] = []
    taken: set[str | int | None] = set()
    for position, source in enumerate(sources):
        peers = sum(other.priority == source.priority for other in sources[position:])
        share = math.ceil((room - len(found)) / peers)
        for delivery in session.scalars(_due_of(source, now, share)) if share > 0 else ():
            who = {delivery.address, delivery.customer_id} - {None}
            if taken.isdisjoint(who):
                taken |= who
                found.append((delivery, source))
    return _without_busy_customers(session, found)


def _without_busy_customers(
    session: Session, due: list[tuple[Delivery, Source]]
) -> list[tuple[Delivery, Source]]:
    """
    Lock the customers, in id order, as an opt-out does: it comes before this claim, or after. Who is locked by somebody
    else waits for the next slice; SQLite has one writer anyway.
    """
    if is_sqlite(session):
        return due
    ids = sorted({delivery.customer_id for delivery, _ in due if delivery.customer_id is not None})
    lock = select(Customer.id).where(Customer.id.in_(ids)).order_by(Customer.id)
    locked = set(session.scalars(lock.with_for_update(skip_locked=True, key_share=True)))
    return [pair for pair in due if pair[0].customer_id is None or pair[0].customer_id in locked]


def _has_due(now: datetime) -> ColumnElement[bool]:
    return select(Delivery.id).where(Delivery.source_id == Source.id, *_is_due(now)).exists()


def _is_due(now: datetime) -> tuple[ColumnElement[bool] | TextClause, ...]:
    return CLAIMABLE, Delivery.due_at <= now, Delivery.expires_at > now


def _due_of(source: Source, now: datetime, share: int) -> Select[Delivery]:
    busy = (
        select(Attempt.id)
        .where(OPEN, Attempt.tenant_id == source.tenant_id, Attempt.channel == source.channel)
        .where(Attempt.address == Delivery.address)
        .exists()
    )
    return (
        select(Delivery)
        .where(Delivery.source_id == source.id, *_is_due(now), ~busy)
        .order_by(Delivery.due_at, Delivery.id)
        .limit(share)
        .with_for_update(skip_locked=True, of=Delivery)
    )


def _decide(
    session: Session, due: Sequence[tuple[Delivery, Source]], now: datetime, lead_s: float
) -> tuple[list[tuple[Delivery, Source]], Counter[str]]:
    """Ask the contact policy for each; write down the refusals; return those who may be contacted."""
    tenant = session.get_one(Tenant, due[0][0].tenant_id)
    asked = [(delivery, source) for delivery, source in due if delivery.customer_id is not None]
    requests = [
        Request(
            delivery.customer_id or 0,
            delivery.address,
            delivery.channel,
            source.purpose,
            source.campaign,
            hours_of(source),
        )
        for delivery, source in asked
    ]
    held = []
    allowed, blocked = _without_customer(session, tenant, due, now)
    moments = _moments(now, lead_s)
    for (delivery, source), facts in zip(asked, facts_for(session, tenant, requests, now), strict=True):
        profile = profile_for(tenant.policy, region_of(delivery.address))
        match _first_no(decide(facts, profile, moment) for moment in moments):
            case Allowed():
                allowed.append((delivery, source))
            case Held(rule, value, until):
                held.append({"id": delivery.id, "reason": rule, "value": value[:80], "due_at": until})
            case Blocked(rule, value):
                blocked.append(_blocked(delivery, rule, value, now))
    move_each(session, Delivery, held, "held")
    move_each(session, Delivery, blocked, "blocked")
    return allowed, Counter(allowed=len(allowed), held=len(held), blocked=len(blocked))


def _without_customer(
    session: Session, tenant: Tenant, due: Sequence[tuple[Delivery, Source]], now: datetime
) -> tuple[list[tuple[Delivery, Source]], list[dict[str, Any]]]:
    """
    What is for nobody in the file: allowed are tests to numbers of our own staff and replies to strangers who texted us,
    unless such a number wants no contact; the rest has lost its customer. Hours and caps are not asked: whoever ordered a
    test or wrote to us waits for it.
    """
    lost = [(delivery, source) for delivery, source in due if delivery.customer_id is None]
    trials = [(delivery, source) for delivery, source in lost if source.name.startswith((TRIAL, REPLY))]
    stopped = suppressed(session, tenant.id, [delivery.address for delivery, _ in trials]) if trials else {}
    allowed = [(d, s) for d, s in trials if not {"all", s.purpose} & stopped.get(d.address, set())]
    kept = {delivery.id for delivery, _ in allowed}
    return allowed, [
        _blocked(d, "suppressed" if s.name.startswith((TRIAL, REPLY)) else "no_customer", "", now)
        for d, s in lost
        if d.id not in kept
    ]


def _blocked(delivery: Delivery, rule: str, value: str, now: datetime) -> dict[str, Any]:
    return {"id": delivery.id, "reason": rule, "value": value[:80], "ended_at": now}


def _moments(now: datetime, lead_s: float) -> tuple[datetime, ...]:
    """When the policy is asked about: now, and when the last may leave. Windows open and close at whole minutes."""
    last = now + timedelta(seconds=lead_s * clock.speed())
    return (now,) if last.replace(second=0, microsecond=0) <= now else (now, last)


def _first_no(decisions: Iterable[Decision]) -> Decision:
    decision: Decision = Allowed()
    for decision in decisions:
        if not isinstance(decision, Allowed):
            break
    return decision
