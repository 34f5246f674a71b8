"""What a call does about an appointment: the one we call about, or the next of whoever the caller proved to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class About:
    """Whose call it is, and which appointment or vehicle it is about."""

    customer_id: int
    appointment: Appointment | None = None
    vehicle_id: int | None = None


NOT_FOUND = Refused("not_found")
NAMES = ("first", "second", "third")


def confirm(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """They will come."""
    found = _about(session, asking).appointment
    if found is None:
        return NOT_FOUND
    appointments.confirm(session, found, WHO)
    return Told({"done": "confirmed"})


def cancel(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """They will not come."""
    found = _about(session, asking).appointment
    if found is None:
        return NOT_FOUND
    appointments.cancel(session, found, WHO, is_answer=bool(asking.delivery_id))
    return Told({"done": "cancelled"})


def offer(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """Up to three free times, kept for ten minutes."""
    about = _about(session, asking)
    if not about.customer_id:
        return NOT_FOUND
    times = offers.offer(
        session,
        tenant,
        _call(asking),
        asking.key,
        about.customer_id,
        about.appointment,
        WHO,
        vehicle_id=about.vehicle_id,
    )
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


def _about(session: Session, asking: Asking) -> About:
    if not asking.delivery_id:
        found = appointments.next_of(session, asking.person) if asking.person else None
        return About(asking.person, found)
    customer_id = session.scalar(select(Delivery.customer_id).where(Delivery.id == asking.delivery_id)) or 0
    one = session.scalar(select(Outreach).where(Outreach.call_id == asking.delivery_id))
    match one.kind if one else "":
        case "appointment":
            return About(customer_id, appointments.get(session, one.subject_id) if one else None)
        case "service_due":
            return About(customer_id, vehicle_id=one.subject_id if one else None)
    return About(customer_id)


def _call(asking: Asking) -> str:
    return f"call:{asking.leg.call_sid}:"


def _said(tenant: Tenant, asking: Asking, at: datetime) -> str:
    return said_time(at, settings.days_of(tenant).clock, asking.language)
