"""Who is due next through one sender: service before promotion, and an equal share for everybody who asks."""

from __future__ import annotations

import math
from datetime import datetime

from sqlalchemy import ColumnElement, Select, TextClause, select
from sqlalchemy.orm import Session

from core.db import is_sqlite
from customers.models import Customer
from outbound.models import CLAIMABLE, OPEN, Attempt, Delivery, Sender, Source

MAX_SOURCES = 20
Due = tuple[Delivery, Source]


def due_next(session: Session, sender: Sender, now: datetime, room: int) -> list[Due]:
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
    found: list[Due] = []
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
