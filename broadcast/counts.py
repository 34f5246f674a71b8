"""Counts how a campaign stands: everybody targeted once, in few queries that read indexes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcast.models import Campaign, Recipient, Wave
from outbound.models import CLAIMABLE, HELD, Delivery


@dataclass
class AtWave:
    """People whose wave this is now, or was when they ended. *next_at*: when the next of them may be contacted."""

    open: int = 0
    reached: int = 0
    failed: int = 0
    blocked: int = 0
    unknown: int = 0
    next_at: datetime | None = None


@dataclass
class Counts:
    """*open* people are held, in flight, or wait for their turn; the rest has ended."""

    open: int = 0
    reached: int = 0
    unknown: int = 0
    active: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    blocked: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    held_until: dict[str, datetime] = field(default_factory=dict)
    waves: dict[int, AtWave] = field(default_factory=dict)

    @property
    def ended(self) -> int:
        """How many have an end."""
        return self.reached + self.unknown + sum(self.failed.values()) + sum(self.blocked.values())

    @property
    def in_flight(self) -> int:
        """How many are being contacted; what still runs after its person was reached otherwise is none of them."""
        return max(0, min(self.active, self.open - sum(self.held.values())))

    @property
    def waiting(self) -> int:
        """How many wait for their turn or their next wave."""
        return self.open - sum(self.held.values()) - self.in_flight

    def add(self, state: str, position: int, reason: str, n: int) -> None:
        """*n* recipients stand like this."""
        wave = self.waves.setdefault(position, AtWave())
        setattr(wave, state, getattr(wave, state) + n)
        match state:
            case "failed":
                self.failed[reason] = self.failed.get(reason, 0) + n
            case "blocked":
                self.blocked[reason] = self.blocked.get(reason, 0) + n
            case _:
                setattr(self, state, getattr(self, state) + n)


def count(session: Session, campaign: Campaign, waves: Sequence[Wave]) -> Counts:
    """How the recipients of *campaign* stand, as of the last time they were settled."""
    found = Counts(waves={wave.position: AtWave() for wave in waves})
    kind = (Recipient.state, Recipient.position, Recipient.reason)
    for state, position, reason, n in session.execute(
        select(*kind, func.count()).where(Recipient.campaign_id == campaign.id).group_by(*kind)
    ):
        found.add(state, position, reason, n)
    for wave in waves:
        if found.waves[wave.position].open:
            _count_open(session, wave, found)
    return found


def _count_open(session: Session, wave: Wave, found: Counts) -> None:
    mine = Delivery.source_id == wave.source_id
    active = select(func.count()).select_from(Delivery).where(mine, Delivery.state == "active")
    found.active += session.scalar(active) or 0
    for reason, n, until in session.execute(
        select(Delivery.reason, func.count(), func.min(Delivery.due_at))
        .where(mine, HELD)
        .group_by(Delivery.reason)
    ):
        found.held[reason] = found.held.get(reason, 0) + n
        found.held_until[reason] = min(until, found.held_until.get(reason, until))
    first = select(func.min(Delivery.due_at)).where(mine, CLAIMABLE)
    found.waves[wave.position].next_at = session.scalar(first)
