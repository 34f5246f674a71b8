"""Appointments: a place in a slot is one customer's, or nobody's."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from flask import Blueprint
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import appointment_lists, appointments
from aftersales.api.work_orders import EDITORS, Id
from aftersales.appointment_lists import Row
from aftersales.appointments import Wanted
from aftersales.models import Appointment
from core import clock
from core.api import paging
from core.api.checks import Sent, Text, Told
from core.api.document import PREFIX
from core.api.endpoint import caller, endpoint, writing
from core.api.paging import Listed, Page
from core.models import READERS
from core.runtime import runtime

State = Literal["offered", "booked", "confirmed", "kept", "missed", "moved", "cancelled", "expired"]
Reason = Annotated[Text, Field(max_length=200)]
bp = Blueprint("appointments_api", __name__, url_prefix=PREFIX)


class NewAppointment(Sent):
    """A place for a customer; with *is_offer* it is kept for ten minutes, and booked by `accept`."""

    slot_id: Id
    customer_id: Id
    vehicle_id: Id | None = None
    kind: Annotated[Text, Field(max_length=40)] = ""
    wish: Annotated[Text, Field(max_length=400)] = ""
    is_offer: bool = False


class NewTime(Sent):
    """The slot the customer comes at instead."""

    slot_id: Id
    reason: Reason = ""


class GivenUp(Sent):
    """Why the customer does not come."""

    reason: Reason = ""


class AppointmentTold(Told):
    """An appointment and its time. *earlier_id* is the one it took the place of."""

    id: int
    slot_id: int
    resource: str
    starts_at: datetime
    ends_at: datetime
    state: State
    customer_id: int | None
    vehicle_id: int | None
    work_order_id: int | None
    earlier_id: int | None
    kind: str
    wish: str
    reason: str
    held_until: datetime | None
    created_by: str
    created_at: datetime


class AppointmentPage(Page):
    """Only appointments of a customer, in a slot, in a state."""

    customer_id: Id | None = None
    slot_id: Id | None = None
    state: State | None = None


def _told(session: Session, appointment_id: int) -> AppointmentTold:
    return _row(appointment_lists.one(session, appointment_id))


def _row(row: Row) -> AppointmentTold:
    of_slot = {name: getattr(row.slot, name) for name in ("resource", "starts_at", "ends_at")}
    names = AppointmentTold.model_fields.keys() - of_slot.keys()
    return AppointmentTold(**{name: getattr(row.appointment, name) for name in names}, **of_slot)


@bp.get("/appointments")
@endpoint(*READERS, tag="appointments", query=AppointmentPage, answer=Listed[AppointmentTold])
def list_appointments(query: AppointmentPage) -> Listed[AppointmentTold]:
    """Appointments, the latest made first."""
    wanted = select(Appointment)
    for name in ("customer_id", "slot_id", "state"):
        if value := getattr(query, name):
            wanted = wanted.where(getattr(Appointment, name) == value)
    with runtime().database.reading(caller().tenant_id) as session:
        found, next_ = paging.rows(session, wanted, Appointment.id, "appointments", query, newest_first=True)
        return paging.listed(appointment_lists.some(session, [one.id for one in found]), _row, next_)


@bp.post("/appointments")
@endpoint(*EDITORS, tag="appointments", body=NewAppointment, answer=AppointmentTold, status=201, location=PREFIX + "/appointments/{id}")  # fmt: skip
def book_appointment(body: NewAppointment) -> AppointmentTold:
    """Book a place, or have it kept for ten minutes; 409 `taken` if there is none."""
    session = writing()
    wanted = Wanted(
        body.customer_id,
        f"api:{clock.new_token()}",
        kind=body.kind,
        wish=body.wish,
        vehicle_id=body.vehicle_id,
    )
    take = appointments.hold if body.is_offer else appointments.book
    return _told(session, take(session, caller().tenant, body.slot_id, wanted, caller().who).id)


@bp.get("/appointments/<int:appointment_id>")
@endpoint(*READERS, tag="appointments", answer=AppointmentTold)
def get_appointment(appointment_id: int) -> AppointmentTold:
    """One appointment."""
    with runtime().database.reading(caller().tenant_id) as session:
        return _told(session, appointment_id)


@bp.post("/appointments/<int:appointment_id>/reschedule")
@endpoint(*EDITORS, tag="appointments", body=NewTime, answer=AppointmentTold)
def reschedule_appointment(appointment_id: int, body: NewTime) -> AppointmentTold:
    """The customer comes at another time; the answer is the new appointment. 409 `taken`: the old one stands."""
    session = writing()
    old = appointments.get(session, appointment_id)
    new = appointments.reschedule(session, caller().tenant, old, body.slot_id, caller().who, body.reason)
    return _told(session, new.id)


@bp.post("/appointments/<int:appointment_id>/cancel")
@endpoint(*EDITORS, tag="appointments", body=GivenUp, answer=AppointmentTold)
def cancel_appointment(appointment_id: int, body: GivenUp) -> AppointmentTold:
    """The customer does not come; others may have the place."""
    session = writing()
    appointments.cancel(session, appointments.get(session, appointment_id), caller().who, body.reason)
    return _told(session, appointment_id)


@bp.post("/appointments/<int:appointment_id>/accept")
@endpoint(*EDITORS, tag="appointments", answer=AppointmentTold)
def accept_appointment(appointment_id: int) -> AppointmentTold:
    """Book what was offered; 409 `lapsed` once ten minutes are over."""
    session = writing()
    appointments.accept(session, caller().tenant, appointments.get(session, appointment_id), caller().who)
    return _told(session, appointment_id)


@bp.post("/appointments/<int:appointment_id>/confirm")
@endpoint(*EDITORS, tag="appointments", answer=AppointmentTold)
def confirm_appointment(appointment_id: int) -> AppointmentTold:
    """The customer says that they will come."""
    session = writing()
    appointments.confirm(session, appointments.get(session, appointment_id), caller().who)
    return _told(session, appointment_id)


@bp.post("/appointments/<int:appointment_id>/kept")
@endpoint(*EDITORS, tag="appointments", answer=AppointmentTold)
def keep_appointment(appointment_id: int) -> AppointmentTold:
    """The customer came; 409 `too_early` before the day."""
    return _closed(appointment_id, is_kept=True)


@bp.post("/appointments/<int:appointment_id>/missed")
@endpoint(*EDITORS, tag="appointments", answer=AppointmentTold)
def miss_appointment(appointment_id: int) -> AppointmentTold:
    """The customer did not come; 409 `too_early` before the hour."""
    return _closed(appointment_id, is_kept=False)


def _closed(appointment_id: int, is_kept: bool) -> AppointmentTold:
    session = writing()
    found = appointments.get(session, appointment_id)
    appointments.close(session, caller().tenant, found, is_kept, caller().who)
    return _told(session, appointment_id)
