"""
SMS that customers send us: STOP words are opt-outs at once, everything else is kept with the customer.

Words count only as the whole message (a carrier's rule, and "cancel my appointment on Tuesday" is no opt-out).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core import clock
from core.db import ScopedSession, storable
from core.errors import Invalid
from core.phone import to_e164
from customers.models import CustomerNumber
from customers.suppression import opt_out
from outbound.models import Delivery, InboundText, Sender
from outbound.words import kind_of


def noted(form: Mapping[str, str]) -> dict[str, Any]:
    """The entry to spool for one inbound SMS."""
    return {
        "carrier_id": storable(form.get("MessageSid") or form.get("SmsSid") or "")[:64],
        "from": storable(form.get("From", ""))[:32],
        "to": storable(form.get("To", ""))[:32],
        "body": storable(form.get("Body", ""))[:1600],
        "at": clock.now().isoformat(),
    }


def apply(session: ScopedSession, entries: Sequence[Mapping[str, Any]]) -> None:
    """Carry spooled messages into the database; those that came to no number of ours are left out."""
    for entry in entries:
        sender = session.scalar(select(Sender).where(Sender.channel == "sms", Sender.address == entry["to"]))
        if sender is not None and entry["carrier_id"]:
            _keep(session, sender, entry)


def _keep(session: ScopedSession, sender: Sender, entry: Mapping[str, Any]) -> None:
    if session.scalar(select(InboundText.id).where(InboundText.carrier_id == entry["carrier_id"])):
        return
    address, at = _address(entry["from"]), datetime.fromisoformat(entry["at"])
    kind = kind_of(entry["body"])
    holders = session.scalars(
        select(CustomerNumber.customer_id)
        .where(CustomerNumber.tenant_id == sender.tenant_id, CustomerNumber.address == address)
        .distinct()
    ).all()
    session.add(
        InboundText(
            tenant_id=sender.tenant_id,
            carrier_id=entry["carrier_id"],
            from_address=address,
            to_address=sender.address,
            body=entry["body"],
            kind=kind,
            customer_id=holders[0] if len(holders) == 1 else None,
            delivery_id=_last_delivery(session, sender.tenant_id, address),
            at=at,
        )
    )
    if kind == "stop" and address:
        opt_out(session, sender.tenant_id, address, "marketing", "sms_stop", f"sms:{entry['carrier_id']}", at)


def _address(raw: str) -> str:
    try:
        return to_e164(raw, "US")
    except Invalid:  # a short code, or no number at all
        return raw[:16]


def _last_delivery(session: ScopedSession, tenant_id: int, address: str) -> int | None:
    return session.scalar(
        select(Delivery.id)
        .where(Delivery.tenant_id == tenant_id, Delivery.channel == "sms", Delivery.address == address)
        .order_by(Delivery.id.desc())
        .limit(1)
    )


SPOOLED = {"inbound_text": apply}
