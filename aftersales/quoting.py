"""A quote: what a job is going to cost, sent to its customer by text, by fax or by post (R-58)."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import outreach, settings, work_orders
from aftersales.models import Outreach, WorkOrder
from aftersales.order_facts import facts
from aftersales.outreach import Wish
from aftersales.said import said_price
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
    if order.state in work_orders.OVER:
        raise Conflict("over", "work order {number} is over; open a new one", number=order.number)
    channels = settings.of(tenant).automated.quote
    if not channels:
        raise Invalid(
            "no_channel",
            "quotes are sent by nothing here; a supervisor enters automated.quote in the settings",
        )
    language = outreach.language_of(session, tenant, order.customer_id)
    items, total = _priced(order, language)
    variables = {**facts(session, order), "items": items, "total": total}
    key = f"{KIND}:{order.id}:{hashlib.sha256(items.encode()).hexdigest()[:16]}"
    if again := session.scalar(select(Outreach).where(Outreach.tenant_id == tenant.id, Outreach.key == key)):
        return again
    by = clock.now() + WITHIN
    wish = Wish(KIND, key, order.customer_id, order.id, channels, variables, by, work_order_id=order.id)
    work_orders.note(session, order, "quoted", who, text=total)
    audit.record(session, tenant.id, who, "quote_sent", f"work_order:{order.id}", total=total)
    return outreach.begin(session, tenant.id, wish)


def _priced(order: WorkOrder, language: str) -> tuple[str, str]:
    """The work with its prices, and what it costs together, as they are said."""
    priced = [item for item in order.items if item.get("price_cents")]
    if not priced or not order.currency:
        raise Invalid("no_prices", "enter first what is to be done, what it costs and the currency")
    said = [f"{one['text']} {said_price(one['price_cents'], order.currency, language)}" for one in priced]
    total = said_price(sum(one["price_cents"] for one in priced), order.currency, language)
    return ("；" if language == "zh" else "; ").join(said), total
