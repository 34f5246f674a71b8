"""When a customer is reminded of an appointment: planned when it is booked, given up when it is."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from aftersales import outreach, settings
from aftersales.models import Appointment, Slot
from aftersales.outreach import Wish
from aftersales.said import said_time
from core import clock
from core.models import Tenant
from customers.models import Vehicle

KIND, NEW_TIME = "appointment", "new_time"


def plan(session: Session, tenant: Tenant, appointment: Appointment, slot: Slot) -> None:
    """Have the customer reminded, once; whoever books later than that needs no reminder."""
    rules = settings.of(tenant).automated
    due_at = slot.starts_at - timedelta(hours=rules.remind_ahead_h)
    if not rules.appointment or appointment.customer_id is None or due_at <= clock.now():
        return
    vehicle = session.get(Vehicle, appointment.vehicle_id) if appointment.vehicle_id else None
    language = outreach.language_of(session, tenant, appointment.customer_id)
    variables = {
        "slot": said_time(slot.starts_at, settings.days_of(tenant).clock, language),
        "vehicle": (vehicle.plate or vehicle.model) if vehicle else "",
    }
    wish = Wish(
        KIND, f"{KIND}:{appointment.id}", appointment.customer_id, appointment.id, rules.appointment, variables,
        slot.starts_at, due_at=due_at,
    )  # fmt: skip
    outreach.begin(session, tenant.id, wish)


def not_needed(session: Session, appointment: Appointment) -> None:
    """Nobody reminds the customer, or asks them for another time, any more."""
    for kind in (KIND, NEW_TIME):
        outreach.withdraw(
            session, appointment.tenant_id, kind, appointment.id, f"appointment {appointment.state}"
        )
