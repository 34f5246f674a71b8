"""
Jobs in the workshop: opened once by their number, taken through the eight steps of R-55, each with a promised date.

Everything that happens to a job is added to its history; nothing there is changed afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from aftersales import cases, files, needless, picking_up, plan, resolving, settings
from aftersales.models import ExtraWork, WorkOrder, WorkOrderStep
from aftersales.models.work_orders import STEPS
from aftersales.order_checks import check_date, in_danger_at, read_at, read_number, usual
from aftersales.state_names import STEPS as STEP_NAMES
from core import audit, clock
from core.bulk import insert_new
from core.db import MAX_ID, clean
from core.errors import Conflict, Invalid, NotFound
from core.models import Tenant
from core.states import move
from customers import vehicles

INTAKE, READY, DELIVERED = map(STEPS.index, ("intake", "ready", "delivered"))
CHANGEABLE = ("kind", "wish", "items", "currency", "odometer_km", "vehicle_id")
UNREADY = STEPS[:READY]
OVER = ("delivered", "followed_up", "cancelled")
PROMISE = needless.PROMISE
MAX_NOTE, MAX_WISH = 400, 1000


def open_order(
    session: Session,
    tenant: Tenant,
    *,
    number: str,
    customer_id: int,
    vehicle_id: int | None = None,
    kind: str = "",
    promised_at: datetime | None = None,
    wish: str = "",
    items: Sequence[dict[str, Any]] = (),
    currency: str = "",
    odometer_km: int | None = None,
    received_at: datetime | None = None,
    origin: str,
    who: str,
) -> WorkOrder:
    """
    The job called *number*; opened now if there is none yet, else as it is.

    Without *promised_at* the tenant's usual days for *kind* propose it (R-16). *items* are {"text", "price_cents"}. Raises Invalid
    for a number that is none, WrongFields for another customer's vehicle or a date before it came, Conflict if the number is another customer's.
    """
    number = read_number(number)
    if vehicle_id is not None:
        vehicles.get(session, vehicle_id, customer_id)
    received_at = received_at or clock.now()
    if promised_at:
        check_date(promised_at, received_at)
    promised_at = promised_at or usual(tenant, kind, received_at)
    row = {
        "tenant_id": tenant.id, "number": number, "customer_id": customer_id, "vehicle_id": vehicle_id, "kind": clean(kind)[:40],
        "state": STEPS[0], "department": settings.of(tenant).departments[0], "wish": clean(wish)[:MAX_WISH],
        "items": list(items), "currency": currency, "odometer_km": odometer_km, "promised_at": promised_at,
        "warn_at": promised_at and in_danger_at(tenant, received_at, promised_at), "received_at": received_at, "reached_at": received_at,
        "origin": origin[:60], "created_at": clock.now(),
    }  # fmt: skip
    is_new = insert_new(session, WorkOrder, [row])
    found = by_number(session, tenant.id, number)
    if found.customer_id != customer_id:
        raise Conflict(
            "number_taken", "work order {number} is another customer's; enter another number", number=number
        )
    if is_new:
        note(session, found, STEPS[0], who, at=received_at)
        if promised_at:
            note(session, found, "promised", who, promised_at=promised_at)
        session.flush()
    return found


def open_new(session: Session, tenant: Tenant, *, number: str, **values: Any) -> WorkOrder:
    """`open_order` for a person, to whom a number that is there already is a mistake. Raises Conflict."""
    if find(session, tenant.id, read_number(number)):
        raise Conflict("number_taken", "there is a work order {number} already; enter another", number=number)
    return open_order(session, tenant, number=number, **values)


def advance(
    session: Session,
    tenant: Tenant,
    order: WorkOrder,
    to: str,
    who: str,
    at: datetime | None = None,
    note: str = "",
    event: str | None = None,
) -> None:
    """
    Take *order* on to the step *to*, or to `cancelled`; steps between may be left out.

    From intake on the customer has a file (R-31); once delivered, follow-ups are promised (R-37). Raises Invalid for a step that is
    none or an instant to come, Conflict for a step back. *event* is as in `note`.
    """
    at = read_at(at)
    if to not in WorkOrder.STATES:
        raise Invalid("unknown_step", "choose a step: {words}", words=WorkOrder.STATES)
    if to not in WorkOrder.STATES[order.state]:
        raise _not_on(order, to)
    values = (
        {"delivered_at": at}
        if to in STEPS and STEPS.index(to) >= DELIVERED > STEPS.index(order.state)
        else {}
    )
    move(session, order, to, reached_at=at, **values)
    _note(session, order, to, who, at=at, text=note, event=event)
    if to in STEPS and STEPS.index(to) >= INTAKE:
        files.open_file(
            session, tenant, intake="repair", customer_id=order.customer_id, who=who, at=at,
            vehicle_id=order.vehicle_id, work_order_id=order.id,
        )  # fmt: skip
    if values:
        plan.on_delivered(session, tenant, order)
    if to == STEPS[READY]:
        picking_up.on_ready(session, tenant, order)
    if to in OVER or STEPS.index(to) >= READY:
        needless.on_ready(session, order)
    if to in OVER:
        needless.on_over(session, order)
    session.flush()


def promise(
    session: Session, tenant: Tenant, order: WorkOrder, promised_at: datetime, who: str, note: str = ""
) -> None:
    """The customer was told another date. The earlier ones stay in the history. Raises WrongFields or Conflict."""
    _check_open(order)
    check_date(promised_at, order.received_at)
    order.promised_at, order.warned_at = promised_at, None
    order.warn_at = in_danger_at(tenant, clock.now(), promised_at)
    _note(session, order, "promised", who, promised_at=promised_at, text=note)
    audit.record(
        session, tenant.id, who, "work_order_promised", f"work_order:{order.id}", at=promised_at.isoformat()
    )
    session.flush()


def hand_over(
    session: Session, tenant: Tenant, order: WorkOrder, department: str, who: str, note: str = ""
) -> None:
    """Another *department* has the job in hand from now on, as the hotline will say (R-19). Raises Invalid or Conflict."""
    _check_open(order)
    known = settings.of(tenant).departments
    if department not in known:
        raise Invalid("unknown_department", "choose a department: {words}", words=known)
    order.department = department
    _note(session, order, "handed_over", who, value=department, text=note)
    session.flush()


def change(session: Session, order: WorkOrder, values: Mapping[str, Any], who: str) -> None:
    """Set what else is known of a job, those of CHANGEABLE. Raises WrongFields for another customer's vehicle."""
    if (vehicle_id := values.get("vehicle_id")) is not None:
        vehicles.get(session, vehicle_id, order.customer_id)
    for name, value in values.items():
        setattr(order, name, value)
    _note(session, order, "changed", who, value=", ".join(sorted(values))[:60])
    session.flush()


