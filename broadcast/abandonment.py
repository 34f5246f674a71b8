"""
Of those who answered a campaign's calls, how many asked for a person and were with none in time: abandoned (US-6, CA-1).

Judged for each thirty days from the launch on; a shorter campaign for its own time. At PAUSE_AT percent the campaign is paused, a
little before the three the law allows, and not for fewer than LEAST cases. Who was taken for a machine and hung up on, and proved
to be a person, was abandoned, too (UK-3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from broadcast.models import Campaign, Wave
from broadcast.waves import sources
from core import audit
from core.carriers.words import NO_PERSON
from core.states import move
from outbound import deliveries
from outbound.models import Attempt, Source
from outbound.transfers import Transfer

PERIOD = timedelta(days=30)
PAUSE_AT = 2.5
LEAST = 5
WHO = "abandonment"


@dataclass(frozen=True)
class Abandonment:
    """*abandoned* of *live* answered calls in [since, until); *asked* wanted a person, *bridged* were with one in time."""

    since: datetime
    until: datetime
    live: int
    asked: int
    bridged: int
    abandoned: int

    @property
    def percent(self) -> float | None:
        """The share the law looks at; None where nobody has answered."""
        return 100 * self.abandoned / self.live if self.live else None

    @property
    def is_over(self) -> bool:
        """Whether too many were abandoned."""
        return self.abandoned >= LEAST and 100 * self.abandoned >= PAUSE_AT * self.live

    def to_dict(self) -> dict[str, Any]:
        """As the certificate shows it."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "live_answered": self.live,
            "asked": self.asked,
            "bridged": self.bridged,
            "abandoned": self.abandoned,
        }


def transferring(session: Session) -> Sequence[Campaign]:
    """Campaigns that run and bring people to agents."""
    brings = (
        select(Wave.id)
        .join(Source, Source.id == Wave.source_id)
        .where(Wave.campaign_id == Campaign.id, Source.team != "")
    )
    return session.scalars(select(Campaign).where(Campaign.state == "running", brings.exists())).all()


def periods(session: Session, campaign: Campaign, now: datetime) -> list[Abandonment]:
    """Each thirty days of *campaign* so far; none if it brings nobody to agents."""
    ids = _sources(session, campaign)
    if not ids or campaign.launched_at is None:
        return []
    began, ended = campaign.launched_at, campaign.ended_at or now
    count = 1 + int((ended - began) / PERIOD)
    return [_counted(session, ids, began + PERIOD * at, began + PERIOD * (at + 1)) for at in range(count)]


def is_over(session: Session, campaign: Campaign, now: datetime) -> bool:
    """Whether too many were abandoned in the present period, and more than staff have let go."""
    ids, since = _sources(session, campaign), _began(campaign, now)
    abandoned = _abandoned(session, ids, since, since + PERIOD)
    if abandoned < LEAST or abandoned <= campaign.let_go:  # the calls need not be counted
        return False
    return _counted(session, ids, since, since + PERIOD).is_over


def pause(session: Session, campaign: Campaign, now: datetime) -> bool:
    """Pause a running *campaign* of which too many were abandoned; whether it was."""
    if campaign.state != "running" or not is_over(session, campaign, now):
        return False
    since = _began(campaign, now)
    found = _counted(session, _sources(session, campaign), since, since + PERIOD)
    reason = f"abandoned: {found.abandoned} {found.live}"
    move(session, campaign, "paused", reason=reason)
    for source in sources(session, campaign):
        if source.state == "open":
            deliveries.pause(session, source, reason)
    about = {"abandoned": found.abandoned, "live": found.live}
    audit.record(session, campaign.tenant_id, WHO, "pause", f"campaign:{campaign.id}", **about)
    return True


def let_go(session: Session, campaign: Campaign) -> None:
    """Staff let a campaign go on that was paused for this: the next one who is abandoned pauses it again."""
    if campaign.reason.startswith("abandoned: "):
        campaign.let_go = int(campaign.reason.split()[1])


def _began(campaign: Campaign, now: datetime) -> datetime:
    """When the present thirty days did."""
    launched_at = campaign.launched_at or now
    return launched_at + PERIOD * int((now - launched_at) / PERIOD)


def _sources(session: Session, campaign: Campaign) -> list[int]:
    return [source.id for source in sources(session, campaign) if source.team]


def _counted(session: Session, ids: Sequence[int], since: datetime, until: datetime) -> Abandonment:
    within = (Attempt.source_id.in_(ids), Attempt.started_at >= since, Attempt.started_at < until)
    asks = exists().where(Transfer.attempt_id == Attempt.id)
    live = session.scalar(select(func.count()).select_from(Attempt).where(*within, _answered() | asks))
    states = select(Transfer.state, func.count()).join(Attempt, Attempt.id == Transfer.attempt_id)
    counts = {row[0]: row[1] for row in session.execute(states.where(*within).group_by(Transfer.state))}
    return Abandonment(
        since,
        until,
        live or 0,
        sum(counts.values()),
        counts.get("bridged", 0),
        _abandoned(session, ids, since, until),
    )


def _answered() -> ColumnElement[bool]:
    """A person did, as far as anybody knows."""
    return (Attempt.outcome == "reached") & Attempt.answered_by.not_in(NO_PERSON)


def _abandoned(session: Session, ids: Sequence[int], since: datetime, until: datetime) -> int:
    theirs = (
        select(func.count())
        .select_from(Transfer)
        .join(Attempt, Attempt.id == Transfer.attempt_id)
        .where(Transfer.source_id.in_(ids), Transfer.state == "abandoned")
        .where(Attempt.started_at >= since, Attempt.started_at < until)
    )
    return session.scalar(theirs) or 0
