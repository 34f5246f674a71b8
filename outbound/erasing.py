"""What outbound forgets: of one person what was said, of everybody the numbers once records need not be kept any longer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, cast, literal, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict
from core.models import Tenant
from core.states import move_all
from customers.retention import SLICE, horizon, note
from outbound.models import OPEN, Attempt, Delivery, InboundText

QUIET = {"synchronize_session": False}
# what stands where a number was; unique, as the number had to be
GONE = "~"


def forget(session: Session, customer_id: int) -> None:
    """Give up what waits for a customer and blank what was to be said. Raises Conflict while something is on its way to them."""
    theirs = select(Delivery.id).where(Delivery.customer_id == customer_id)
    if session.scalar(select(Attempt.id).where(Attempt.delivery_id.in_(theirs), OPEN).limit(1)) is not None:
        raise Conflict("on_its_way", "something is on its way to this customer; try again in a few minutes")
    mine = (Delivery.customer_id == customer_id) & Delivery.state.in_(("pending", "held"))
    move_all(session, Delivery, mine, "cancelled", reason="erased", ended_at=clock.now())
    blank = update(Delivery).where(Delivery.customer_id == customer_id).values(variables={})
    session.execute(blank, execution_options=QUIET)
    texts = update(InboundText).where(InboundText.customer_id == customer_id).values(body="")
    session.execute(texts, execution_options=QUIET)


def forget_numbers(session: Session, tenant: Tenant, now: datetime) -> int:
    """Blank numbers and words of deliveries and texts older than records are kept, at most SLICE of each; how many."""
    before = horizon(tenant, now).records
    old = select(Delivery.id).where(
        Delivery.tenant_id == tenant.id,
        Delivery.created_at < before,
        Delivery.state.not_in(("pending", "held", "active")),
        Delivery.address.startswith("+"),
    )
    ids = session.scalars(old.order_by(Delivery.id).limit(SLICE)).all()
    if ids:
        for model, key in ((Delivery, Delivery.id), (Attempt, Attempt.delivery_id)):
            blank = update(model).where(key.in_(ids)).values(address=literal(GONE) + cast(key, String(15)))
            session.execute(blank, execution_options=QUIET)
        words = update(Delivery).where(Delivery.id.in_(ids)).values(variables={})
        session.execute(words, execution_options=QUIET)
        note(session, tenant, "numbers of deliveries", len(ids))
    return len(ids) + _texts(session, tenant, before)


def _texts(session: Session, tenant: Tenant, before: datetime) -> int:
    old = select(InboundText.id).where(
        InboundText.tenant_id == tenant.id, InboundText.at < before, InboundText.from_address != GONE
    )
    ids = session.scalars(old.order_by(InboundText.id).limit(SLICE)).all()
    if ids:
        blank = update(InboundText).where(InboundText.id.in_(ids)).values(from_address=GONE, body="")
        session.execute(blank, execution_options=QUIET)
        note(session, tenant, "texts that came in", len(ids))
    return len(ids)
