"""
Appointments (R-58): a place in a slot is one customer's, or nobody's.

Whoever takes a place inserts a row that the index refuses the second time, so that of two who want the last one gets it. Whoever moves
takes the new place first and gives up the old one in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import reminding, settings, slots
from aftersales.models import Appointment, Slot
from aftersales.state_names import APPOINTMENTS
from core import audit, clock
from core.bulk import insert_new
from core.db import MAX_ID, clean
from core.errors import Conflict, Fault, NotFound, WrongFields
from core.models import Tenant
from core.sentences import Sentence
from core.states import move, move_all
from customers import vehicles
from customers.queries import check_customer

HELD_FOR = timedelta(minutes=10)
COMING = ("booked", "confirmed")
MAX_KIND, MAX_WISH, MAX_REASON, MAX_ORIGIN = 40, 400, 200, 100


@dataclass(frozen=True)
class Wanted:
    """Who wants a place, and what for; *origin* names the asking, so that asked again it is the same appointment."""

    customer_id: int
    origin: str
    kind: str = ""
    wish: str = ""
    vehicle_id: int | None = None
    work_order_id: int | None = None
    earlier_id: int | None = None


def book(session: Session, tenant: Tenant, slot_id: int, wanted: Wanted, who: str) -> Appointment:
    """
    A place in a slot for a customer; asked for again by the same origin it is the one there is.

    Raises WrongFields, NotFound, Conflict (taken, over) where there is no place.
    """
    _check(session, wanted)
    return _take(session, tenant, slot_id, wanted, "booked", who)


def hold(session: Session, tenant: Tenant, slot_id: int, wanted: Wanted, who: str) -> Appointment:
    """A place in a slot is kept for ten minutes while the customer decides: `accept` books it. Raises as `book`."""
    _check(session, wanted)
    return _take(session, tenant, slot_id, wanted, "offered", who)


def accept(
    session: Session, tenant: Tenant, offer: Appointment, who: str, *, is_answer: bool = False
) -> Appointment:
    """
    Book the place that was offered, and give up the earlier appointment it is to follow. Accepted again it stays booked. *is_answer* as in
    `cancel`.

    Raises Conflict if the offer has lapsed, or the earlier appointment is over.
    """
    if offer.state in COMING:
        return offer
    if offer.state == "expired" or (offer.held_until and offer.held_until <= clock.now()):
        raise Conflict("lapsed", "this time was kept for ten minutes and is no longer; ask for another")
    slot = slots.get(session, offer.slot_id, share=True)
    move(session, offer, "booked", held_until=None)
    _note(session, offer, slot, "appointment_booked", who)
    reminding.plan(session, tenant, offer, slot)
    if offer.earlier_id is not None:
        _give_up(session, get(session, offer.earlier_id), "moved", who, "", is_answer)
    return offer


def reschedule(
    session: Session, tenant: Tenant, old: Appointment, slot_id: int, who: str, reason: str = ""
) -> Appointment:
    """
    The customer comes at another time: the new appointment, whose earlier one is *old*. Done again it is the same.

    Raises NotFound, or Conflict if that place is taken or *old* is over: then everything is as it was.
    """
    origin = f"appointment:{old.id}:moved"
    if old.state == "moved" and (again := _find(session, tenant.id, origin)) and again.slot_id == slot_id:
        return again
    _check_coming(old)
    if old.slot_id == slot_id:
        raise Conflict("same_time", "this is the time the appointment has; choose another")
    wanted = Wanted(
        old.customer_id or 0, origin, old.kind, old.wish, old.vehicle_id, old.work_order_id, old.id
    )
    new = _take(session, tenant, slot_id, wanted, "booked", who)
    _give_up(session, old, "moved", who, reason)
    return new


def cancel(
    session: Session, appointment: Appointment, who: str, reason: str = "", *, is_answer: bool = False
) -> None:
    """
    The customer does not come; others may have the place. Once is enough. *is_answer*: a line of ours asked, and will hear of it itself.
    Raises Conflict if it is over otherwise.
    """
    if appointment.state != "cancelled":
        _check_coming(appointment)
        _give_up(session, appointment, "cancelled", who, reason, is_answer)


def confirm(session: Session, appointment: Appointment, who: str) -> None:
    """The customer says that they will come. Once is enough. Raises Conflict if it is over."""
    if appointment.state != "confirmed":
        _check_coming(appointment)
        move(session, appointment, "confirmed")
        audit.record(
            session, appointment.tenant_id, who, "appointment_confirmed", f"appointment:{appointment.id}"
        )


def close(session: Session, tenant: Tenant, appointment: Appointment, is_kept: bool, who: str) -> None:
    """The customer came, or did not. Raises Conflict before the day, and of somebody missed before the hour."""
    to = "kept" if is_kept else "missed"
    if appointment.state == to:
        return
    slot, days = slots.get(session, appointment.slot_id), settings.days_of(tenant)
    if clock.now() < (days.starts(days.on(slot.starts_at)) if is_kept else slot.starts_at):
        raise Conflict("too_early", "this appointment is yet to come; mark it when its time is there")
    move(session, appointment, to)
    audit.record(session, tenant.id, who, f"appointment_{to}", f"appointment:{appointment.id}")


def release(session: Session, tenant_id: int, offers: Sequence[int]) -> int:
    """Others may have the places of these *offers*; how many that were."""
    mine = (Appointment.tenant_id == tenant_id) & Appointment.id.in_(offers)
    return move_all(session, Appointment, mine, "expired")


def lapse(session: Session, tenant: Tenant, now: datetime) -> int:
    """Give up what was offered and not accepted in time; how many."""
    late = (Appointment.state == "offered") & (Appointment.held_until <= now)
    return move_all(session, Appointment, (Appointment.tenant_id == tenant.id) & late, "expired")


def get(session: Session, appointment_id: int) -> Appointment:
    """An appointment of the session's tenant, locked. Raises NotFound."""
    one = select(Appointment).where(Appointment.id == min(appointment_id, MAX_ID))
    found = session.scalar(one.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound("no_appointment", "there is no appointment {number}", number=appointment_id)
    return found


def coming_of(session: Session, customer_id: int) -> Slot | None:
    """When a customer comes next; None if they have no appointment."""
    mine = select(Slot).join(Appointment, Appointment.slot_id == Slot.id)
    coming = mine.where(
        Appointment.customer_id == customer_id, Appointment.state.in_(COMING), Slot.starts_at > clock.now()
    )
    return session.scalar(coming.order_by(Slot.starts_at, Appointment.id).limit(1))


def next_of(session: Session, customer_id: int) -> Appointment | None:
    """The appointment a customer has next, locked; None if they have none."""
    mine = select(Appointment).join(Slot, Slot.id == Appointment.slot_id)
    coming = mine.where(
        Appointment.customer_id == customer_id, Appointment.state.in_(COMING), Slot.starts_at > clock.now()
    )
    first = coming.order_by(Slot.starts_at, Appointment.id).limit(1)
    return session.scalar(first.with_for_update(of=Appointment))


def _take(
    session: Session, tenant: Tenant, slot_id: int, wanted: Wanted, state: str, who: str
) -> Appointment:
    """The first free place of a slot; the index decides who of several gets it."""
    if found := _find(session, tenant.id, wanted.origin):
        return found
    slot, now = slots.get(session, slot_id, share=True), clock.now()
    if slot.starts_at <= now:
        raise Conflict("over", "this time has passed; choose another")
    late = (Appointment.state == "offered") & (Appointment.held_until <= now)
    move_all(session, Appointment, (Appointment.slot_id == slot.id) & late, "expired")
    row = {
        "tenant_id": tenant.id, "slot_id": slot.id, "state": state, "customer_id": wanted.customer_id, "kind": wanted.kind,
        "wish": wanted.wish, "origin": wanted.origin, "vehicle_id": wanted.vehicle_id, "work_order_id": wanted.work_order_id,
        "earlier_id": wanted.earlier_id, "held_until": now + HELD_FOR if state == "offered" else None,
        "address": "", "reason": "", "created_by": who, "created_at": now,
    }  # fmt: skip
    for place in range(1, slot.places + 1):
        is_new = insert_new(session, Appointment, [{**row, "place": place}])
        if found := _find(session, tenant.id, wanted.origin):
            if is_new:
                _note(session, found, slot, f"appointment_{state}", who)
            if is_new and state == "booked":
                reminding.plan(session, tenant, found, slot)
            return found
    raise Conflict("taken", "this time is taken; choose another")


def _give_up(
    session: Session, appointment: Appointment, to: str, who: str, reason: str, is_answer: bool = False
) -> None:
    move(session, appointment, to, reason=clean(reason).strip()[:MAX_REASON])
    if not is_answer:
        reminding.not_needed(session, appointment)
    audit.record(session, appointment.tenant_id, who, f"appointment_{to}", f"appointment:{appointment.id}")


def _check_coming(appointment: Appointment) -> None:
    if appointment.state not in COMING:
        raise Conflict("over", "this appointment is {state} already", state=APPOINTMENTS[appointment.state])


def _note(session: Session, appointment: Appointment, slot: Slot, action: str, who: str) -> None:
    audit.record(
        session, appointment.tenant_id, who, action, f"appointment:{appointment.id}", customer=appointment.customer_id,
        resource=slot.resource, at=slot.starts_at.isoformat(),
    )  # fmt: skip


def _find(session: Session, tenant_id: int, origin: str) -> Appointment | None:
    mine = select(Appointment).where(Appointment.tenant_id == tenant_id, Appointment.origin == origin)
    return session.scalar(mine)


def _check(session: Session, wanted: Wanted) -> None:
    check_customer(session, wanted.customer_id)
    if wanted.vehicle_id is not None:
        vehicles.get(session, wanted.vehicle_id, wanted.customer_id)
    faults = [
        Fault(name, "too_long", Sentence("shorten this to {most} characters", most=most))
        for name, most in (("kind", MAX_KIND), ("wish", MAX_WISH), ("origin", MAX_ORIGIN))
        if len(getattr(wanted, name)) > most
    ]
    if faults:
        raise WrongFields(faults)
