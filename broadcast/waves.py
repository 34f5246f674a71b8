"""The waves of a launched campaign: what each says, what it sends through, and when it may begin for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcast.definition import Definition
from broadcast.models import Campaign, Wave
from broadcast.notices import Notice, notice_of
from broadcast.step import Step
from core import clock
from core.db import ScopedSession
from core.errors import Conflict
from core.models import Tenant
from outbound import deliveries
from outbound.deliveries import Wanted
from outbound.models import Source


@dataclass(frozen=True)
class Open:
    """One wave under way. *position* counts from 1."""

    position: int
    step: Step
    source: Source
    notice: Notice | None = None

    def begins(self, since: datetime) -> datetime:
        """From when a person may be contacted whose wave before ended at *since*."""
        return since + self.step.after

    def ends(self, since: datetime, over_at: datetime) -> datetime:
        """When it is given up for that person, in a campaign that is over at *over_at*."""
        ends = min(over_at, since + self.step.within) if self.step.within else over_at
        if self.notice is None:
            return ends
        return self.notice.ends(self.step.channel, self.position, since, ends)


def opened(session: ScopedSession, campaign: Campaign) -> Sequence[Open]:
    """Every wave of *campaign*, which was launched, in order."""
    steps = Definition.model_validate(campaign.definition).waves
    rows = session.execute(
        select(Wave.position, Source)
        .join(Source, Source.id == Wave.source_id)
        .where(Wave.campaign_id == campaign.id)
        .order_by(Wave.position)
    )
    tenant = session.get_one(Tenant, campaign.tenant_id)
    return [
        Open(position, steps[position - 1], source, notice_of(tenant, source.content))
        for position, source in rows
    ]


def sources(session: Session, campaign: Campaign) -> list[Source]:
    """What the waves of *campaign* send through, in order, once it was launched."""
    chosen = select(Source).join(Wave, Wave.source_id == Source.id).where(Wave.campaign_id == campaign.id)
    return list(session.scalars(chosen.order_by(Wave.position)))


def add(session: ScopedSession, wave: Open, wanted: Sequence[Wanted], newcomers: int) -> None:
    """
    Have all of *wanted* delivered by *wave*, to which *newcomers* of these people have come only now.

    Raises Conflict if a number was taken since it was chosen: nothing of the transaction may stay then.
    """
    now = clock.now()
    if len(deliveries.add(session, wave.source, wanted, now, now)) != len(wanted):
        raise Conflict("number_taken", "{name}: a number was taken meanwhile", name=wave.source.name)
    if newcomers:
        mine = update(Wave).where(Wave.source_id == wave.source.id)
        session.execute(mine.values(targeted=Wave.targeted + newcomers))
