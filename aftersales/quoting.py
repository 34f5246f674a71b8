"""A quote: what a job is going to cost, sent to its customer by text, by fax or by post (R-58)."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy.orm import Session

from aftersales import outreach, settings
from aftersales.models import Outreach, WorkOrder
from aftersales.order_facts import facts
from aftersales.outreach import Wish
from aftersales.said import said_price
from aftersales.work_orders import OVER
from core import audit, clock
from core.errors import Conflict, Invalid
from core.models import Tenant

KIND = "quote"
# who could not be told by then is called by a person
WITHIN = timedelta(days=2)


def send(session: Session, tenant: Tenant, order: WorkOrder, who: str) -> Outreach:
    """
    Have the customer told what is to be done and what it costs: the same work for the same price is quoted once.

    Raises Invalid where nothing has a price or no line may tell it, Conflict for a job that is over.
    """
    if order.state in OVER:
        raise Conflict("over", "work order {number} is over; open a new one", number=order.number)
    channels = settings.of(tenant).automated.quote
    if not channels:
        raise Invalid(
            "no_channel",
            "quotes are sent by nothing here; a supervisor enters automated.quote in the settings",
        )
    priced = [item for item in order.items if item.get("price_cents")]
    if not priced or not order.currency:
        raise Invalid("no_prices", "enter first what is to be done, what it costs and the currency")
    language = outreach.language_of(session, tenant, order.customer_id)
    said = [f"{one['text']} {said_price(one['price_cents'], order.currency, language)}" for one in priced]
    total = said_price(sum(one["price_cents"] for one in priced), order.currency, language)
    variables = {
        **facts(session, order),
        "items": ("；" if language == "zh" else "; ").join(said),
        "total": total,
    }
    wish = Wish(
        KIND, f"{KIND}:{order.id}:{_mark(said)}", order.customer_id, order.id, channels, variables, clock.now() + WITHIN,
        work_order_id=order.id,
    )  # fmt: skip
    audit.record(session, tenant.id, who, "quote_sent", f"work_order:{order.id}", total=total)
    return outreach.begin(session, tenant.id, wish)


def _mark(said: list[str]) -> str:
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
