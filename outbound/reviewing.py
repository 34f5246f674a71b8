"""
Texts that may be opt-outs, until a person has read them.

Meanwhile marketing to the number waits. The decision is audited and final; with the last one of a number what was held is
due at once, or is stopped by the opt-out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core import audit, clock
from core.db import MAX_ID, ScopedSession
from core.errors import NotFound
from core.models import Tenant
from core.states import move, move_all
from customers import suppression
from customers.models import Customer
from outbound.models import Delivery, InboundText, Source
from outbound.stop_scope import stop_scope

# what staff may say of a text, and the state it leads to
DECISIONS: Mapping[str, str] = {"opt_out": "opted_out", "allow": "allowed", "dismiss": "dismissed"}
READ = tuple(DECISIONS.values())
SHOWN = 100


@dataclass(frozen=True)
class ReviewRow:
    """A text to be read, or one that was; *campaign* is the source's word for what it answered, "" for nothing."""

    id: int
    address: str
    customer_id: int | None
    customer_name: str
    campaign: str
    body: str
    state: str
    at: datetime
    due_at: datetime | None
    decided_by: str
    decided_at: datetime | None

    def is_overdue(self, now: datetime) -> bool:
        """Whether nobody has read it in time."""
        return self.state == "review" and self.due_at is not None and self.due_at < now


def waiting(session: Session) -> list[ReviewRow]:
    """Texts nobody has read yet, the most urgent first."""
    waits = _texts().where(InboundText.state == "review").order_by(InboundText.due_at, InboundText.id)
    return _rows(session, waits.limit(SHOWN))


def read(session: Session, *, limit: int = SHOWN, before_id: int | None = None) -> list[ReviewRow]:
    """Texts that were decided on, the newest first; the page after a row begins *before_id* of it."""
    done = _texts().where(InboundText.state.in_(READ)).order_by(InboundText.id.desc())
    return _rows(session, (done.where(InboundText.id < before_id) if before_id else done).limit(limit))


def _texts() -> Select[InboundText, str | None, str | None]:
    return (
        select(InboundText, Customer.name, Source.campaign)
        .outerjoin(Customer, Customer.id == InboundText.customer_id)
        .outerjoin(Delivery, Delivery.id == InboundText.delivery_id)
        .outerjoin(Source, Source.id == Delivery.source_id)
    )


def _rows(session: Session, statement: Select[InboundText, str | None, str | None]) -> list[ReviewRow]:
    return [
        ReviewRow(
            id=text.id,
            address=text.from_address,
            customer_id=text.customer_id,
            customer_name=name or "",
            campaign=campaign or "",
            body=text.body,
            state=text.state,
            at=text.at,
            due_at=text.due_at,
            decided_by=text.decided_by,
            decided_at=text.decided_at,
        )
        for text, name, campaign in session.execute(statement)
    ]


def get(session: ScopedSession, text_id: int) -> InboundText:
    """One text of the session's tenant. Raises NotFound."""
    is_number = 0 < text_id <= MAX_ID
    found = session.scalar(select(InboundText).where(InboundText.id == text_id)) if is_number else None
    if found is None:
        raise NotFound("no_text", "there is no such text")
    return found


def decide(session: ScopedSession, text_id: int, decision: str, who: str) -> InboundText:
    """What *who* made of a text: one of DECISIONS. Raises NotFound, or Conflict if somebody has decided already."""
    found, now = get(session, text_id), clock.now()
    move(session, found, DECISIONS[decision], decided_by=who, decided_at=now)
    tenant_id, address = found.tenant_id, found.from_address
    audit.record(session, tenant_id, who, f"text_{found.state}", f"text:{found.id}")
    if decision == "opt_out":
        scope = stop_scope(session.get_one(Tenant, tenant_id), address, found.at)
        suppression.opt_out(session, tenant_id, address, scope, "sms_refusal", f"text:{found.id}", now)
    still_open = select(InboundText.id).where(
        InboundText.tenant_id == tenant_id, InboundText.from_address == address, InboundText.state == "review"
    )
    if session.scalar(still_open.limit(1)) is None:
        suppression.end_review(session, tenant_id, address)
        mine = (Delivery.tenant_id == tenant_id) & (Delivery.address == address)
        held = mine & (Delivery.state == "held") & (Delivery.reason == "review")
        move_all(session, Delivery, held, "pending", due_at=now, reason="")
    return found
