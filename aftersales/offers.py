"""Free times offered to whoever is on the line: kept for ten minutes, one of them taken, the others let go."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import appointments, slots
from aftersales.appointments import Wanted
from aftersales.models import Appointment, Slot
from core import clock
from core.errors import Conflict
from core.models import Tenant

AT_A_TIME = 3
# free places that others take while we ask for them are passed over, up to so many
LOOKED_AT = 30


def offer(
    session: Session,
    tenant: Tenant,
    call: str,
    key: str,
    customer_id: int,
    earlier: Appointment | None,
    who: str,
    *,
    vehicle_id: int | None = None,
) -> Sequence[Slot]:
    """
    Keep up to three free times for the customer on *call* (such as call:CA…:); each *key*, which begins with it, is one asking. Asked
    again they are later ones, and those before are let go. In place of *earlier* they are of the same resource.

    Raises Conflict if nothing is free.
    """
    if same := _offered(session, tenant, f"{key}:"):
        return [slot for _, slot in same]
    before = _offered(session, tenant, call)
    appointments.release(session, tenant.id, [one.id for one, _ in before])
    resource = slots.get(session, earlier.slot_id).resource if earlier else ""
    after = max([clock.now(), *(slot.starts_at for _, slot in before)])
    found: list[Slot] = []
    for free in slots.free(session, after, resource=resource, limit=LOOKED_AT):
        if free.slot.starts_at in [slot.starts_at for slot in found] or (
            earlier and free.slot.id == earlier.slot_id
        ):
            continue
        wanted = Wanted(
            customer_id, f"{key}:{len(found) + 1}", earlier.kind if earlier else "", earlier.wish if earlier else "",
            earlier.vehicle_id if earlier else vehicle_id, earlier_id=earlier.id if earlier else None,
        )  # fmt: skip
        try:
            appointments.hold(session, tenant, free.slot.id, wanted, who)
        except Conflict:
            continue
        found.append(free.slot)
        if len(found) == AT_A_TIME:
            break
    if not found:
        raise Conflict("no_place", "there is no free time")
    return found


def take(session: Session, tenant: Tenant, call: str, choice: int, who: str) -> tuple[Appointment, Slot]:
    """
    Book the offered time number *choice* (from 1) of those last offered on *call*, and let the others go; taken again it is the same.

    Raises Conflict if it was not offered, or not taken in time.
    """
    booked = select(Appointment, Slot).join(Slot, Slot.id == Appointment.slot_id)
    mine = booked.where(
        Appointment.tenant_id == tenant.id, Appointment.origin.startswith(call, autoescape=True)
    )
    if done := session.execute(mine.where(Appointment.state.in_(appointments.COMING))).first():
        return done[0], done[1]
    offered = _offered(session, tenant, call)
    if not 1 <= choice <= len(offered):
        raise Conflict("lapsed", "this time was kept for ten minutes and is no longer; ask for another")
    one, slot = offered[choice - 1]
    appointments.accept(session, tenant, one, who, is_answer=True)
    appointments.release(session, tenant.id, [other.id for other, _ in offered if other.id != one.id])
    return one, slot


def _offered(session: Session, tenant: Tenant, prefix: str) -> list[tuple[Appointment, Slot]]:
    joined = select(Appointment, Slot).join(Slot, Slot.id == Appointment.slot_id)
    mine = joined.where(
        Appointment.tenant_id == tenant.id, Appointment.state == "offered", Appointment.origin.startswith(prefix, autoescape=True)
    )  # fmt: skip
    ordered = mine.order_by(Slot.starts_at, Appointment.id).with_for_update(of=Appointment)
    return [(one, slot) for one, slot in session.execute(ordered)]
