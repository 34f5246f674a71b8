"""
Every call our lines tried for after-sales is on record, each once, also those nobody answered (R-48).

Calls in which somebody was there are on record already (aftersales/calls.py: `heard`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from aftersales.models import CallRecord, FollowUp, Outreach
from core import clock
from core.bulk import insert_new
from core.db import ScopedSession
from core.models import Tenant
from outbound import deliveries
from outbound.models import NEWS, Attempt, Delivery, Source

SLICE = 100
# what was keyed in last may still be on its way into the database
LATEST_WORDS = timedelta(minutes=1)
FOLLOW_UP, OUTREACH = "follow_up:", "outreach:"
# what a record says of a call that nobody answered
UNANSWERED = {"busy": "busy", "no_answer": "no_answer"}


def put(session: Session, delivery: Delivery, follow_up_id: int | None = None) -> None:
    """Put the calls of *delivery* on record that nobody answered, and note where a machine took a message."""
    made = select(Attempt).where(
        Attempt.delivery_id == delivery.id, Attempt.carrier_id.is_not(None), Attempt.state == "ended"
    )
    attempts = session.scalars(made.order_by(Attempt.id)).all()
    rows = [_unanswered(delivery, follow_up_id, one) for one in attempts if one.outcome != "reached"]
    insert_new(session, CallRecord, rows)
    machines = [one.carrier_id for one in attempts if one.left_message]
    mine = CallRecord.call_id.in_(machines) & (CallRecord.outcome != "message_left")
    session.execute(update(CallRecord).where(mine).values(outcome="message_left"))


def put_rest(session: ScopedSession, tenant: Tenant, now: datetime) -> int:
    """Put calls on record that nobody waits for any more: a person was faster, or it was given up; how many deliveries."""
    waited_for = or_(
        select(FollowUp.id).where(FollowUp.delivery_id == Delivery.id, FollowUp.state == "calling").exists(),
        select(Outreach.id).where(Outreach.call_id == Delivery.id, Outreach.state == "sent").exists(),
    )
    ours = select(Source.id).where(
        Source.tenant_id == tenant.id, Source.name.startswith(FOLLOW_UP) | Source.name.startswith(OUTREACH)
    )
    rest = select(Delivery).where(
        Delivery.tenant_id == tenant.id,
        NEWS,
        Delivery.channel == "voice",
        Delivery.ended_at <= now - LATEST_WORDS,
        Delivery.source_id.in_(ours),
        ~waited_for,
    )
    found = session.scalars(rest.order_by(Delivery.id).limit(SLICE)).all()
    for delivery in found:
        name = session.get_one(Source, delivery.source_id).name
        put(session, delivery, int(name.removeprefix(FOLLOW_UP)) if name.startswith(FOLLOW_UP) else None)
        deliveries.tell(session, {delivery.state: [delivery.id]})
    return len(found)


def _unanswered(delivery: Delivery, follow_up_id: int | None, attempt: Attempt) -> dict[str, Any]:
    failed = "wrong_number" if delivery.cause == "bad_number" else "no_answer"
    return {
        "tenant_id": delivery.tenant_id, "call_id": attempt.carrier_id, "direction": "out", "at": attempt.started_at,
        "customer_id": delivery.customer_id, "address": attempt.address, "follow_up_id": follow_up_id, "blocks": [], "answers": {},
        "points": "", "outcome": UNANSWERED.get(attempt.outcome, failed), "noted_at": clock.now(), "created_at": clock.now(),
    }  # fmt: skip
