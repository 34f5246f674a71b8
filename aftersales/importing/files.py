"""Customer files: one of each work order, and one of each visit or consultation of a customer on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import files, settings
from aftersales.importing.entries import Entry, Taken
from aftersales.importing.file_rows import Said, read
from aftersales.models import CustomerFile, WorkOrder
from aftersales.staffing import owners_for
from core import clock
from core.bulk import in_chunks, insert_tuples
from core.errors import Conflict
from core.models import Tenant
from customers import vehicles

COLUMNS = (
    "tenant_id", "customer_id", "vehicle_id", "work_order_id", "intake", "intake_on", "due_on", "state", "is_late",
    "service_items", "wished_services", "next_topic", "next_contact_at", "owner_id", "created_by", "created_at", "completed_by",
    "completed_at",
)  # fmt: skip
TEXTS = ("service_items", "wished_services")


def key(entry: Entry) -> str:
    """The work order it is of, or whose, what and when."""
    values = entry.values
    if number := values.get("work_order"):
        return f"work_order:{number}"
    return f"{entry.customer_id}:{values.get('intake')}:{values.get('intake_on')}:{values.get('plate', '')}"


def take(session: Session, tenant: Tenant, entries: Sequence[Entry], who: str) -> Taken:
    """Open the files that are new, complete those that are open and whose row says how."""
    taken, said = Taken(), []
    orders = _orders(session, entries)
    for entry in entries:
        with taken.refusing(entry, "intake"):
            said.append(read(tenant, entry, orders))
    plates = vehicles.by_plate(session, {one.entry.customer_id for one in said})
    there = _there(session, said)
    fresh = []
    for one in said:
        if found := there.get(_place(one, plates)):
            _go_on(session, tenant, found, one, who, taken)
        else:
            fresh.append(one)
    _open(session, tenant, fresh, plates, who)
    taken.accepted += len(fresh)
    return taken


def _place(said: Said, plates: Mapping[tuple[int, str], int]) -> tuple[Any, ...]:
    """By what the file of an intake is known."""
    if said.work_order_id:
        return (said.work_order_id,)
    customer_id = said.entry.customer_id
    return customer_id, said.intake, said.intake_on, plates.get((customer_id, said.text("plate")))


def _there(session: Session, said: Sequence[Said]) -> dict[tuple[Any, ...], CustomerFile]:
    """The files there are of the same customers, as `_place` knows them; of several the first."""
    found: dict[tuple[Any, ...], CustomerFile] = {}
    for chunk in in_chunks(sorted({one.entry.customer_id for one in said})):
        theirs = select(CustomerFile).where(CustomerFile.customer_id.in_(chunk))
        for one in session.scalars(theirs.order_by(CustomerFile.id)):
            of_visit = (one.customer_id, one.intake, one.intake_on, one.vehicle_id)
            found.setdefault((one.work_order_id,) if one.work_order_id else of_visit, one)
    return found


def _go_on(session: Session, tenant: Tenant, file: CustomerFile, said: Said, who: str, taken: Taken) -> None:
    """Complete *file*, or add what was done to one that stays open."""
    topic, texts = said.text("next_topic"), {name: said.text(name) or getattr(file, name) for name in TEXTS}
    is_new = any(getattr(file, name) != text for name, text in texts.items())
    with taken.refusing(said.entry, ""):
        if file.state == "complete":
            planned = (file.next_topic, file.next_contact_at)
            if is_new or (topic and planned != (topic, said.next_contact_at)):
                raise Conflict("file_complete", "this file is complete and is not changed any more")
            taken.duplicates += 1
        elif said.next_contact_at:
            with session.begin_nested():
                files.complete(
                    session, tenant, file, next_topic=topic, next_contact_at=said.next_contact_at, **texts,
                    at=said.completed_at, who=who,
                )  # fmt: skip
            taken.accepted += 1
        elif is_new:
            file.service_items, file.wished_services = (texts[name] for name in TEXTS)
            taken.accepted += 1
        else:
            taken.duplicates += 1


def _open(
    session: Session, tenant: Tenant, said: Sequence[Said], plates: dict[tuple[int, str], int], who: str
) -> None:
    """Open a file for each of *said*, complete if its row says how."""
    if not said:
        return
    vehicles.enter_plates(
        session, tenant.id, [(one.entry.customer_id, one.text("plate")) for one in said], plates
    )
    owners = owners_for(session, tenant.id, [one.entry.customer_id for one in said])
    rows = [_row(tenant, one, owner, plates, who) for one, owner in zip(said, owners, strict=True)]
    insert_tuples(session, CustomerFile, COLUMNS, rows, unless=("work_order_id",))


def _row(
    tenant: Tenant, said: Said, owner_id: int, plates: Mapping[tuple[int, str], int], who: str
) -> tuple[Any, ...]:
    days, now, customer_id = settings.days_of(tenant), clock.now(), said.entry.customer_id
    due_on = days.after(said.intake_on, settings.of(tenant).file_within)
    about = (tenant.id, customer_id, plates.get((customer_id, said.text("plate"))), said.work_order_id)
    state = "complete" if said.next_contact_at else "open"
    is_late = (said.completed_at or now) >= days.ends(due_on)
    texts = tuple(said.text(name) for name in (*TEXTS, "next_topic"))
    by = who if said.next_contact_at else ""
    return (
        *about, said.intake, said.intake_on, due_on, state, is_late, *texts, said.next_contact_at, owner_id, who, now, by,
        said.completed_at,
    )  # fmt: skip


def _orders(session: Session, entries: Sequence[Entry]) -> dict[str, WorkOrder]:
    numbers = {number for entry in entries if (number := entry.values.get("work_order"))}
    found: dict[str, WorkOrder] = {}
    for chunk in in_chunks(sorted(numbers)):
        for order in session.scalars(select(WorkOrder).where(WorkOrder.number.in_(chunk))):
            found[order.number] = order
    return found
