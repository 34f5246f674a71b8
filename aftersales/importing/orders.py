"""Work orders: those with a new number are entered, those that are there go on as their row says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import settings, work_orders
from aftersales.importing import new_orders
from aftersales.importing.entries import Entry, Taken
from aftersales.importing.order_rows import Said, read
from aftersales.models import WorkOrder
from core.bulk import in_chunks
from core.errors import Fault, WrongFields
from core.models import Tenant
from core.sentences import Sentence
from customers import vehicles

TAKEN = Sentence("another customer's work order has this number; mend it, or whose it is")
MEANWHILE = Sentence("somebody entered this work order in the same moment; import the row again")


def key(entry: Entry) -> str:
    """Its number."""
    return f"number:{entry.values['number']}"


def take(session: Session, tenant: Tenant, entries: Sequence[Entry], who: str) -> Taken:
    """Enter the jobs that are new with what they bring with them; take the others on, each wholly or not at all."""
    taken, said = Taken(), []
    departments = settings.of(tenant).departments
    for entry in entries:
        with taken.refusing(entry, "number"):
            said.append(read(tenant, entry, departments))
    there = _there(session, [one.number for one in said])
    plates = vehicles.by_plate(session, {one.entry.customer_id for one in said})
    fresh = [one for one in said if one.number not in there]
    entered = new_orders.enter(session, tenant, fresh, plates, who)
    taken.accepted += len(entered)
    taken.refused += [
        (one.entry, [Fault("number", "meanwhile", MEANWHILE)]) for one in fresh if one.number not in entered
    ]
    for one in said:
        if order := there.get(one.number):
            _go_on(session, tenant, order, one, plates, who, taken)
    return taken


def _there(session: Session, numbers: Sequence[str]) -> dict[str, WorkOrder]:
    found: dict[str, WorkOrder] = {}
    for chunk in in_chunks(sorted(numbers)):
        mine = select(WorkOrder).where(WorkOrder.number.in_(chunk))
        found |= {
            order.number: order for order in session.scalars(mine.order_by(WorkOrder.id).with_for_update())
        }
    return found


def _go_on(
    session: Session,
    tenant: Tenant,
    order: WorkOrder,
    said: Said,
    plates: Mapping[tuple[int, str], int],
    who: str,
    taken: Taken,
) -> None:
    """Take *order*, which is there, to what its row says; what the row leaves empty stays as it is."""
    with taken.refusing(said.entry, "step"):
        if order.customer_id != said.entry.customer_id:
            raise WrongFields([Fault("number", "number_taken", TAKEN)])
        news = _news(order, said, plates)
        if not news:
            taken.duplicates += 1
            return
        with session.begin_nested():
            _change(session, tenant, order, news, said, who)
        taken.accepted += 1


def _news(order: WorkOrder, said: Said, plates: Mapping[tuple[int, str], int]) -> dict[str, Any]:
    """What the row says otherwise than *order* has it, by field; what it leaves empty stays as it is."""
    values = said.entry.values
    wanted: dict[str, Any] = {
        name: values[name] for name in ("kind", "wish", "currency", "odometer_km") if name in values
    }
    if "items" in values:
        prices = {item["text"]: item["price_cents"] for item in order.items}
        wanted["items"] = [{"text": text, "price_cents": prices.get(text, 0)} for text in values["items"]]
    if order.state not in work_orders.OVER:
        wanted |= {"promised_at": said.promised_at} if said.promised_at else {}
        wanted |= {"department": values["department"]} if "department" in values else {}
    wanted |= {"state": said.step} if said.step else {}
    news = {name: value for name, value in wanted.items() if getattr(order, name) != value}
    if plate := values.get("plate"):
        vehicle_id = plates.get((order.customer_id, plate))
        news |= {} if vehicle_id and vehicle_id == order.vehicle_id else {"plate": plate}
    return news


def _change(
    session: Session, tenant: Tenant, order: WorkOrder, news: dict[str, Any], said: Said, who: str
) -> None:
    """Change *order* by the same functions as everybody, in the order in which the workshop's system is obeyed."""
    values = {name: value for name, value in news.items() if name in work_orders.CHANGEABLE}
    if plate := news.get("plate"):
        values["vehicle_id"] = vehicles.of_plate(session, tenant, order.customer_id, plate, who).id
    if values:
        work_orders.change(session, order, values, who)
    if promised_at := news.get("promised_at"):
        work_orders.promise(session, tenant, order, promised_at, who)
    if department := news.get("department"):
        work_orders.hand_over(session, tenant, order, department, who)
    if step := news.get("state"):
        work_orders.advance(session, tenant, order, step, who, at=said.delivered_at)
