"""What a row says of an intake and its file, and whether that can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from aftersales import settings
from aftersales.importing.entries import Entry, instant_of
from aftersales.models import WorkOrder
from core import clock
from core.errors import Fault, WrongFields
from core.models import Tenant

# the hour of a contact for which only a day is planned
MORNING = 9


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says of an intake, checked. *next_contact_at* is there if the file is complete, and so is *completed_at*."""

    entry: Entry
    intake: str
    intake_on: date
    work_order_id: int | None
    next_contact_at: datetime | None
    completed_at: datetime | None

    def text(self, name: str) -> str:
        """The words of a field; "" for none."""
        return str(self.entry.values.get(name, ""))


def read(tenant: Tenant, entry: Entry, orders: Mapping[str, WorkOrder]) -> Said:
    """What *entry* says; *orders* are the jobs named in the file, by number. Raises WrongFields naming each cell that cannot be."""
    values, now, days = entry.values, clock.now(), settings.days_of(tenant)
    order = orders.get(values.get("work_order", ""))
    intake = values.get("intake") or ("repair" if order else "")
    intake_on = days.on(order.received_at) if order else values.get("intake_on", days.on(now))
    completed = values.get("completed_at")
    completed_at = instant_of(completed, tenant.zone) if completed else now
    contact = values.get("next_contact_at")
    contact_at = instant_of(contact, tenant.zone, MORNING) if contact else None
    faults = [*_about_intake(entry, order, intake)]
    if intake_on > days.on(now):
        faults.append(Fault("intake_on", "in_the_future", "enter a day that has come"))
    if completed_at > now or days.on(completed_at) < intake_on:
        faults.append(
            Fault("completed_at", "bad_date", "enter when the file was completed, after the intake")
        )
    if ("next_topic" in values) != (contact_at is not None):
        missing = "next_contact_at" if contact_at is None else "next_topic"
        faults.append(
            Fault(
                missing, "missing", "a file is complete with topic and time of the next contact; enter both"
            )
        )
    if completed and contact_at is None:
        faults.append(
            Fault(
                "next_contact_at",
                "missing",
                "enter topic and time of the next contact, or leave the file open",
            )
        )
    if contact_at and contact_at <= completed_at:
        faults.append(Fault("next_contact_at", "bad_date", "enter a time after the file was completed"))
    if faults:
        raise WrongFields(faults)
    return Said(
        entry,
        intake,
        intake_on,
        order.id if order else None,
        contact_at,
        completed_at if contact_at else None,
    )


def _about_intake(entry: Entry, order: WorkOrder | None, intake: str) -> list[Fault]:
    number = entry.values.get("work_order")
    if number and (order is None or order.customer_id != entry.customer_id):
        return [
            Fault(
                "work_order",
                "no_work_order",
                "this customer has no such work order; import it first, or mend its number",
            )
        ]
    if intake == "repair" and order is None:
        return [
            Fault("work_order", "missing", "the file of a repair is that of a work order; enter its number")
        ]
    if order and intake != "repair":
        return [
            Fault(
                "intake",
                "bad_word",
                "the file of a work order is that of a repair; enter repair, or no work order",
            )
        ]
    if not intake:
        return [Fault("intake", "missing", "enter visit or consultation, or the work order of a repair")]
    return []
