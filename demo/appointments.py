"""Whom the demo company expects: two bays open for two weeks, some of it booked."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import appointments, settings, slots
from aftersales.appointments import Wanted
from aftersales.days import DAY
from aftersales.models import Slot
from aftersales.slots import Pattern
from core.models import Tenant
from customers.models import Vehicle

WHO = "chen.yu@lakeside.example"
BAYS = ("1 号工位", "2 号工位")
WORK = (
    ("保养", "在店等候"),
    ("Oil and filter", ""),
    ("刹车检查", "刹车有异响"),
    ("Winter tyres", "tyres are in the boot"),
)
# every so many free times somebody comes
TAKEN_EVERY, BOOKED = 3, 24


def fill(session: Session, tenant: Tenant, now: datetime) -> int:
    """Open the bays and book, unless that was done; how many come."""
    if session.scalar(select(Slot.id).limit(1)) is not None:
        return 0
    today = settings.days_of(tenant).on(now)
    for bay in BAYS:
        weeks = Pattern(bay, today, today + 13 * DAY, time(8), time(17), 60, weekdays=range(6))
        slots.open_slots(session, tenant, weeks, WHO)
    vehicles = session.scalars(select(Vehicle).order_by(Vehicle.id.desc()).limit(BOOKED)).all()
    free = slots.free(session, now, limit=TAKEN_EVERY * BOOKED)[::TAKEN_EVERY]
    for index, (vehicle, one) in enumerate(zip(vehicles, free, strict=False)):
        kind, wish = WORK[index % len(WORK)]
        wanted = Wanted(vehicle.customer_id, f"demo:{index}", kind, wish, vehicle.id)
        made = appointments.book(session, tenant, one.slot.id, wanted, WHO)
        if index % 4 == 1:
            appointments.confirm(session, made, WHO)
    return min(len(vehicles), len(free))
