"""Many new jobs at once, each with its history, its file (R-31) and its follow-ups (R-37), in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from aftersales import plan, settings
from aftersales.follow_ups import promise_all
from aftersales.importing.order_rows import Said
from aftersales.models import CustomerFile, WorkOrder, WorkOrderStep
from aftersales.models.work_orders import STEPS
from aftersales.order_checks import usual
from aftersales.settings import DELIVERED
from aftersales.staffing import owners_for
from aftersales.work_orders import INTAKE, OVER, UNREADY
from core import clock
from core.bulk import insert_tuples, reserve_ids
from core.models import Tenant
from customers import vehicles

ORDER = (
    "id", "tenant_id", "number", "customer_id", "vehicle_id", "kind", "state", "department", "is_urgent", "wish", "items", "currency",
    "odometer_km", "promised_at", "received_at", "reached_at", "delivered_at", "origin", "created_at",
)  # fmt: skip
STEP = ("tenant_id", "work_order_id", "what", "value", "promised_at", "note", "who", "event", "at")
FILE = (
    "tenant_id", "customer_id", "vehicle_id", "work_order_id", "intake", "intake_on", "due_on", "state", "is_late", "service_items",
    "wished_services", "next_topic", "owner_id", "created_by", "created_at", "completed_by",
)  # fmt: skip
Plates = dict[tuple[int, str], int]


def enter(session: Session, tenant: Tenant, said: Sequence[Said], plates: Plates, who: str) -> set[str]:
    """
    Enter a job for each of *said*; their numbers, without those somebody else entered in the same moment.

    *plates* are the vehicles there are, by customer and plate; those that are missing are entered, and added to it.
    """
    if not said:
        return set()
    theirs = [(one.entry.customer_id, one.entry.values.get("plate", "")) for one in said]
    vehicles.enter_plates(session, tenant.id, theirs, plates)
    now = clock.now()
    orders = [
        _order(tenant, order_id, one, plates, who, now)
        for order_id, one in zip(
            reserve_ids(session, WorkOrder, len(said)), sorted(said, key=lambda one: one.number), strict=True
        )
    ]
    rows = [tuple(order[name] for name in ORDER) for order in orders]
    entered = set(
        insert_tuples(session, WorkOrder, ORDER, rows, unless=("tenant_id", "number"), returning="id")
    )
    orders = [order for order in orders if order["id"] in entered]
    insert_tuples(session, WorkOrderStep, STEP, [row for order in orders for row in _history(order, who)])
    _open_files(session, tenant, orders, who)
    _promise(session, tenant, orders)
    return {order["number"] for order in orders}


def _order(
    tenant: Tenant, order_id: int, said: Said, plates: Plates, who: str, now: datetime
) -> dict[str, Any]:
    values, rules = said.entry.values, settings.of(tenant)
    state = said.step or STEPS[0]
    received_at = said.received_at or said.delivered_at or now
    promised_at = said.promised_at
    if promised_at is None and state in UNREADY:
        promised_at = usual(tenant, values.get("kind", ""), received_at)
    return {
        "id": order_id, "tenant_id": tenant.id, "number": said.number, "customer_id": said.entry.customer_id,
        "vehicle_id": plates.get((said.entry.customer_id, values.get("plate", ""))), "kind": values.get("kind", ""), "state": state,
        "department": values.get("department", rules.departments[0]), "is_urgent": False, "wish": values.get("wish", ""),
        "items": [{"text": text, "price_cents": 0} for text in values.get("items", ())], "currency": values.get("currency", ""),
        "odometer_km": values.get("odometer_km"), "promised_at": promised_at, "received_at": received_at,
        "reached_at": received_at if state == STEPS[0] else said.delivered_at or now, "delivered_at": said.delivered_at,
        "origin": who[:60], "created_at": now,
    }  # fmt: skip


def _history(order: Mapping[str, Any], who: str) -> Iterator[tuple[Any, ...]]:
    """A job was received, promised for a day, and is where it is."""
    of = (order["tenant_id"], order["id"])
    yield (*of, STEPS[0], "", None, "", who, None, order["received_at"])
    if promised_at := order["promised_at"]:
        yield (*of, "promised", "", promised_at, "", who, None, order["created_at"])
    if order["state"] != STEPS[0]:
        yield (*of, order["state"], "", None, "", who, None, order["reached_at"])


def _open_files(session: Session, tenant: Tenant, orders: Sequence[Mapping[str, Any]], who: str) -> None:
    """A file for each job that was checked in; not for what was over before its file was due, and before it came to us."""
    days, within, now = settings.days_of(tenant), settings.of(tenant).file_within, clock.now()
    rows: list[tuple[Any, ...]] = []
    for order in orders:
        if order["state"] not in STEPS or STEPS.index(order["state"]) < INTAKE:
            continue
        intake_on = days.on(order["received_at"])
        due_on = days.after(intake_on, within)
        is_late = now >= days.ends(due_on)
        if is_late and order["state"] in OVER:
            continue
        about = (tenant.id, order["customer_id"], order["vehicle_id"], order["id"], "repair", intake_on)
        rows.append((*about, due_on, "open", is_late, "", "", ""))
    owners = owners_for(session, tenant.id, [row[1] for row in rows]) if rows else []
    made = [(*row, owner, who, now, "") for row, owner in zip(rows, owners, strict=True)]
    insert_tuples(session, CustomerFile, FILE, made)


def _promise(session: Session, tenant: Tenant, orders: Sequence[Mapping[str, Any]]) -> None:
    """The follow-ups of the jobs that are delivered; not those whose last day is over before we heard of it."""
    rules, days = settings.of(tenant), settings.days_of(tenant)
    today = days.on(clock.now())
    delivered = [(order, days.on(order["delivered_at"])) for order in orders if order["state"] == DELIVERED]
    promises = [
        _follow_up(order, window)
        for order, on in delivered
        for window in plan.windows(rules, days, DELIVERED, on)
        if window.due_on >= today
    ]
    if promises:
        promise_all(session, tenant.id, promises)


def _follow_up(order: Mapping[str, Any], window: plan.Window) -> dict[str, Any]:
    step = window.step
    return {
        "key": f"work_order:{order['id']}:{step.step}", "step": step.step, "means": step.by, "customer_id": order["customer_id"],
        "work_order_id": order["id"], "earliest_on": window.earliest_on, "due_on": window.due_on,
    }  # fmt: skip
