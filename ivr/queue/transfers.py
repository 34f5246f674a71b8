"""
People of our own calls who ask for a person: brought to an agent who stands by, in the same answer to the carrier, or to nobody.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock
from core.models import Tenant
from customers.holders import only_holder
from flows.language.turn import Refused, Told
from ivr.leg import Asking
from ivr.queue import agents, pacing, stand_bys
from ivr.queue.models import Offer, Waiter
from ivr.queue.stand_bys import Standing
from outbound import transfers


def ask(session: Session, tenant: Tenant, asking: Asking) -> Told | Refused:
    """
    The room in which an agent waits for whoever has just asked for a person; asked again it is the same one.

    Raises NotFound for an unknown team. Nobody there counts as abandoned (outbound/transfers.py).
    """
    given, now = asking.given, clock.now()
    wish = None
    if asking.leg.direction == "out":
        wish = transfers.pressed(session, asking.delivery_id, asking.leg.call_sid, given["team"], now)
    team = agents.team_named(session, tenant.id, given["team"])
    if (before := _asked_before(session, asking.key)) is not None:
        return before
    found = stand_bys.take(session, team.id, given["skills"].split(), now)
    if found is None:
        if wish is not None:
            transfers.abandoned(session, wish)
        return Refused("nobody_stands_by")
    _bring(session, tenant, asking, found, now)
    pacing.pace(session, tenant, now)
    return Told({"room": found.room, "about": found.about})


def _asked_before(session: Session, key: str) -> Told | Refused | None:
    offer = session.scalar(select(Offer).join(Waiter, Waiter.id == Offer.waiter_id).where(Waiter.key == key))
    if offer is None:
        return None
    found = stand_bys.in_room(session, offer.room) if offer.state == "accepted" else None
    return Told({"room": found.room, "about": found.about}) if found else Refused("over")


def _bring(session: Session, tenant: Tenant, asking: Asking, found: Standing, now: datetime) -> None:
    waiter = Waiter(
        tenant_id=tenant.id,
        team_id=found.team.id,
        kind="transfer",
        key=asking.key,
        call_id=asking.leg.call_sid,
        address=asking.leg.person,
        called=asking.leg.called if asking.leg.direction == "in" else asking.leg.caller,
        customer_id=asking.person or only_holder(session, tenant.id, asking.caller),
        language=asking.language,
        skills=asking.given["skills"].split(),
        placed_at=now,
        entered_at=now,
        leaves_at=now,
        state="assigned",
        agent_id=found.agent.id,
    )
    session.add(waiter)
    session.flush()
    session.add(
        Offer(
            tenant_id=tenant.id,
            waiter_id=waiter.id,
            agent_id=found.agent.id,
            token=secrets.token_urlsafe(18),
            call_id=found.stand_by.call_id,
            room=found.room,
            state="accepted",
            made_at=now,
            deadline_at=now,
        )
    )
    session.flush()


def keep_token(session: Session, call_id: str, token: str) -> None:
    """How the call goes on if nobody comes into the room."""
    theirs = (Waiter.call_id == call_id, Waiter.kind == "transfer", Waiter.state != "ended")
    session.execute(update(Waiter).where(*theirs).values(token=token))
