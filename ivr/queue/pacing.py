"""
How many of our own calls the agents who stand by can take: so many that hardly anybody who asks for a person finds none.

Of each call the last hundred tell how likely it is to be taken by a person and to ask for one. More are made only as long as those
who would find nobody stay below MOST of the live answers to expect; a campaign is paused at 2.5 % (broadcast/abandonment.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from core.carriers.words import NO_PERSON
from core.models import Tenant
from ivr.queue import easing, stand_bys
from ivr.queue.models import Team
from outbound.models import OPEN, Attempt, Source
from outbound.transfers import Transfer

LEARNT_FROM = 100
MOST = 0.01
MOST_CALLS = 500


def calls(free: int, live: int, pressed: int, tried: int) -> int:
    """
    How many calls may be open at once whose people may yet ask for one of *free* agents. Of *tried* calls lately, *live* were taken
    by a person and *pressed* asked for one; where little is known, everybody might. Never so many that more are to be expected to
    ask than are free.

    Each further call adds the chance that it asks while all agents are taken: p x P(at least *free* of the others ask).
    """
    asks, takes = (pressed + 1) / (tried + 1), (live + 1) / (tried + 1)
    most = min(MOST_CALLS, int(free / asks + 1e-9))
    below = [1.0, *[0.0] * (free - 1)]
    in_vain = 0.0
    for count in range(most):
        in_vain += asks * max(0.0, 1 - sum(below))
        if in_vain > MOST * takes * (count + 1):
            return count
        below = [
            chance * (1 - asks) + (below[at - 1] * asks if at else 0.0) for at, chance in enumerate(below)
        ]
    return most


def pace(session: Session, tenant: Tenant, now: datetime) -> int:
    """Let the sources that bring people to agents make as many calls as those can take; how many sources changed."""
    found = session.scalars(
        select(Source).where(Source.tenant_id == tenant.id, Source.team != "", Source.state == "open")
    ).all()
    changed = 0
    slow = easing.SLOW if found and easing.is_crowded(session, tenant, now) else None
    for name in sorted({source.team for source in found}):
        theirs = [source for source in found if source.team == name]
        for source, ceiling in zip(theirs, _ceilings(session, tenant, name, theirs), strict=True):
            if slow is not None and source.purpose == "marketing":
                ceiling = min(slow, ceiling)
            changed += source.ceiling != ceiling
            source.ceiling = ceiling
    return changed


def _ceilings(session: Session, tenant: Tenant, name: str, theirs: Sequence[Source]) -> list[int]:
    """Of a team's sources, how many calls each may have open: what is open, and an even share of what may be added."""
    team_id = session.scalar(select(Team.id).where(Team.tenant_id == tenant.id, Team.name == name))
    free = stand_bys.count(session, team_id) if team_id else 0
    ids = [source.id for source in theirs]
    counts = session.execute(
        select(Attempt.source_id, func.count())
        .where(OPEN, Attempt.source_id.in_(ids))
        .group_by(Attempt.source_id)
    )
    open_ = {row[0]: row[1] for row in counts}
    asked = session.scalar(
        select(func.count())
        .select_from(Attempt)
        .where(OPEN, Attempt.source_id.in_(ids), exists().where(Transfer.attempt_id == Attempt.id))
    )
    room = max(0, calls(free, *_lately(session, ids)) - (sum(open_.values()) - (asked or 0)))
    shares = [room // len(ids) + (at < room % len(ids)) for at in range(len(ids))]
    return [open_.get(id_, 0) + share for id_, share in zip(ids, shares, strict=True)]


def _lately(session: Session, ids: Sequence[int]) -> tuple[int, int, int]:
    """Of their last calls that have ended or asked: taken by a person, asked for one, and all."""
    rows = session.execute(
        select(Attempt.outcome, Attempt.answered_by, Transfer.id)
        .outerjoin(Transfer, Transfer.attempt_id == Attempt.id)
        .where(Attempt.source_id.in_(ids), (Attempt.state == "ended") | Transfer.id.is_not(None))
        .order_by(Attempt.id.desc())
        .limit(LEARNT_FROM)
    ).all()
    pressed = sum(transfer is not None for _, _, transfer in rows)
    live = sum(
        transfer is not None or (outcome == "reached" and by not in NO_PERSON)
        for outcome, by, transfer in rows
    )
    return live, pressed, len(rows)
