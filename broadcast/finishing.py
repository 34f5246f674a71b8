"""Finishes campaigns in which nothing is open any more, and pauses those whose content a carrier refuses."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from broadcast.models import PREPARED, Campaign, Recipient, Wave
from broadcast.waves import sources
from core import clock
from core.states import move_all
from outbound import deliveries
from outbound.models import Delivery, Source

OPEN = ("pending", "held", "active")


def is_over(session: Session, campaign: Campaign) -> bool:
    """Whether nothing of *campaign* is open any more."""
    open_delivery = exists().where(Delivery.source_id == Wave.source_id, Delivery.state.in_(OPEN))
    open_recipient = (Recipient.campaign_id == campaign.id, Recipient.state == "open")
    return not (
        session.scalar(select(Wave.id).where(Wave.campaign_id == campaign.id, open_delivery).limit(1))
        or session.scalar(select(Recipient.id).where(*open_recipient).limit(1))
    )


def finish(session: Session, campaign: Campaign) -> int:
    """Finish *campaign*, of which nothing is open, and what it sent through; 1 if it was still under way."""
    mine = (Campaign.id == campaign.id) & Campaign.state.in_(PREPARED)
    finished = move_all(session, Campaign, mine, "finished", ended_at=clock.now())
    for source in sources(session, campaign) if finished else ():
        if source.state != "stopped":
            deliveries.close(session, source)
    return finished


def halt(session: Session, campaign: Campaign) -> int:
    """Pause a running *campaign*, all waves of it, if a carrier refuses the content of one, so that staff see why; 1 if it is."""
    found = sources(session, campaign)
    refused = [source.reason for source in found if source.state == "paused"]
    mine = (Campaign.id == campaign.id) & (Campaign.state == "running")
    if not refused or not move_all(session, Campaign, mine, "paused", reason=refused[0]):
        return 0
    for source in found:
        if source.state == "open":
            deliveries.pause(session, source, "paused")
    return 1


def is_refused(session: Session, campaign: Campaign) -> bool:
    """Whether *campaign* runs, but something it sends through was paused: by a refusal of the carrier."""
    if campaign.state != "running":
        return False
    paused = select(Wave.id).join(Source, Source.id == Wave.source_id).where(Source.state == "paused")
    return session.scalar(paused.where(Wave.campaign_id == campaign.id).limit(1)) is not None
