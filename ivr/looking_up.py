"""What flows can look up in our tables; flows/language/lookups.py says what each needs and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import appointments, cases, settings
from aftersales.models import Event, WorkOrder
from aftersales.models.work_orders import STEPS
from aftersales.said import said_time
from core import clock
from core.models import Tenant
from customers.models import Customer, Vehicle
from flows.language.turn import Refused, Told
from ivr import guessing
from ivr.leg import Asking
from ivr.verifying import LEAST_DIGITS, digits_of

NOT_FOUND = Refused("not_found")
OPEN_STEPS = STEPS[: STEPS.index("ready")]
GUARDED = frozenset({"case"})
"""Looked up by a number that could be guessed: failures are counted."""


def customer(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """Whoever the caller proved to be."""
    found = session.scalar(
        select(Customer).where(Customer.id == asking.person, Customer.tenant_id == tenant.id)
    )
    if found is None:
        return NOT_FOUND
    dates = [one.next_service_on for one in _vehicles(session, found.id) if one.next_service_on]
    return Told({"name": found.name, "next_service_on": min(dates).isoformat() if dates else ""})


def work_order(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """A job of the customer's own, by its number or the digits in it."""
    wanted = digits_of(asking.given["number"])
    theirs = select(WorkOrder).where(WorkOrder.tenant_id == tenant.id, WorkOrder.customer_id == asking.person)
    found = next((one for one in session.scalars(theirs) if wanted and digits_of(one.number) == wanted), None)
    if found is None:
        return NOT_FOUND
    vehicle = session.get(Vehicle, found.vehicle_id) if found.vehicle_id else None
    is_late = found.promised_at is not None and found.promised_at < clock.now() and found.state in OPEN_STEPS
    return Told(
        {
            "state": found.state,
            "promised_on": _day(tenant, found.promised_at),
            "is_late": "yes" if is_late else "",
            "model": vehicle.model if vehicle else "",
        }
    )


def appointment(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """The next one the customer has."""
    found = appointments.coming_of(session, asking.person)
    if found is None:
        return NOT_FOUND
    return Told({"time": said_time(found.starts_at, settings.days_of(tenant).clock, asking.language)})


def warranty(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """Of the customer's own product, by the last digits of its serial number."""
    wanted = digits_of(asking.given["serial"])
    if len(wanted) < LEAST_DIGITS["serial"]:
        return NOT_FOUND
    for one in _vehicles(session, asking.person):
        if digits_of(one.serial).endswith(wanted) and one.warranty_until:
            today = clock.now().astimezone(ZoneInfo(tenant.zone)).date()
            left = max(0, (one.warranty_until - today).days)
            return Told({"until": one.warranty_until.isoformat(), "days_left": str(left), "model": one.model})
    return NOT_FOUND


def repair_promise(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """How many days a kind of repair takes as a rule (R-16)."""
    days = settings.of(tenant).repair_days.get(asking.given["kind"])
    return NOT_FOUND if days is None else Told({"days": str(days)})


def event(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """The next event that is not over (R-36), in the caller's language."""
    today = clock.now().astimezone(ZoneInfo(tenant.zone)).date()
    coming = select(Event).where(Event.tenant_id == tenant.id, Event.ends_on >= today)
    found = session.scalar(coming.order_by(Event.held_on, Event.id).limit(1))
    content = str(found.content.get(asking.language, "")) if found else ""
    if found is None or not content:
        return NOT_FOUND
    held_on = found.held_on.isoformat()
    return Told(
        {
            "name": found.name,
            "content": content,
            "held_on": held_on,
            "hours": found.hours,
            "address": found.address,
        }
    )


def case(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """A case by the number that was read to whoever opened it (R-19)."""
    names = [f"{tenant.id}:case_by:{asking.caller or asking.leg.call_sid}"]
    if guessing.is_locked(session, names):
        return Refused("locked")
    found = cases.by_number(session, digits_of(asking.given["number"]))
    if found is None:
        guessing.failed(session, names)
        return NOT_FOUND
    due_at = found.tell_by if found.state == "solved" else found.due_at
    due_on = settings.days_of(tenant).due_on(due_at).isoformat() if due_at else ""
    return Told({"state": found.state, "due_on": due_on, "department": found.department})


LOOKUPS: Mapping[str, Callable[[Session, Tenant, Asking], Told | Refused]] = {
    "customer": customer,
    "work_order": work_order,
    "appointment": appointment,
    "warranty": warranty,
    "repair_promise": repair_promise,
    "event": event,
    "case": case,
}


def _vehicles(session: Session, customer_id: int) -> list[Vehicle]:
    return list(
        session.scalars(select(Vehicle).where(Vehicle.customer_id == customer_id).order_by(Vehicle.id))
    )


def _day(tenant: Tenant, at: datetime | None) -> str:
    """The date *at* as the tenant's calendar has it; "" for none."""
    return at.astimezone(ZoneInfo(tenant.zone)).date().isoformat() if at else ""
