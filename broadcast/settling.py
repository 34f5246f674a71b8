"""Carries how deliveries ended over to the recipients, and finishes campaigns in which nothing is open any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from broadcast.models import Campaign, Recipient, Wave
from core import clock
from core.states import move_all, move_each
from outbound import deliveries
from outbound.models import Delivery, Source

ENDED = ("reached", "failed", "blocked", "unknown", "expired", "cancelled")
MAX_AT_ONCE = 5_000


@dataclass(frozen=True)
class Settled:
    """A recipient whose delivery has ended, and how that is to be understood."""

    recipient_id: int
    to: str
    reason: str


def ended(session: Session, campaign: Campaign) -> list[Settled]:
    """Recipients whose delivery has ended since; with what staff or a late receipt told of those who were unknown."""
    is_news = or_(
        Recipient.state == "open",
        and_(Recipient.state == "unknown", Delivery.state.in_(("reached", "failed"))),
        and_(Recipient.state == "failed", Delivery.state == "reached"),
    )
    rows = session.execute(
        select(Recipient.id, Delivery.state, Delivery.reason, Delivery.cause)
        .join(Wave, Wave.campaign_id == Recipient.campaign_id)
        .join(
            Delivery, (Delivery.source_id == Wave.source_id) & (Delivery.customer_id == Recipient.customer_id)
        )
        .where(Recipient.campaign_id == campaign.id, Delivery.state.in_(ENDED), is_news)
        .limit(MAX_AT_ONCE)
    )
    return [Settled(row.id, *ending(row.state, row.reason, row.cause)) for row in rows]


def settle(session: Session, news: Sequence[Settled]) -> int:
    """Write down what `ended` found; how many recipients that concerned."""
    moves: dict[str, list[dict[str, object]]] = {}
    for one in news:
        row = {"id": one.recipient_id, "reason": one.reason, "ended_at": clock.now()}
        moves.setdefault(one.to, []).append(row)
    return sum(move_each(session, Recipient, rows, to) for to, rows in moves.items())


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


def is_over(session: Session, campaign: Campaign) -> bool:
    """Whether nothing of *campaign* is open any more."""
    open_delivery = exists().where(
        Delivery.source_id == Wave.source_id, Delivery.state.in_(("pending", "held", "active"))
    )
    open_recipient = (Recipient.campaign_id == campaign.id, Recipient.state == "open")
    return not (
        session.scalar(select(Wave.id).where(Wave.campaign_id == campaign.id, open_delivery).limit(1))
        or session.scalar(select(Recipient.id).where(*open_recipient).limit(1))
    )


def finish(session: Session, campaign: Campaign) -> int:
    """Finish *campaign*, of which nothing is open, and what it sent through; 1 if it was still under way."""
    mine = (Campaign.id == campaign.id) & Campaign.state.in_(("running", "paused"))
    finished = move_all(session, Campaign, mine, "finished", ended_at=clock.now())
    for source in _sources(session, campaign) if finished else ():
        if source.state != "stopped":
            deliveries.close(session, source)
    return finished


def halt(session: Session, campaign: Campaign) -> int:
    """Pause a running *campaign* whose content the carrier refuses, so that staff see why; 1 if it is."""
    refused = [source.reason for source in _sources(session, campaign) if source.state == "paused"]
    mine = (Campaign.id == campaign.id) & (Campaign.state == "running")
    return move_all(session, Campaign, mine, "paused", reason=refused[0]) if refused else 0


def _sources(session: Session, campaign: Campaign) -> list[Source]:
    chosen = select(Source).join(Wave, Wave.source_id == Source.id).where(Wave.campaign_id == campaign.id)
    return list(session.scalars(chosen))
