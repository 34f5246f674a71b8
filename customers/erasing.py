"""
Erasing a person: nothing that names them is left, and whom we must not contact stays known by a keyed hash.

Every package forgets what it keeps of them (`forget` in outbound, aftersales and ivr); console/persons.py asks all of them. Records
of calls and messages the law wants kept stay, with the numbers, until their years are over (customers/retention.py).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from core import audit, clock
from core.bulk import in_chunks, insert_new
from core.errors import Conflict, Invalid
from core.models import AuditEntry
from customers import suppression
from customers.models import Customer, CustomerNumber, ErasedSuppression, Suppression, Vehicle

ERASED = "erased"
BLANK: Mapping[str, Any] = {
    "reference": None, "name": "", "company": "", "language": "", "zone": "", "address": "", "state": "",
    "preferred_channel": "", "tags": [], "agent_id": None,
}  # fmt: skip


def erase(session: Session, customer: Customer, who: str) -> None:
    """
    Empty a customer's row, delete numbers and vehicles, and turn entries that stop contact, and numbers in the audit trail, into marks.
    Raises Conflict if that was done.

    Entries stay in clear where another customer holds the number.
    """
    if customer.erased_at is not None:
        raise Conflict("erased", "this customer was erased already")
    addresses = session.scalars(
        select(CustomerNumber.address).where(CustomerNumber.customer_id == customer.id).distinct()
    ).all()
    session.execute(delete(CustomerNumber).where(CustomerNumber.customer_id == customer.id))
    session.execute(delete(Vehicle).where(Vehicle.customer_id == customer.id))
    session.flush()
    _hide(session, customer.tenant_id, addresses)
    blank = update(Customer).where(Customer.id == customer.id, Customer.tenant_id == customer.tenant_id)
    session.execute(blank.values(**BLANK, erased_at=clock.now()))
    session.refresh(customer)
    audit.record(session, customer.tenant_id, who, "customer_erased", f"customer:{customer.id}")


def bring_back(session: Session, tenant_id: int, addresses: Sequence[str], at: datetime) -> int:
    """
    Whoever was erased and comes back with one of *addresses* is not contacted against their wish; how many entries that brings back.

    Called by whatever adds numbers to the customer file.
    """
    any_mark = exists().where(ErasedSuppression.tenant_id == tenant_id)
    if not addresses or not session.scalar(select(any_mark)):
        return 0
    by_mark = {mark: address for address in addresses for mark in _marks(session, tenant_id, address)}
    back = 0
    for chunk in in_chunks(sorted(by_mark)):
        mine = ErasedSuppression.tenant_id == tenant_id, ErasedSuppression.mark.in_(chunk)
        for entry in session.scalars(select(ErasedSuppression).where(*mine)):
            row = {
                "tenant_id": tenant_id, "address": by_mark[entry.mark], "scope": entry.scope, "reason": entry.reason,
                "source": ERASED, "at": at,
            }  # fmt: skip
            back += insert_new(session, Suppression, [row])
    return back


def _hide(session: Session, tenant_id: int, addresses: Iterable[str]) -> None:
    """Turn the entries of addresses nobody holds any more into marks."""
    held = CustomerNumber.tenant_id == tenant_id, CustomerNumber.address.in_(list(addresses))
    others = set(session.scalars(select(CustomerNumber.address).where(*held)))
    gone = [address for address in addresses if address not in others]
    mine = (
        Suppression.tenant_id == tenant_id,
        Suppression.address.in_(gone),
        Suppression.scope != suppression.REVIEW,
    )
    for entry in session.scalars(select(Suppression).where(*mine)).all():
        row = {
            "tenant_id": tenant_id, "mark": _marks(session, tenant_id, entry.address)[0], "scope": entry.scope,
            "reason": entry.reason, "at": entry.at,
        }  # fmt: skip
        insert_new(session, ErasedSuppression, [row])
    session.execute(
        delete(Suppression).where(Suppression.tenant_id == tenant_id, Suppression.address.in_(gone))
    )
    _hide_in_audit(session, tenant_id, gone)


def _hide_in_audit(session: Session, tenant_id: int, gone: Sequence[str]) -> None:
    """The trail stays, about a mark instead of a number."""
    by_about = {f"number:{address}": address for address in gone}
    noted = AuditEntry.tenant_id == tenant_id, AuditEntry.about.in_(by_about)
    for about in session.scalars(select(AuditEntry.about).where(*noted).distinct()).all():
        mark = _marks(session, tenant_id, by_about[about])[0]
        mine = update(AuditEntry).where(AuditEntry.tenant_id == tenant_id, AuditEntry.about == about)
        session.execute(mine.values(about=f"number:{mark}"), execution_options={"synchronize_session": False})


def _marks(session: Session, tenant_id: int, address: str) -> list[str]:
    """The keyed hash of an address under each of our keys, the newest first."""
    keys: Sequence[str] = session.info.get("keys", ())
    if not keys:
        raise Invalid("no_keys", "open the database with SECRET_KEYS: erased people are known by them")
    said = f"{tenant_id}:{address}".encode()
    return [hmac.new(key.encode(), said, hashlib.sha256).hexdigest() for key in keys]
