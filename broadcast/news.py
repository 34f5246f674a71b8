"""What a campaign has not heard of yet: deliveries of its waves that have ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select

from broadcast.models import Campaign, Wave
from core.db import ScopedSession
from outbound.models import NEWS, Delivery


@dataclass(frozen=True)
class News:
    """How one delivery of wave *position* ended; *rule* and *cause* are its reason and its cause."""

    delivery_id: int
    customer_id: int | None
    position: int
    state: str
    rule: str
    cause: str
    ended_at: datetime | None
    expires_at: datetime


def unheard(session: ScopedSession, campaign: Campaign, limit: int) -> Sequence[News]:
    """The next ends *campaign* has not heard of."""
    rows = session.execute(
        select(
            Delivery.id,
            Delivery.customer_id,
            Wave.position,
            Delivery.state,
            Delivery.reason,
            Delivery.cause,
            Delivery.ended_at,
            Delivery.expires_at,
        )
        .join(Wave, Wave.source_id == Delivery.source_id)
        .where(Wave.campaign_id == campaign.id, NEWS)
        .limit(limit)
    )
    return [News(*row) for row in rows]


def is_news_of() -> ColumnElement[bool]:
    """Whether there is news of a campaign, as a condition on it."""
    is_news = exists().where(Delivery.source_id == Wave.source_id, NEWS)
    return select(Wave.id).where(Wave.campaign_id == Campaign.id, is_news).exists()


def ending(state: str, rule: str, cause: str) -> tuple[str, str]:
    """
    How a recipient ended whose last delivery ended in *state*: (state, rule or cause).

    Who was tried in vain and then refused or out of time failed for the *cause* of the last try; who was never tried was
    blocked.
    """
    match state:
        case "failed":
            return "failed", cause
        case "blocked" | "expired" | "cancelled" if cause:
            return "failed", cause
        case "expired" | "cancelled":
            return "blocked", state
        case _:
            return state, rule
