"""Who is due next through one sender: service before promotion, and an equal share for everybody who asks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, TextClause, or_, select
from sqlalchemy.orm import Session

from core.db import is_sqlite
from core.models import Tenant
from customers.models import Customer
from outbound.allowances import Allowance, day_in
from outbound.models import CLAIMABLE, OPEN, Attempt, Delivery, Sender, Source, SourceSender

MAX_SOURCES = 20
Due = tuple[Delivery, Source]


def open_sources(session: Session, sender: Sender, tenant: Tenant, now: datetime) -> list[Source]:
    """
    Those with something due that *sender* may bring: service before promotion, and of one priority in turn, beginning after the
    one *sender* served last.
    """
    found = session.scalars(
        select(Source)
        .where(Source.channel == sender.channel, Source.state == "open", _has_due(now))
        .where((Source.sender_id == sender.id) | Source.sender_id.is_(None))
        .where(~_is_full(day_in(tenant, now)), _may_bring(sender))
        .order_by(Source.priority, Source.id <= (sender.served_id or 0), Source.id)
        .limit(MAX_SOURCES)
    )
    return list(found)


def due_next(session: Session, shares: Sequence[tuple[Source, int]], now: datetime, room: int) -> list[Due]:
    """
    The next deliveries worth *room* of the sender's rate: an equal share for every source of one priority, at most as
    many as its allowances leave it (the number in *shares*).

    Left out are addresses with an open attempt on this channel: whatever asked for it waits until that has ended. Nobody
    comes twice, for caps count only what was claimed before.
    """
    found: list[Due] = []
    taken: set[str | int | None] = set()
    for position, (source, most) in enumerate(shares):
        peers = sum(other.priority == source.priority for other, _ in shares[position:])
        share = math.ceil(room / peers)
        for delivery in session.scalars(_due_of(source, now, min(share, most))) if share > 0 else ():
            who = {delivery.address, delivery.customer_id} - {None}
            if share < pace(delivery) and found:
                break
            if taken.isdisjoint(who):
                taken |= who
                found.append((delivery, source))
                room, share = room - pace(delivery), share - pace(delivery)
    return _without_busy_customers(session, found)


def pace(delivery: Delivery) -> int:
    """How much of a sender's rate a delivery takes: carriers count a text's segments."""
    return delivery.units if delivery.channel == "sms" else 1


def _without_busy_customers(session: Session, due: list[Due]) -> list[Due]:
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


def _is_full(today: date) -> ColumnElement[bool]:
    """An allowance of the source, or of its campaign, has nothing left: until tomorrow, or for good."""
    return (
        select(Allowance.id)
        .where(Allowance.tenant_id == Source.tenant_id, Allowance.level == "source")
        .where(Allowance.subject.in_((Source.name, Source.campaign)), Allowance.full_at.is_not(None))
        .where(or_(Allowance.period == "total", Allowance.day >= today))
        .exists()
    )


def _may_bring(sender: Sender) -> ColumnElement[bool]:
    named = select(SourceSender.id).where(SourceSender.source_id == Source.id)
    return ~named.exists() | named.where(SourceSender.sender_id == sender.id).exists()


def _has_due(now: datetime) -> ColumnElement[bool]:
    return select(Delivery.id).where(Delivery.source_id == Source.id, *_is_due(now)).exists()


def _is_due(now: datetime) -> tuple[ColumnElement[bool] | TextClause, ...]:
    return CLAIMABLE, Delivery.due_at <= now, Delivery.expires_at > now


def _due_of(source: Source, now: datetime, share: int) -> Select[Delivery]:
    # not correlated: PostgreSQL reads the open ones once, where it would compare each of them with every delivery
    busy = select(Attempt.address).where(
        OPEN, Attempt.tenant_id == source.tenant_id, Attempt.channel == source.channel
    )
    return (
        select(Delivery)
        .where(Delivery.source_id == source.id, *_is_due(now), Delivery.address.not_in(busy))
        .order_by(Delivery.due_at, Delivery.id)
        .limit(share)
        .with_for_update(skip_locked=True, of=Delivery)
    )
