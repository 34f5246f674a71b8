"""A department that receives customers: slots on a weekday morning, and people who want them."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from sqlalchemy import select

from aftersales import appointments, slots
from aftersales.appointments import Wanted
from aftersales.models import Appointment, Slot
from aftersales.slots import Opened, Pattern
from core import clock
from core.models import Tenant
from core.runtime import Runtime
from customers.models import Customer

# the clocks stand at 09:00 on this Wednesday in Los Angeles
TODAY = date(2026, 11, 18)
THURSDAY = date(2026, 11, 19)
MORNING = Pattern("Bay 1", THURSDAY, THURSDAY, time(8), time(11), 60)


class Booked:
    """Tenant 1 with three slots on Thursday (1 at 8, 2 at 9, 3 at 10) and four customers."""

    def __init__(self, runtime: Runtime, pattern: Pattern = MORNING) -> None:
        self.runtime = runtime
        with self.session() as session:
            for number in range(1, 5):
                person = Customer(
                    id=number, tenant_id=1, name=f"Li {number}", agent_id=2, created_at=clock.now()
                )
                session.add(person)
        self.open(pattern)

    def session(self) -> Any:
        return self.runtime.database.session(1)

    def open(self, pattern: Pattern) -> Opened:
        with self.session() as session:
            return slots.open_slots(session, session.get_one(Tenant, 1), pattern, "sue")

    def book(self, slot_id: int, customer_id: int = 1, origin: str = "", **more: Any) -> int:
        with self.session() as session:
            wanted = Wanted(customer_id, origin or f"test:{slot_id}:{customer_id}", **more)
            return appointments.book(session, session.get_one(Tenant, 1), slot_id, wanted, "ann").id

    def hold(self, slot_id: int, customer_id: int = 1, origin: str = "", **more: Any) -> int:
        with self.session() as session:
            wanted = Wanted(customer_id, origin or f"offer:{slot_id}:{customer_id}", **more)
            return appointments.hold(session, session.get_one(Tenant, 1), slot_id, wanted, "ann").id

    def accept(self, offer_id: int) -> None:
        with self.session() as session:
            appointments.accept(
                session, session.get_one(Tenant, 1), appointments.get(session, offer_id), "ann"
            )

    def move(self, appointment_id: int, slot_id: int) -> int:
        with self.session() as session:
            found = appointments.get(session, appointment_id)
            return appointments.reschedule(session, session.get_one(Tenant, 1), found, slot_id, "ann").id

    def cancel(self, appointment_id: int) -> None:
        with self.session() as session:
            appointments.cancel(session, appointments.get(session, appointment_id), "ann", "ill")

    def close(self, appointment_id: int, is_kept: bool) -> None:
        with self.session() as session:
            found = appointments.get(session, appointment_id)
            appointments.close(session, session.get_one(Tenant, 1), found, is_kept, "ann")

    def lapse(self) -> int:
        with self.session() as session:
            return appointments.lapse(session, session.get_one(Tenant, 1), clock.now())

    def states(self) -> list[tuple[int, int, str]]:
        """Slot, place and state of each appointment."""
        return [(one.slot_id, one.place, one.state) for one in self.rows(Appointment)]

    def free(self) -> dict[int, int]:
        """How many places are free, by slot."""
        with self.runtime.database.reading(1) as session:
            return {one.slot.id: one.places for one in slots.free(session, clock.now())}

    def slots(self) -> list[Slot]:
        return self.rows(Slot)

    def rows(self, model: Any) -> list[Any]:
        with self.runtime.database.reading(1) as session:
            found = list(session.scalars(select(model).order_by(model.id)))
            session.expunge_all()
        return found
