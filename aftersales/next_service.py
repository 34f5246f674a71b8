"""What to call a customer about next (R-33): what is due on his vehicles, what he is invited to, what was left undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import settings
from aftersales.models import Event, ExtraWork, WorkOrder
from core import clock
from core.models import Tenant
from customers.models import Vehicle

# what kind of contact an event is
EVENTS = {"social": "event", "discount": "offer", "free_service": "free_inspection"}
KINDS = ("maintenance", "event", "offer", "repair_visit", "free_inspection")
# a warranty that ends so soon is a reason to look the vehicle over while it lasts
WARRANTY_AHEAD = timedelta(days=60)
MAX_EVENTS, MAX_UNDONE = 20, 20
MONTHS = 12


@dataclass(frozen=True, order=True)
class Proposal:
    """A contact worth making by *on*, the most urgent first; *about* is a plate, an event or a piece of work."""

    on: date
    kind: str
    about: str


def proposals(session: Session, tenant: Tenant, customer_id: int) -> list[Proposal]:
    """Everything there is to call a customer about, the earliest first."""
    today = settings.days_of(tenant).on(clock.now())
    vehicles = session.scalars(
        select(Vehicle).where(Vehicle.customer_id == customer_id).order_by(Vehicle.id)
    ).all()
    coming = select(Event).where(Event.tenant_id == tenant.id, Event.ends_on >= today)
    events = session.scalars(coming.order_by(Event.held_on, Event.id).limit(MAX_EVENTS)).all()
    undone = (
        select(ExtraWork.item)
        .join(WorkOrder, WorkOrder.id == ExtraWork.work_order_id)
        .where(WorkOrder.customer_id == customer_id, ExtraWork.state.in_(("refused", "unanswered")))
        .order_by(ExtraWork.id.desc())
        .limit(MAX_UNDONE)
    )
    visits = [Proposal(today, "repair_visit", item) for item in session.scalars(undone)]
    invited = [Proposal(max(today, event.held_on), EVENTS[event.kind], event.name) for event in events]
    return sorted(
        [*of_vehicles(vehicles, _last_delivered(session, customer_id, tenant), today), *invited, *visits]
    )


def of_vehicles(vehicles: Iterable[Vehicle], delivered: dict[int, date], today: date) -> Iterator[Proposal]:
    """
    Maintenance that is due, and inspections while a warranty lasts. Pure.

    The next service is on the day somebody entered, else so many months after the last time it was here (*delivered*), or was sold.
    """
    for vehicle in vehicles:
        about = vehicle.plate or vehicle.model or vehicle.serial
        since = delivered.get(vehicle.id) or vehicle.sold_on
        if vehicle.next_service_on:
            yield Proposal(vehicle.next_service_on, "maintenance", about)
        elif vehicle.service_every_months and since:
            yield Proposal(months_after(since, vehicle.service_every_months), "maintenance", about)
        if vehicle.warranty_until and today <= vehicle.warranty_until <= today + WARRANTY_AHEAD:
            yield Proposal(vehicle.warranty_until, "free_inspection", about)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month if it has no such day."""
    years, month = divmod(day.month - 1 + months, MONTHS)
    first_of_next = date(day.year + years + (month + 1) // MONTHS, (month + 1) % MONTHS + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    return date(day.year + years, month + 1, min(day.day, last))


def _last_delivered(session: Session, customer_id: int, tenant: Tenant) -> dict[int, date]:
    days = settings.days_of(tenant)
    past = select(WorkOrder.vehicle_id, WorkOrder.delivered_at).where(
        WorkOrder.customer_id == customer_id,
        WorkOrder.delivered_at.is_not(None),
        WorkOrder.vehicle_id.is_not(None),
    )
    found: dict[int, date] = {}
    for vehicle_id, at in session.execute(past.order_by(WorkOrder.delivered_at)):
        if vehicle_id and at:
            found[vehicle_id] = days.on(at)
    return found
