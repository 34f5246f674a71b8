"""What customers agreed to, as a row of events: the latest per purpose and channel counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.bulk import in_chunks
from customers.models import ConsentEvent

# who is in the file is a customer: that much holds for every purpose until it is taken back
BASE_LEVEL = "relationship"


class Given(NamedTuple):
    """The level that stands, and since when; None if it was never said."""

    level: str
    at: datetime | None


BASE = Given(BASE_LEVEL, None)
Levels = Mapping[str, Given]


def levels(
    session: Session, tenant_id: int, customer_ids: Sequence[int], purposes: Collection[str]
) -> dict[tuple[int, str], Levels]:
    """
    For each (customer, purpose) with events: channel → level now held and since when, "" meaning every channel not named.
    """
    found: dict[tuple[int, str], dict[str, Given]] = {}
    for chunk in in_chunks(customer_ids):
        statement = (
            select(
                ConsentEvent.customer_id,
                ConsentEvent.purpose,
                ConsentEvent.channel,
                ConsentEvent.level,
                ConsentEvent.is_given,
                ConsentEvent.at,
            )
            .where(
                ConsentEvent.tenant_id == tenant_id,
                ConsentEvent.customer_id.in_(chunk),
                ConsentEvent.purpose.in_(purposes),
            )
            .order_by(ConsentEvent.at, ConsentEvent.id)
        )
        for row in session.execute(statement):
            held = found.setdefault((row.customer_id, row.purpose), {})
            if row.channel == "":
                held.clear()
            held[row.channel] = Given(row.level if row.is_given else "none", row.at)
    return dict(found)


def level_for(held: Levels, channel: str) -> Given:
    """The level that counts for *channel*."""
    return held.get(channel, held.get("", BASE))


def give(
    session: Session,
    tenant_id: int,
    customer_ids: Sequence[int],
    purpose: str,
    level: str,
    source: str,
    at: datetime,
    channel: str = "",
) -> None:
    """Note that customers agreed; *source* says where the proof is."""
    session.add_all(
        ConsentEvent(
            tenant_id=tenant_id,
            customer_id=customer,
            purpose=purpose,
            channel=channel,
            level=level,
            is_given=True,
            source=source,
            at=at,
        )
        for customer in customer_ids
    )
    session.flush()


def withdraw(
    session: Session,
    tenant_id: int,
    customer_ids: Sequence[int],
    purposes: Collection[str],
    source: str,
    at: datetime,
) -> None:
    """
    Note that customers took back what they agreed to, on every channel. What is already taken back is left
    alone.
    """
    withdrawn, given = _latest(session, tenant_id, customer_ids, purposes)
    session.add_all(
        ConsentEvent(
            tenant_id=tenant_id, customer_id=customer, purpose=purpose, is_given=False, source=source, at=at
        )
        for customer in customer_ids
        for purpose in purposes
        if not _is_withdrawn(withdrawn.get((customer, purpose)), given.get((customer, purpose)), at)
    )
    session.flush()


def _is_withdrawn(withdrawn: datetime | None, given: datetime | None, at: datetime) -> bool:
    return withdrawn is not None and (withdrawn >= at or given is None or withdrawn >= given)


def _latest(
    session: Session, tenant_id: int, customer_ids: Sequence[int], purposes: Collection[str]
) -> tuple[dict[tuple[int, str], datetime], dict[tuple[int, str], datetime]]:
    """
    The latest withdrawal from every channel, and the latest consent to any, of each (customer, purpose).
    """
    withdrawn: dict[tuple[int, str], datetime] = {}
    given: dict[tuple[int, str], datetime] = {}
    for chunk in in_chunks(customer_ids):
        statement = select(ConsentEvent).where(
            ConsentEvent.tenant_id == tenant_id,
            ConsentEvent.customer_id.in_(chunk),
            ConsentEvent.purpose.in_(purposes),
        )
        for event in session.scalars(statement.order_by(ConsentEvent.at)):
            key = (event.customer_id, event.purpose)
            if event.is_given:
                given[key] = event.at
            elif event.channel == "":
                withdrawn[key] = event.at
    return withdrawn, given
