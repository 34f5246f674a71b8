"""What screens, programs and the command line ask about appointments: some of them, with their slot, customer and vehicle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from aftersales.appointments import COMING
from aftersales.days import Days
from aftersales.models import Appointment, Slot
from core import clock
from core.db import MAX_ID
from core.errors import NotFound
from customers.models import Customer, Vehicle

# what stands in a slot for people to see: offers lapse by themselves
SHOWN = (*COMING, "kept", "missed")
MOST = 500


@dataclass(frozen=True)
class Row:
    """An appointment in a list."""

    appointment: Appointment
    slot: Slot
    customer_name: str
    plate: str


def one(session: Session, appointment_id: int) -> Row:
    """One appointment. Raises NotFound."""
    found = some(session, [min(appointment_id, MAX_ID)])
    if not found:
        raise NotFound("no_appointment", "there is no appointment {number}", number=appointment_id)
    return found[0]


def some(session: Session, ids: Sequence[int]) -> list[Row]:
    """Those of *ids* that there are, in the order of *ids*."""
    found = {row[0].id: Row(*row) for row in session.execute(rows().where(Appointment.id.in_(ids)))}
    return [found[each] for each in ids if each in found]


def of_customer(session: Session, customer_id: int) -> list[Row]:
    """Everything a customer ever booked, the latest time first."""
    mine = rows().where(
        Appointment.customer_id == min(customer_id, MAX_ID), Appointment.state.not_in(("offered", "expired"))
    )
    return [
        Row(*found)
        for found in session.execute(mine.order_by(Slot.starts_at.desc(), Appointment.id.desc()).limit(50))
    ]


def between(session: Session, first: datetime, end: datetime, resource: str = "") -> list[Row]:
    """Who comes, or came or did not, from *first* on and before *end*, in the order of their times."""
    wanted = rows().where(Slot.starts_at >= first, Slot.starts_at < end, Appointment.state.in_(SHOWN))
    wanted = wanted.where(Slot.resource == resource) if resource else wanted
    ordered = wanted.order_by(Slot.starts_at, Slot.resource, Appointment.place).limit(MOST)
    return [Row(*found) for found in session.execute(ordered)]


def later_of(session: Session, appointment_id: int) -> int | None:
    """The appointment that took the place of one, by id."""
    later = select(Appointment.id).where(
        Appointment.earlier_id == appointment_id, Appointment.state.not_in(("offered", "expired"))
    )
    return session.scalar(later.order_by(Appointment.id.desc()).limit(1))


def unmarked(session: Session, days: Days) -> int:
    """How many appointments of days past nobody has marked as kept or missed."""
    past = Slot.starts_at < days.starts(days.on(clock.now()))
    return len(session.scalars(
        select(Appointment.id).join(Slot, Slot.id == Appointment.slot_id).where(past, Appointment.state.in_(COMING)).limit(MOST)
    ).all())  # fmt: skip


def counted(session: Session, days: Days, first: date, last: date) -> Mapping[date, int]:
    """How many customers come on each of the tenant's days from *first* to *last*."""
    times = select(Slot.starts_at).join(Appointment, Appointment.slot_id == Slot.id)
    within = times.where(Slot.starts_at >= days.starts(first), Slot.starts_at < days.ends(last))
    return Counter(days.on(at) for at in session.scalars(within.where(Appointment.state.in_(SHOWN))))


def by_slot(found: Sequence[Row]) -> Mapping[int, list[Row]]:
    """*found* by the slot each is in."""
    grouped: dict[int, list[Row]] = {}
    for row in found:
        grouped.setdefault(row.slot.id, []).append(row)
    return grouped


def rows() -> Select[Appointment, Slot, str, str]:
    """Appointments with what a `Row` shows of each."""
    joined = select(Appointment, Slot, Customer.name, Vehicle.plate).join(
        Slot, Slot.id == Appointment.slot_id
    )
    joined = joined.outerjoin(Customer, Customer.id == Appointment.customer_id)
    return joined.outerjoin(Vehicle, Vehicle.id == Appointment.vehicle_id)
