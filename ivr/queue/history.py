"""What a callback leaves behind in the customer's history, beside the record of the call: a touch that counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core.bulk import insert_new
from customers.models import Touch
from ivr.queue.models import Waiter


def rang(session: Session, waiter: Waiter, at: datetime) -> None:
    """Their telephone has rung, whether or not anybody answered. Said again it changes nothing."""
    if waiter.customer_id is None:
        return
    touch = {
        "tenant_id": waiter.tenant_id,
        "customer_id": waiter.customer_id,
        "address": waiter.address[:16],
        "channel": "voice",
        "direction": "out",
        "purpose": "service",
        "source": f"call:{waiter.call_id}",
        "campaign": "",
        "state": "made",
        "at": at,
    }
    insert_new(session, Touch, [touch])
