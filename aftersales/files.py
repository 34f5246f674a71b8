"""
The file made of every intake within two days (R-31), complete only when the next contact is planned (R-34).

Whoever takes somebody in calls `open_file`: a repair that was checked in, a visit, a consultation.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import settings
from aftersales.models import CustomerFile
from aftersales.models.files import INTAKES
from aftersales.staffing import owner_for
from core import audit, clock
from core.bulk import insert_new
from core.db import MAX_ID, clean
from core.errors import Fault, Invalid, NotFound, WrongFields
from core.models import Tenant
from core.sentences import Sentence
from core.states import move

MAX_ITEMS, MAX_TOPIC = 400, 200


def open_file(
    session: Session,
    tenant: Tenant,
    *,
    intake: str,
    customer_id: int,
    who: str,
    at: datetime | None = None,
    vehicle_id: int | None = None,
    work_order_id: int | None = None,
) -> CustomerFile:
    """
    The file of an intake at *at*; of a work order there is one, however often this is called.

    Due at the end of the tenant's day, so many days later as the settings say; entered after that it is late from the start. Raises
    Invalid for an intake that is none, or where nobody works.
    """
    if intake not in INTAKES:
        raise Invalid("unknown_intake", "choose one of {words}", words=INTAKES)
    if work_order_id is not None and (found := of_order(session, work_order_id)):
        return found
    now, days = clock.now(), settings.days_of(tenant)
    intake_on = days.on(at or now)
    due_on = days.after(intake_on, settings.of(tenant).file_within)
    row = {
        "tenant_id": tenant.id, "customer_id": customer_id, "vehicle_id": vehicle_id, "work_order_id": work_order_id,
        "intake": intake, "intake_on": intake_on, "due_on": due_on, "state": "open", "is_late": now >= days.ends(due_on),
        "owner_id": owner_for(session, tenant.id, customer_id), "created_by": who, "created_at": now,
    }  # fmt: skip
    if work_order_id is not None:
        insert_new(session, CustomerFile, [row])
        made = of_order(session, work_order_id)
        assert made, "inserted, or there already"
        return made
    added = CustomerFile(**row)
    session.add(added)
    session.flush()
    return added


def complete(
    session: Session,
    tenant: Tenant,
    file: CustomerFile,
    *,
    next_topic: str,
    next_contact_at: datetime | None,
    service_items: str = "",
    wished_services: str = "",
    at: datetime | None = None,
    who: str,
) -> None:
    """
    Complete *file*, which was done *at* (now): it tells what the next contact is about and when it will be (R-34). After its due date
    it is stored all the same, and marked late. Raises WrongFields naming each field, Conflict if it is complete.
    """
    now, days = at or clock.now(), settings.days_of(tenant)
    texts = {"next_topic": next_topic, "service_items": service_items, "wished_services": wished_services}
    texts = {name: clean(text).strip() for name, text in texts.items()}
    faults = [
        Fault(name, "too_long", Sentence("shorten this to {most} characters", most=limit))
        for name, text in texts.items()
        if len(text) > (limit := MAX_TOPIC if name == "next_topic" else MAX_ITEMS)
    ]
    if not texts["next_topic"]:
        faults.append(Fault("next_topic", "missing", "enter what the next contact is about"))
    if next_contact_at is None or next_contact_at <= now:
        faults.append(Fault("next_contact_at", "missing", "enter when the next contact will be, after now"))
    if faults:
        raise WrongFields(faults)
    is_late = now >= days.ends(file.due_on)
    move(
        session, file, "complete", next_contact_at=next_contact_at, is_late=is_late, completed_by=who, completed_at=now, **texts
    )  # fmt: skip
    audit.record(session, tenant.id, who, "file_completed", f"customer_file:{file.id}", is_late=is_late)


def get(session: Session, file_id: int) -> CustomerFile:
    """A file of the session's tenant. Raises NotFound."""
    one = select(CustomerFile).where(CustomerFile.id == file_id)
    found = session.scalar(one) if 0 < file_id <= MAX_ID else None
    if found is None:
        raise NotFound("no_file", "there is no such file")
    return found


def of_order(session: Session, work_order_id: int) -> CustomerFile | None:
    """The file of a work order, if it has one yet."""
    return session.scalar(select(CustomerFile).where(CustomerFile.work_order_id == work_order_id))
