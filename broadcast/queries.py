"""What screens and commands read of campaigns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcast.counted import counts_of
from broadcast.counts import AtWave
from broadcast.models import UNDER_WAY, Campaign, Recipient, Wave
from core import clock
from core.holds import open_holds
from core.models import Hold
from customers.models import Customer
from outbound.models import Attempt, Delivery

RATE_SAMPLE = 200


@dataclass(frozen=True)
class CampaignRow:
    """A line in the list of campaigns; *hold* is the brake that keeps one under way from sending."""

    id: int
    name: str
    channels: Sequence[str]
    purpose: str
    state: str
    targeted: int
    ended: int
    created_by: str
    created_at: datetime
    launched_at: datetime | None
    hold: Hold | None = None


@dataclass(frozen=True)
class WaveProgress:
    """
    How one wave stands: of *targeted* people who came to it some were *reached*, some are *under_way* and some *went_on* to
    a later one; for the others it was the last. *next_at*: when the next may be contacted.
    """

    position: int
    channel: str
    targeted: int
    reached: int
    under_way: int
    went_on: int
    next_at: datetime | None


@dataclass(frozen=True)
class Progress:
    """
    How a campaign stands now. Everyone targeted is counted once: ended + held + waiting + in_flight == targeted.

    While a *hold* keeps it from sending there is neither rate nor end in sight.
    """

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
    held_until: Mapping[str, datetime] = field(default_factory=dict)
    waves: Sequence[WaveProgress] = ()
    hold: Hold | None = None


@dataclass(frozen=True)
class AttemptRow:
    """One try, as a screen shows it."""

    id: int
    at: datetime
    channel: str
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
    still_open = (
        select(func.count())
        .where(Recipient.campaign_id == Campaign.id, Recipient.state == "open")
        .scalar_subquery()
    )
    rows = session.execute(select(Campaign, still_open).order_by(Campaign.id.desc())).all()
    channels: dict[int, list[str]] = {}
    for wave in session.scalars(select(Wave).order_by(Wave.campaign_id, Wave.position)):
        channels.setdefault(wave.campaign_id, []).append(wave.channel)
    held_by = {tenant_id: hold_on(session, tenant_id) for tenant_id in {one.tenant_id for one, _ in rows}}
    return [
        CampaignRow(
            id=campaign.id,
            name=campaign.name,
            channels=tuple(dict.fromkeys(channels[campaign.id])),
            purpose=campaign.purpose,
            state=campaign.state,
            targeted=campaign.targeted,
            ended=campaign.targeted - open_,
            created_by=campaign.created_by,
            created_at=campaign.created_at,
            launched_at=campaign.launched_at,
            hold=held_by[campaign.tenant_id] if campaign.state in UNDER_WAY else None,
        )
        for campaign, open_ in rows
    ]


def hold_on(session: Session, tenant_id: int) -> Hold | None:
    """The brake that was pulled first and keeps everything of *tenant_id* from leaving; None if none is."""
    return next(iter(open_holds(session, tenant_id)), None)


def progress(session: Session, campaign: Campaign) -> Progress:
    """How *campaign* stands, as of the last settling; the people of a large one as of some seconds ago (broadcast/counted.py)."""
    waves = session.scalars(select(Wave).where(Wave.campaign_id == campaign.id).order_by(Wave.position)).all()
    counts = counts_of(session, campaign, waves)
    hold = hold_on(session, campaign.tenant_id) if campaign.state in UNDER_WAY else None
    rate = 0.0 if hold else sum(_rate_per_min(session, wave) for wave in waves)
    shown = [_wave_progress(wave, counts.waves[wave.position]) for wave in waves]
    next_due_at = min((one.next_at for one in shown if one.next_at), default=None)
    left = counts.waiting + sum(counts.held.values())
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
        channel=waves[0].channel,
        targeted=counts.ended + counts.open,
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
        held_until=counts.held_until,
        waves=shown,
        hold=hold,
    )


def _wave_progress(wave: Wave, at: AtWave) -> WaveProgress:
    over = at.failed + at.blocked + at.unknown
    return WaveProgress(
        position=wave.position,
        channel=wave.channel,
        targeted=wave.targeted,
        reached=at.reached,
        under_way=at.open,
        went_on=max(0, wave.targeted - at.reached - at.open - over),
        next_at=at.next_at,
    )


def _rate_per_min(session: Session, wave: Wave) -> float:
    """Sends a minute over the last attempts, in business time; 0 if nothing was sent in the last five real minutes."""
    last = (
        select(Attempt.submitted_at)
        .where(Attempt.source_id == wave.source_id, Attempt.submitted_at.is_not(None))
        .order_by(Attempt.id.desc())
        .limit(RATE_SAMPLE)
        .subquery()
    )
    first, newest, sent = session.execute(
        select(func.min(last.c.submitted_at), func.max(last.c.submitted_at), func.count())
    ).one()
    if sent < 2 or clock.real() - newest > timedelta(minutes=5):
        return 0.0
    seconds = max((newest - first).total_seconds(), 1.0) * clock.speed()
    return float((sent - 1) / seconds * 60)


def latest_attempts(session: Session, campaign: Campaign, limit: int = 12) -> list[AttemptRow]:
    """The newest attempts of *campaign*: the newest of each wave, the newest of those."""
    sources = session.scalars(select(Wave.source_id).where(Wave.campaign_id == campaign.id))
    found = [row for source_id in sources for row in _latest_of(session, source_id, limit)]
    return sorted(found, key=lambda row: -row.id)[:limit]


def _latest_of(session: Session, source_id: int | None, limit: int) -> list[AttemptRow]:
    rows = session.execute(
        select(Attempt, Delivery.customer_id, Customer.name)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .outerjoin(Customer, Customer.id == Delivery.customer_id)
        .where(Attempt.source_id == source_id)
        .order_by(Attempt.id.desc())
        .limit(limit)
    )
    return [
        AttemptRow(
            id=attempt.id,
            at=attempt.started_at,
            channel=attempt.channel,
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
