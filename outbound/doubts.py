"""
Attempts nobody knows the end of: what staff decide about them.

The carrier's lists and receipts come first; what is left unknown stays so until somebody who knows better says that it was
sent, or that it was not and may be sent again. A late word of the carrier wins over that as long as nothing has left again
(outbound/proving.py).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, clock
from core.carriers.words import REACHED
from core.db import MAX_ID
from core.errors import Conflict, Invalid, NotFound
from customers.models import Customer
from outbound import locking
from outbound.ending import Ended, release, settle_ends
from outbound.models import Attempt, Delivery, Source
from outbound.success import has_reached

DECISIONS = {
    "sent": "it was sent: whom it was for counts as reached",
    "not_sent": "it was not sent: it is sent again",
}
MOST = 1_000


def unsettled(session: Session, campaign: str, limit: int = MOST) -> list[Attempt]:
    """The unknown attempts of *campaign* (such as campaign:7) that nothing more is heard of, oldest first."""
    return list(
        session.scalars(
            select(Attempt)
            .join(Source, Source.id == Attempt.source_id)
            .where(Source.campaign == campaign, Attempt.state == "unknown", Attempt.settled_at.is_not(None))
            .order_by(Attempt.id)
            .limit(limit)
        )
    )


def shown(session: Session, campaign: str, limit: int) -> list[tuple[Attempt, int | None, str]]:
    """`unsettled` with the id and name of the customer each was for."""
    found = unsettled(session, campaign, limit)
    people = session.execute(
        select(Delivery.id, Delivery.customer_id, Customer.name)
        .outerjoin(Customer, Customer.id == Delivery.customer_id)
        .where(Delivery.id.in_([attempt.delivery_id for attempt in found]))
    )
    who = {row.id: (row.customer_id, row.name or "") for row in people}
    return [(attempt, *who[attempt.delivery_id]) for attempt in found]


def decide(session: Session, attempt_id: int, decision: str, who: str) -> None:
    """
    Settle one unknown attempt by *decision*, one of DECISIONS.

    Raises NotFound, Invalid, or Conflict if it is not unknown any more, is still being looked for, or must not be sent again.
    """
    if decision not in DECISIONS:
        raise Invalid("bad_decision", "enter one of {words}, not {value}", words=DECISIONS, value=decision)
    is_number = 0 < attempt_id <= MAX_ID
    found = locking.attempts(session, Attempt.id == attempt_id) if is_number else []
    if not found:
        raise NotFound("no_attempt", "there is no attempt {number}", number=attempt_id)
    [attempt] = found
    if attempt.state != "unknown" or attempt.settled_at is None:
        raise Conflict(
            "not_unknown",
            "attempt {number} is in no doubt; there is nothing to decide",
            number=attempt_id,
        )
    now = clock.now()
    if decision == "sent":
        settle_ends(session, [Ended(attempt.id, attempt.delivery_id, REACHED, "staff", now)])
    else:
        _send_again(session, attempt, now)
    audit.record(session, attempt.tenant_id, who, f"decided_{decision}", f"attempt:{attempt.id}")


def _send_again(session: Session, attempt: Attempt, now: datetime) -> None:
    delivery = session.get_one(Delivery, attempt.delivery_id, populate_existing=True)
    source = session.get_one(Source, attempt.source_id)
    if attempt.carrier_id:
        raise Conflict(
            "was_sent",
            "the carrier has attempt {number} as {carrier_id}: it was sent",
            number=attempt.id,
            carrier_id=attempt.carrier_id,
        )
    if source.state not in ("open", "paused") or delivery.expires_at <= now:
        raise Conflict(
            "too_late",
            "attempt {number} cannot be made again: its campaign or its time is over",
            number=attempt.id,
        )
    if delivery.state != "unknown" or has_reached(session, source, delivery.customer_id):
        raise Conflict(
            "gone_on",
            "attempt {number} cannot be made again: whom it was for was tried otherwise meanwhile, or reached",
            number=attempt.id,
        )
    release(session, [(attempt.id, attempt.delivery_id, attempt.token)], now, code="staff")
    session.refresh(delivery)
    if delivery.state == "pending":
        delivery.reason, delivery.ended_at = "", None
