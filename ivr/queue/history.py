"""What a callback leaves behind in the customer's history: a record of the call, and a touch that counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from aftersales import calls
from aftersales.calls import Heard
from core.bulk import insert_new
from customers.models import Touch
from ivr.queue.models import Waiter


def called_back(session: Session, waiter: Waiter, at: datetime) -> None:
    """The customer and an agent have talked, from *at* on. Said again it changes nothing."""
    call = Heard(waiter.tenant_id, waiter.call_id, "out", at, waiter.customer_id, waiter.address)
    calls.heard(session, [call])
    calls.spoke(session, [waiter.call_id])
    rang(session, waiter, at)


def rang(session: Session, waiter: Waiter, at: datetime) -> None:
    """Their telephone has rung, whether or not anybody answered."""
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
