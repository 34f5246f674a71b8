"""What screens ask about deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outbound.models import Delivery, Source

SHOWN = 20


@dataclass(frozen=True)
class DeliveryRow:
    """One thing that is to reach a customer, or was: *until* is when it is asked again whether it may, while it is held."""

    id: int
    campaign_id: int | None
    channel: str
    purpose: str
    state: str
    why: str
    until: datetime | None
    created_at: datetime


def of_customer(session: Session, customer_id: int) -> list[DeliveryRow]:
    """The newest deliveries for one customer."""
    rows = session.execute(
        select(Delivery, Source.campaign, Source.purpose)
        .join(Source, Source.id == Delivery.source_id)
        .where(Delivery.customer_id == customer_id)
        .order_by(Delivery.id.desc())
        .limit(SHOWN)
    )
    return [
        DeliveryRow(
            id=delivery.id,
            campaign_id=_number(campaign),
            channel=delivery.channel,
            purpose=purpose,
            state=delivery.state,
            why=delivery.cause if delivery.state == "failed" else delivery.reason,
            until=delivery.due_at if delivery.state == "held" else None,
            created_at=delivery.created_at,
        )
        for delivery, campaign, purpose in rows
    ]


def _number(campaign: str) -> int | None:
    kind, _, number = campaign.partition(":")
    return int(number) if kind == "campaign" and number.isdecimal() else None