def urge(session: Session, tenant: Tenant, order: WorkOrder, who: str, note: str = "") -> None:
    """The customer needs it sooner (R-18): the job goes first, and a supervisor is asked by an urgent case. Once is enough."""
    _check_open(order)
    if order.is_urgent:
        return
    order.is_urgent = True
    _note(session, order, "urgent", who, text=note)
    case = cases.open_case(
        session, tenant, f"work_order:{order.id}:urgent", kind="wish", who=who, text=note, customer_id=order.customer_id,
        work_order_id=order.id, is_urgent=True, department=order.department,
    )  # fmt: skip
    resolving.put_before_supervisor(session, case, clock.now(), who)
    audit.record(session, tenant.id, who, "work_order_urgent", f"work_order:{order.id}", case=case.number)
    session.flush()


def note(
    session: Session,
    order: WorkOrder,
    what: str,
    who: str,
    *,
    at: datetime | None = None,
    value: str = "",
    promised_at: datetime | None = None,
    text: str = "",
    event: str | None = None,
) -> None:
    """Add to the history of *order*; *event* is the name another system gave to what it told."""
    session.add(
        WorkOrderStep(
            tenant_id=order.tenant_id, work_order_id=order.id, what=what, value=value, promised_at=promised_at,
            note=clean(text)[:MAX_NOTE], who=who, at=at or clock.now(), event=event,
        )
    )  # fmt: skip


_note = note  # where *note* is somebody's words


def get(session: Session, order_id: int, *, for_update: bool = False) -> WorkOrder:
    """A job of the session's tenant; *for_update* until the end of the transaction nobody else's. Raises NotFound."""
    one = select(WorkOrder).where(WorkOrder.id == order_id)
    found = session.scalar(one.with_for_update() if for_update else one) if 0 < order_id <= MAX_ID else None
    if found is None:
        raise NotFound("no_work_order", "there is no such work order")
    return found


def find(session: Session, tenant_id: int, number: str) -> WorkOrder | None:
    """The job the company calls *number*, if there is one."""
    return session.scalar(
        select(WorkOrder).where(WorkOrder.tenant_id == tenant_id, WorkOrder.number == number)
    )


def by_number(session: Session, tenant_id: int, number: str) -> WorkOrder:
    """The job the company calls *number*. Raises NotFound."""
    found = find(session, tenant_id, number)
    if found is None:
        raise NotFound("no_work_order", "there is no work order {number}", number=number)
    return found


def steps_of(session: Session, order_id: int) -> Sequence[WorkOrderStep]:
    """The history of a job, in the order in which it happened."""
    mine = select(WorkOrderStep).where(WorkOrderStep.work_order_id == order_id)
    return session.scalars(mine.order_by(WorkOrderStep.at, WorkOrderStep.id)).all()


def extra_of(session: Session, order_id: int) -> Sequence[ExtraWork]:
    """The work found on the way in a job, in the order in which it was found."""
    mine = select(ExtraWork).where(ExtraWork.work_order_id == order_id)
    return session.scalars(mine.order_by(ExtraWork.id)).all()


def late(now: datetime) -> ColumnElement[bool]:
    """`is_late` as a condition."""
    promised_at = WorkOrder.promised_at
    return WorkOrder.state.in_(UNREADY) & promised_at.is_not(None) & (promised_at <= now)


def at_risk() -> ColumnElement[bool]:
    """Jobs whose customer is to be told, or was not told in time, that they will not be ready when it was promised (R-17)."""
    return WorkOrder.state.in_(UNREADY) & WorkOrder.warned_at.is_not(None)


def is_late(order: WorkOrder, now: datetime) -> bool:
    """Whether the promised date has passed and the job is not ready."""
    return order.state in UNREADY and order.promised_at is not None and order.promised_at <= now


def _check_open(order: WorkOrder) -> None:
    if order.state in OVER:
        raise Conflict("over", "work order {number} is over; open a new one", number=order.number)


def _not_on(order: WorkOrder, to: str) -> Conflict:
    onward = WorkOrder.STATES[order.state]
    if not onward:
        return Conflict("step_back", "work order {number} is over; open a new one", number=order.number)
    if to == order.state:
        return Conflict(
            "step_back", "work order {number} is at {to} already", number=order.number, to=STEP_NAMES[to]
        )
    return Conflict(
        "step_back", "work order {number} is at {state}; it cannot go back to {to}, only on to {onward}",
        number=order.number, state=STEP_NAMES[order.state], to=STEP_NAMES[to], onward=[STEP_NAMES[step] for step in onward],
    )  # fmt: skip
