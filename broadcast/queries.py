"""What screens and commands read of campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcast.models import Campaign, Recipient, Wave
from broadcast.settling import ending
from core import clock
from customers.models import Customer
from outbound.models import Attempt, Delivery

RATE_SAMPLE = 200


@dataclass(frozen=True)
class CampaignRow:
    """A line in the list of campaigns."""

    id: int
    name: str
    channel: str
    purpose: str
    state: str
    targeted: int
    ended: int
    created_by: str
    created_at: datetime
    launched_at: datetime | None


@dataclass(frozen=True)
class Progress:
    """How a campaign stands now. Everyone targeted is counted once: ended + held + waiting + in_flight == targeted."""

    id: int
    name: str
    state: str
    purpose: str
    channel: str
    targeted: int
    ended: int
    reached: int
    unknown: int
    waiting: int
    in_flight: int
    rate_per_min: float
    launched_by: str
    launched_at: datetime | None
    expires_at: datetime | None
    eta_at: datetime | None
    next_due_at: datetime | None
    reason: str = ""
    failed: Mapping[str, int] = field(default_factory=dict)
    blocked: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class AttemptRow:
    """One try, as a screen shows it."""

    id: int
    at: datetime
    customer_id: int | None
    name: str
    address: str
    state: str
    outcome: str
    code: str
    duration_s: int
    pages: int


def campaigns(session: Session) -> list[CampaignRow]:
    """Every campaign, newest first."""
    total = func.count(Recipient.id)
    open_ = func.count(Recipient.id).filter(Recipient.state == "open")
    rows = session.execute(
        select(Campaign, Wave.channel, total, open_)
        .join(Wave, Wave.campaign_id == Campaign.id)
        .outerjoin(Recipient, Recipient.campaign_id == Campaign.id)
        .group_by(Campaign.id, Wave.id)
        .order_by(Campaign.id.desc())
    )
    return [
        CampaignRow(
            id=campaign.id,
            name=campaign.name,
            channel=channel,
            purpose=campaign.purpose,
            state=campaign.state,
            targeted=targeted,
            ended=targeted - still_open,
            created_by=campaign.created_by,
            created_at=campaign.created_at,
            launched_at=campaign.launched_at,
        )
        for campaign, channel, targeted, still_open in rows
    ]


def progress(session: Session, campaign: Campaign) -> Progress:
    """How *campaign* stands; counted from the deliveries themselves, so it is as new as they are."""
    wave = session.scalars(select(Wave).where(Wave.campaign_id == campaign.id)).one()
    counts = _Counts()
    for row in session.execute(
        select(Delivery.state, Delivery.reason, Delivery.cause, func.count().label("n"))
        .where(Delivery.source_id == wave.source_id)
        .group_by(Delivery.state, Delivery.reason, Delivery.cause)
    ):
        counts.add_delivery(row.state, row.reason, row.cause, row.n)
    for row in session.execute(_without_delivery(campaign, wave)):
        counts.add(counts.blocked, row.reason, row.n)
    rate = _rate_per_min(session, wave.source_id)
    left = counts.waiting + sum(counts.held.values())
    next_due_at = session.scalar(
        select(func.min(Delivery.due_at)).where(
            Delivery.source_id == wave.source_id, Delivery.state.in_(("pending", "held"))
        )
    )
    eta = (
        clock.now() + timedelta(minutes=left / rate)
        if rate and left and campaign.state == "running"
        else None
    )
    return Progress(
        id=campaign.id,
        name=campaign.name,
        state=campaign.state,
        purpose=campaign.purpose,
        channel=wave.channel,
        targeted=counts.ended + left + counts.in_flight,
        ended=counts.ended,
        reached=counts.reached,
        unknown=counts.unknown,
        waiting=counts.waiting,
        in_flight=counts.in_flight,
        rate_per_min=rate,
        launched_by=campaign.launched_by,
        launched_at=campaign.launched_at,
        expires_at=campaign.expires_at,
        eta_at=max(eta, next_due_at) if eta and next_due_at else eta,
        next_due_at=next_due_at,
        reason=campaign.reason,
        failed=counts.failed,
        blocked=counts.blocked,
        held=counts.held,
    )


class _Counts:
    """Sums a grouped count up into what a screen shows."""

    def __init__(self) -> None:
        self.reached = self.unknown = self.waiting = self.in_flight = 0
        self.failed: dict[str, int] = {}
        self.blocked: dict[str, int] = {}
        self.held: dict[str, int] = {}

    @property
    def ended(self) -> int:
        return self.reached + self.unknown + sum(self.failed.values()) + sum(self.blocked.values())

    @staticmethod
    def add(counts: dict[str, int], word: str, n: int) -> None:
        counts[word] = counts.get(word, 0) + n

    def add_delivery(self, state: str, rule: str, cause: str, n: int) -> None:
        match state:
            case "pending":
                self.waiting += n
            case "held":
                self.add(self.held, rule, n)
            case "active":
                self.in_flight += n
            case _:
                self.add_ended(*ending(state, rule, cause), n)

    def add_ended(self, state: str, reason: str, n: int) -> None:
        match state:
            case "reached":
                self.reached += n
            case "unknown":
                self.unknown += n
            case "blocked":
                self.add(self.blocked, reason, n)
            case _:
                self.add(self.failed, reason, n)


def _without_delivery(campaign: Campaign, wave: Wave) -> Any:
    """Recipients who never got a delivery: no number, a shared address, content that did not fit, cancelled before."""
    has_delivery = (
        select(Delivery.id)
        .where(Delivery.source_id == wave.source_id, Delivery.customer_id == Recipient.customer_id)
        .exists()
    )
    never = Recipient.reason.in_(("no_number", "shared_address", "content"))
    return (
        select(Recipient.reason, func.count().label("n"))
        .where(Recipient.campaign_id == campaign.id, Recipient.state == "blocked")
        .where(never | ((Recipient.reason == "cancelled") & ~has_delivery))
        .group_by(Recipient.reason)
    )


def _rate_per_min(session: Session, source_id: int | None) -> float:
    """Sends a minute over the last attempts, in business time; 0 if nothing was sent in the last five real minutes."""
    last = (
        select(Attempt.submitted_at)
        .where(Attempt.source_id == source_id, Attempt.submitted_at.is_not(None))
        .order_by(Attempt.id.desc())
        .limit(RATE_SAMPLE)
        .subquery()
    )
    first, newest, count = session.execute(
        select(func.min(last.c.submitted_at), func.max(last.c.submitted_at), func.count())
    ).one()
    if count < 2 or clock.real() - newest > timedelta(minutes=5):
        return 0.0
    seconds = max((newest - first).total_seconds(), 1.0) * clock.speed()
    return float((count - 1) / seconds * 60)


def latest_attempts(session: Session, campaign: Campaign, limit: int = 12) -> list[AttemptRow]:
    """The newest attempts of *campaign*."""
    rows = session.execute(
        select(Attempt, Delivery.customer_id, Customer.name)
        .join(Wave, Wave.source_id == Attempt.source_id)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .outerjoin(Customer, Customer.id == Delivery.customer_id)
        .where(Wave.campaign_id == campaign.id)
        .order_by(Attempt.id.desc())
        .limit(limit)
    )
    return [
        AttemptRow(
            id=attempt.id,
            at=attempt.started_at,
            customer_id=customer_id,
            name=name or "",
            address=attempt.address,
            state=attempt.state,
            outcome=attempt.outcome,
            code=attempt.code,
            duration_s=attempt.duration_s,
            pages=attempt.pages,
        )
        for attempt, customer_id, name in rows
    ]
