"""
What a person may ask for: a copy of everything we keep of them, or to be forgotten.

Every package tells and forgets what it keeps; both are on record, with who did it.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import erasing as after_sales
from aftersales import fax_letters, models, paper
from broadcast.models import Recipient
from core import audit, clock
from core.db import ScopedSession, clean
from core.errors import Conflict, Invalid, NotFound
from core.models import Tenant
from customers import erasing as customer_file
from customers.models import ConsentEvent, Customer, CustomerNumber, Suppression, Touch, Vehicle
from ivr import erasing as hotline
from ivr.models import Call, CallStep, Voicemail
from ivr.queue.models import Waiter
from outbound import erasing as outgoing
from outbound.models import Attempt, Delivery, InboundText

MAX_REASON = 400
# ours, not theirs: how rows hang together inside, and secrets
INSIDE = frozenset({"tenant_id", "token", "lease_until", "worker", "registered", "told"})
# everything that is of a customer by its row's customer_id
OF_CUSTOMER: Mapping[str, Any] = {
    "numbers": CustomerNumber,
    "vehicles": Vehicle,
    "consents": ConsentEvent,
    "contacts": Touch,
    "campaigns": Recipient,
    "messages": Delivery,
    "texts_received": InboundText,
    "work_orders": models.WorkOrder,
    "files": models.CustomerFile,
    "follow_ups": models.FollowUp,
    "call_records": models.CallRecord,
    "cases": models.Case,
    "letters": models.Letter,
    "appointments": models.Appointment,
    "outreach": models.Outreach,
    "calls": Call,
    "waits": Waiter,
    "voice_messages": Voicemail,
}
# what hangs on these: under which name, of what, by which column, and the column of the row above
BELOW: Sequence[tuple[str, Any, str, str, str]] = (
    ("tries", Attempt, "delivery_id", "messages", "id"),
    ("work_order_steps", models.WorkOrderStep, "work_order_id", "work_orders", "id"),
    ("extra_work", models.ExtraWork, "work_order_id", "work_orders", "id"),
    ("case_history", models.CaseEvent, "case_id", "cases", "id"),
    ("call_recordings", models.CallRecording, "call_id", "calls", "carrier_id"),
    ("call_steps", CallStep, "carrier_id", "calls", "carrier_id"),
    ("no_contact", Suppression, "address", "numbers", "address"),
)


def find(session: Session, customer_id: int) -> Customer:
    """A customer of the session's tenant. Raises NotFound, Conflict if they were erased."""
    found = session.scalar(select(Customer).where(Customer.id == customer_id))
    if found is None:
        raise NotFound("no_customer", "there is no such customer")
    if found.erased_at is not None:
        raise Conflict("erased", "this customer was erased: nothing that names them is left")
    return found


def told(session: Session, customer: Customer) -> dict[str, Any]:
    """Everything we keep of a customer, by what it is."""
    rows: dict[str, list[Any]] = {
        name: list(session.scalars(select(model).where(model.customer_id == customer.id).order_by(model.id)))
        for name, model in OF_CUSTOMER.items()
    }
    for name, model, column, above, key in BELOW:
        theirs = [getattr(row, key) for row in rows[above]]
        hanging = select(model).where(getattr(model, column).in_(theirs)).order_by(model.id)
        rows[name] = list(session.scalars(hanging))
    return {"customer": _plain(customer), **{name: list(map(_plain, each)) for name, each in rows.items()}}


def export(session: ScopedSession, tenant: Tenant, customer: Customer, who: str) -> bytes:
    """A ZIP with everything we keep of a customer: person.json, the same in short as a PDF, and their fax letters as they were sent."""
    content = told(session, customer)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("person.json", json.dumps(content, ensure_ascii=False, indent=1, default=str))
        archive.writestr("person.pdf", _summary(tenant, content))
        for name, pdf in _letters(session, customer):
            archive.writestr(name, pdf)
    counts = {name: len(each) for name, each in content.items() if name != "customer"}
    audit.record(session, tenant.id, who, "person_exported", f"customer:{customer.id}", **counts)
    return packed.getvalue()


def erase(session: Session, customer: Customer, reason: str, who: str) -> int:
    """
    Forget a customer; how many recordings the carrier is told to delete. Whom not to contact stays known by a keyed hash, and
    the numbers in records of contacts stay as long as the law wants these kept.

    Raises Invalid without a *reason*, Conflict while something of theirs is under way.
    """
    words = clean(reason).strip()
    if not 1 <= len(words) <= MAX_REASON:
        raise Invalid(
            "missing", "write down who asked for it and when, in at most {most} characters", most=MAX_REASON
        )
    after_sales.forget(session, customer.id)
    outgoing.forget(session, customer.id)
    tenant = session.get_one(Tenant, customer.tenant_id)
    recordings = hotline.forget(session, tenant, customer.id)
    customer_file.erase(session, customer, who)
    details = {"reason": words, "recordings": recordings}
    audit.record(session, customer.tenant_id, who, "person_erased", f"customer:{customer.id}", **details)
    return recordings


def _letters(session: ScopedSession, customer: Customer) -> Iterator[tuple[str, bytes]]:
    theirs = select(models.Letter).where(
        models.Letter.customer_id == customer.id, models.Letter.means == "fax"
    )
    for letter in session.scalars(theirs.order_by(models.Letter.id)):
        try:
            yield f"letters/{letter.id}.pdf", fax_letters.content(session, letter)
        except NotFound:
            continue


def _summary(tenant: Tenant, content: Mapping[str, Any]) -> bytes:
    facts = [(name, str(value)) for name, value in content["customer"].items() if value not in (None, "", [])]
    facts += [(name, str(len(each))) for name, each in content.items() if name != "customer" and each]
    form = paper.Facts(f"{content['customer']['name']} · {clock.now():%Y-%m-%d}", facts)
    return paper.to_pdf(form, tenant.name, tenant.language or "en", tenant.name)


def _plain(row: Any) -> dict[str, Any]:
    names = [column.key for column in row.__table__.columns if column.key not in INSIDE]
    return {name: _text(getattr(row, name)) for name in names}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value
