"""Closing times that could be booked: those nobody has at once, the others only with a new time for whoever has them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import appointments, settings, slots
from aftersales.follow_ups import promise
from aftersales.models import Appointment, Slot
from aftersales.said import said_time
from aftersales.slots import MAX_SLOTS, taking
from core import audit, clock
from core.errors import Conflict
from core.models import Tenant

# whom we move is called by a person, and this is what about
STEP = "appointment"


@dataclass(frozen=True)
class Closed:
    """How many slots were closed, and the appointments that have another time for it."""

    slots: int
    moved: Sequence[Appointment]


def close_days(
    session: Session,
    tenant: Tenant,
    resource: str,
    first_on: date,
    last_on: date,
    who: str,
    *,
    moves: bool = False,
) -> Closed:
    """
    Close what *resource* has from *first_on* to *last_on* by the tenant's days. Raises as `close`, WrongFields for days that make no sense.
    """
    starts, ends = slots.window(settings.days_of(tenant), first_on, last_on)
    mine = select(Slot.id).where(
        Slot.tenant_id == tenant.id, Slot.resource == resource, Slot.places > 0,
        Slot.starts_at >= max(clock.now(), starts), Slot.starts_at < ends,
    )  # fmt: skip
    return close(session, tenant, session.scalars(mine.limit(MAX_SLOTS)).all(), who, moves=moves)


def close(
    session: Session, tenant: Tenant, slot_ids: Collection[int], who: str, *, moves: bool = False
) -> Closed:
    """
    Nobody can book these slots any more. Whoever has a place in one keeps none: with *moves* they get the next free place of that
    resource, or of any, and a person calls to tell them.

    Raises Conflict (booked) if somebody has a place and may not be moved, or if there is no place left; then nothing is closed.
    """
    mine = select(Slot).where(Slot.id.in_(slot_ids), Slot.places > 0).order_by(Slot.starts_at, Slot.id)
    found = session.scalars(mine.with_for_update()).all()
    held = session.scalars(
        select(Appointment)
        .where(Appointment.slot_id.in_([slot.id for slot in found]), taking(clock.now()))
        .order_by(Appointment.slot_id, Appointment.place)
        .with_for_update()
    ).all()
    if held and (not moves or any(one.state == "offered" for one in held)):
        first = next(slot for slot in found if slot.id == held[0].slot_id)
        raise Conflict(
            "booked", "{count} customers have a place there, the first at {time}; move or cancel them first",
            count=len(held), time=f"{first.starts_at.astimezone(settings.days_of(tenant).clock):%Y-%m-%d %H:%M}",
        )  # fmt: skip
    for slot in found:
        slot.places = 0
        audit.record(session, tenant.id, who, "slot_closed", f"slot:{slot.id}", resource=slot.resource, at=slot.starts_at.isoformat())  # fmt: skip
    session.flush()
    by_id = {slot.id: slot for slot in found}
    return Closed(len(found), [_move(session, tenant, one, by_id[one.slot_id], who) for one in held])


def _move(session: Session, tenant: Tenant, one: Appointment, slot: Slot, who: str) -> Appointment:
    """The next place that is free, and somebody who tells the customer."""
    after = max(clock.now(), slot.starts_at)
    choice = slots.free(session, after, resource=slot.resource, limit=1) or slots.free(
        session, after, limit=1
    )
    if not choice:
        raise Conflict("no_place", "there is no free place later on; open more slots first")
    new = appointments.reschedule(session, tenant, one, choice[0].slot.id, who, "slot closed")
    days = settings.days_of(tenant)
    was, will = (said_time(each.starts_at, days.clock, "en") for each in (slot, choice[0].slot))
    on = days.on(clock.now())
    promise(
        session, tenant.id, f"appointment:{new.id}:moved", step=STEP, customer_id=one.customer_id or 0, earliest_on=on,
        due_on=on, due_at=min(slot.starts_at, days.ends(on)), topic=f"{was} → {will}",
    )  # fmt: skip
    return new
