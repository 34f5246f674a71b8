"""What customers answer to a reminder of their appointment: they come, they do not, or they want another time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from aftersales import appointments, outreach, personal, settings, slots
from aftersales.appointments import COMING
from aftersales.models import Appointment, Outreach
from aftersales.outreach import Wish
from aftersales.reminding import KIND, NEW_TIME
from aftersales.said import said_time
from core import clock
from core.errors import Conflict
from core.models import Tenant

CHOICES = ("first", "second", "third")
# whoever has not chosen by then is called by a person
CHOOSE_WITHIN = timedelta(days=1)


def is_needed(session: Session, tenant: Tenant, one: Outreach) -> bool:
    """Whether the customer still has that appointment, and reminders are wanted."""
    state = appointments.get(session, one.subject_id).state
    is_wanted = one.kind != KIND or bool(settings.of(tenant).automated.appointment)
    return is_wanted and (state in COMING if one.kind == NEW_TIME else state == "booked")


def answered(session: Session, tenant: Tenant, one: Outreach, who: str) -> None:
    """Do what the customer said; what was done during the call, or is over, stays as it is."""
    found = appointments.get(session, one.subject_id)
    if found.state not in COMING:
        return
    match one.answer:
        case "confirmed":
            appointments.confirm(session, found, who)
        case "cancelled":
            appointments.cancel(session, found, who, "reminder")
        case "move":
            _offer(session, tenant, one, found)


def chosen(session: Session, tenant: Tenant, one: Outreach, who: str) -> None:
    """The customer has chosen one of the times that were texted; a person calls if none suits, or it is gone."""
    found = appointments.get(session, one.subject_id)
    if found.state not in COMING:
        return
    if one.answer not in CHOICES:
        personal.call(session, tenant, one, "no_time_suits")
        return
    try:
        with session.begin_nested():
            appointments.reschedule(
                session, tenant, found, int(one.variables[f"{one.answer}_slot"]), who, "reminder"
            )
    except Conflict:
        personal.call(session, tenant, one, "time_taken")


def _offer(session: Session, tenant: Tenant, one: Outreach, found: Appointment) -> None:
    """Text the next three free times of that resource; they are not kept meanwhile."""
    slot = slots.get(session, found.slot_id)
    free = slots.free(session, clock.now(), resource=slot.resource, limit=len(CHOICES) + 1)
    times = [each.slot for each in free if each.slot.id != slot.id][: len(CHOICES)]
    days, language = settings.days_of(tenant), outreach.language_of(session, tenant, one.customer_id)
    variables = {"slot": one.variables["slot"]}
    for name, each in zip(CHOICES, times, strict=False):
        variables |= {name: said_time(each.starts_at, days.clock, language), f"{name}_slot": str(each.id)}
    by = min(slot.starts_at, clock.now() + CHOOSE_WITHIN)
    wish = Wish(NEW_TIME, f"{NEW_TIME}:{found.id}", one.customer_id, found.id, ("sms",), variables, by)
    outreach.begin(session, tenant.id, wish)
