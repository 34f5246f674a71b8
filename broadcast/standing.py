"""
What holds a campaign under way up, apart from its people: limits with nothing left, refused countries, its sample's trial, and
agents who do not stand by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from broadcast import canary
from broadcast.models import PREPARED, Campaign
from broadcast.waves import sources
from core import clock
from core.models import Tenant
from outbound.full import Full, full
from outbound.senders import bringing
from outbound.ways import Closed, closed


@dataclass(frozen=True)
class Standing:
    """
    *full* limits stop it for now, *closed* ways part of it; *trial* is how its sample fares while the rest waits for it. *team* is
    whose agents decide how many are called; *waits* if none of them is free.
    """

    full: Sequence[Full] = ()
    trial: canary.Trial | None = None
    closed: Sequence[Closed] = ()
    team: str = ""
    waits: bool = False


def standing(session: Session, campaign: Campaign) -> Standing:
    """What holds *campaign* up now; nothing if it is not under way."""
    if campaign.state not in PREPARED:
        return Standing()
    going = [source for source in sources(session, campaign) if source.state in ("open", "paused")]
    tenant = session.get_one(Tenant, campaign.tenant_id)
    on_trial = canary.trial_of(session, campaign) if campaign.definition.get("canary") else None
    now = clock.now()
    ways = closed(bringing(session, going), now)
    teams = [source for source in going if source.team]
    return Standing(
        full(session, tenant, going, now),
        on_trial,
        ways,
        teams[0].team if teams else "",
        any(source.state == "open" and source.ceiling == 0 for source in teams),
    )
