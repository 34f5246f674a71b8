"""
The count of a large campaign under way, as the worker made it a moment ago: a page reads one row and not 200,000.

Whatever is small, over, or not counted lately (no worker runs) is counted when it is asked for, so a page is never older than FRESH and
never wrong by drift: each count begins anew with the recipients.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from broadcast.counts import Counts, count
from broadcast.models import UNDER_WAY, Campaign, CampaignCount, Wave
from core.db import ScopedSession, instant

MANY = 5_000
FRESH = timedelta(seconds=10)
# a count may take so much of the worker's time
SHARE = 20
COUNTS: TypeAdapter[Counts] = TypeAdapter(Counts)


def counts_of(session: Session, campaign: Campaign, waves: Sequence[Wave]) -> Counts:
    """How the recipients of *campaign* stand, at most FRESH ago."""
    if campaign.targeted >= MANY and campaign.state in UNDER_WAY:
        kept = session.scalar(select(CampaignCount).where(CampaignCount.campaign_id == campaign.id))
        if kept is not None and instant(session) - kept.at < FRESH:
            return COUNTS.validate_python(kept.counts)
    return count(session, campaign, waves)


def is_due(session: Session, campaign: Campaign, every: timedelta) -> bool:
    """Whether it is time to count *campaign* again: the longer a count takes, the rarer it is."""
    if campaign.targeted < MANY:
        return False
    kept = session.scalar(select(CampaignCount).where(CampaignCount.campaign_id == campaign.id))
    if kept is None:
        return True
    its_share = SHARE * timedelta(milliseconds=kept.took_ms)
    return instant(session) - kept.at >= max(every, min(its_share, FRESH / 2))


def counted(session: ScopedSession, campaign: Campaign) -> Counts:
    """How the recipients stand now."""
    waves = session.scalars(select(Wave).where(Wave.campaign_id == campaign.id).order_by(Wave.position)).all()
    return count(session, campaign, waves)


def keep(session: ScopedSession, campaign: Campaign, counts: Counts, at: datetime, took: timedelta) -> None:
    """Keep the *counts* that were true *at* a real instant."""
    session.execute(delete(CampaignCount).where(CampaignCount.campaign_id == campaign.id))
    session.add(
        CampaignCount(
            tenant_id=campaign.tenant_id, campaign_id=campaign.id, at=at, took_ms=int(took / timedelta(milliseconds=1)),
            counts=COUNTS.dump_python(counts, mode="json"),
        )
    )  # fmt: skip
