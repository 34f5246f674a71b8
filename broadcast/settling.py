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
        select(
            Recipient.id, Recipient.state, Delivery.state.label("ended"), Delivery.reason, Delivery.attempts
        )
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
        to, reason = ending(row.ended, row.reason, row.attempts)
        if to != row.state:
            moves.setdefault(to, []).append({"id": row.id, "reason": reason, "ended_at": clock.now()})
    for to, changed in moves.items():
        move_each(session, Recipient, changed, to)
    return len(rows)


def ending(state: str, reason: str, attempts: int) -> tuple[str, str]:
    """
    How a recipient ended whose delivery ended in *state*: (state, rule or cause).

    Who expired or was given up untried was blocked by that; who had been tried failed for the last cause.
    """
    if state in ("expired", "cancelled"):
        return ("failed", reason or state) if attempts else ("blocked", state)
    return state, reason


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
