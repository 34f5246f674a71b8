"""What became of single people in a campaign: what was decided about them, when and by which rule, and every attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcast.models import Campaign, Recipient, Wave
from customers import queries
from customers.models import Customer
from outbound.models import Attempt, Delivery


@dataclass(frozen=True)
class Story:
    """
    One person in a campaign. Each delivery says by *reason* and *value* what holds or refused it (*due_at*: until when,
    *ended_at*: since when); *attempts* are by delivery, the first first.
    """

    customer: Customer
    recipient: Recipient
    deliveries: Sequence[tuple[Delivery, Sequence[Attempt]]]


def stories(session: Session, campaign: Campaign, text: str, limit: int = 20) -> list[Story]:
    """
    The people of *campaign* found by *text* (as in customers.queries.search), at most *limit*, with what became of them.

    Four queries, however many are found. Needs a session of one tenant.
    """
    chosen = select(Recipient.customer_id).where(Recipient.campaign_id == campaign.id)
    customers = {
        found.customer.id: found.customer for found in queries.search(session, text, limit, among=chosen)
    }
    recipients = session.scalars(
        select(Recipient).where(Recipient.campaign_id == campaign.id, Recipient.customer_id.in_(customers))
    ).all()
    sources = select(Wave.source_id).where(Wave.campaign_id == campaign.id)
    deliveries = session.scalars(
        select(Delivery)
        .where(Delivery.customer_id.in_(customers), Delivery.source_id.in_(sources))
        .order_by(Delivery.source_id, Delivery.id)
    ).all()
    attempts: dict[int, list[Attempt]] = {delivery.id: [] for delivery in deliveries}
    made = select(Attempt).where(Attempt.delivery_id.in_(list(attempts))).order_by(Attempt.id)
    for attempt in session.scalars(made):
        attempts[attempt.delivery_id].append(attempt)
    by_customer = {row.customer_id: row for row in recipients}
    return [
        Story(
            customer,
            by_customer[customer_id],
            [(each, attempts[each.id]) for each in deliveries if each.customer_id == customer_id],
        )
        for customer_id, customer in customers.items()
    ]
