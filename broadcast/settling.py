"""Carries how deliveries ended over to the recipients, and finishes campaigns in which nothing is open any more."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from broadcast.models import Campaign, Recipient, Wave
from core import clock
from core.states import move, move_each
from outbound import deliveries
from outbound.models import Delivery, Source

ENDED = ("reached", "failed", "blocked", "unknown", "expired", "cancelled")
MAX_AT_ONCE = 5_000


def settle(session: Session, campaign: Campaign) -> int:
    """Settle the recipients whose delivery has ended since; how many."""
    rows = session.execute(
        select(Recipient.id, Recipient.state, Delivery.state.label("ended"), Delivery.reason, Delivery.cause)
        .join(Wave, Wave.campaign_id == Recipient.campaign_id)
        .join(
            Delivery, (Delivery.source_id == Wave.source_id) & (Delivery.customer_id == Recipient.customer_id)
        )
        .where(Recipient.campaign_id == campaign.id, Recipient.state.in_(("open", "unknown", "failed")))
        .where(Delivery.state.in_(ENDED), Delivery.state != Recipient.state)
        .limit(MAX_AT_ONCE)
    ).all()
    moves: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        to, reason = ending(row.ended, row.reason, row.cause)
        if to != row.state:
            moves.setdefault(to, []).append({"id": row.id, "reason": reason, "ended_at": clock.now()})
    for to, changed in moves.items():
        move_each(session, Recipient, changed, to)
    return len(rows)


def ending(state: str, rule: str, cause: str) -> tuple[str, str]:
    """
    How a recipient ended whose delivery ended in *state*: (state, rule or cause).

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


def finish(session: Session, campaign: Campaign) -> bool:
    """Finish *campaign* if nothing of it is open; whether it was."""
    open_delivery = exists().where(
        Delivery.source_id == Wave.source_id, Delivery.state.in_(("pending", "held", "active"))
    )
    is_open = session.scalar(
        select(Wave.id).where(Wave.campaign_id == campaign.id, open_delivery).limit(1)
    ) or session.scalar(
        select(Recipient.id).where(Recipient.campaign_id == campaign.id, Recipient.state == "open").limit(1)
    )
    if is_open:
        return False
    move(session, campaign, "finished", ended_at=clock.now())
    chosen = select(Source).join(Wave, Wave.source_id == Source.id).where(Wave.campaign_id == campaign.id)
    for source in session.scalars(chosen):
        deliveries.close(session, source)
    return True
