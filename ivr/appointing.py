"""What a call does about an appointment: the one we call about, or the next of whoever the caller proved to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import appointments, offers, settings
from aftersales.models import Appointment, Outreach
from aftersales.said import said_time
from core.models import Tenant
from flows.language.turn import Refused, Told
from ivr.leg import Asking
from outbound.models import Delivery

WHO = "telephone"
NOT_FOUND = Refused("not_found")
NAMES = ("first", "second", "third")


def confirm(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """They will come."""
    _, found = _about(session, asking)
    if found is None:
        return NOT_FOUND
    appointments.confirm(session, found, WHO)
    return Told({"done": "confirmed"})


def cancel(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """They will not come."""
    _, found = _about(session, asking)
    if found is None:
        return NOT_FOUND
    appointments.cancel(session, found, WHO, is_answer=bool(asking.delivery_id))
    return Told({"done": "cancelled"})


def offer(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """Up to three free times, kept for ten minutes."""
    customer_id, found = _about(session, asking)
    if not customer_id:
        return NOT_FOUND
    times = offers.offer(session, tenant, _call(asking), asking.key, customer_id, found, WHO)
    return Told(
        {name: _said(tenant, asking, slot.starts_at) for name, slot in zip(NAMES, times, strict=False)}
    )


def take(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """One of them is theirs."""
    made, slot = offers.take(session, tenant, _call(asking), int(asking.given["choice"]), WHO)
    done = "moved" if made.earlier_id else "booked"
    return Told({"done": done, "time": _said(tenant, asking, slot.starts_at)})


ACTS: Mapping[str, Callable[[Session, Tenant, Asking], Told | Refused]] = {
    "confirm": confirm,
    "cancel": cancel,
    "offer": offer,
    "take": take,
}


def _about(session: Session, asking: Asking) -> tuple[int, Appointment | None]:
    """Whose call this is, and which appointment it is about."""
    if not asking.delivery_id:
        return asking.person, appointments.next_of(session, asking.person) if asking.person else None
    customer_id = session.scalar(select(Delivery.customer_id).where(Delivery.id == asking.delivery_id)) or 0
    reminder = select(Outreach.subject_id).where(
        Outreach.call_id == asking.delivery_id, Outreach.kind == "appointment"
    )
    found = session.scalar(reminder)
    return customer_id, appointments.get(session, found) if found else None


def _call(asking: Asking) -> str:
    return f"call:{asking.leg.call_sid}:"


def _said(tenant: Tenant, asking: Asking, at: datetime) -> str:
    return said_time(at, settings.days_of(tenant).clock, asking.language)
