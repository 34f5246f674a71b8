"""
Callbacks: whoever rings off keeps the place they had, and is rung once an agent is there for them.

Where it may go is limited, or callers would have us ring dear numbers abroad (E-1): only countries the tenant names, no number
of a kind that costs, none of our own. One number has one open callback.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import cases
from core import clock
from core.errors import Invalid
from core.models import Tenant
from core.phone import read, region_of
from core.states import move_all
from customers.holders import only_holder
from flows.language.turn import Told
from ivr.leg import Asking
from ivr.queue import agents
from ivr.queue.models import Waiter
from outbound import settings
from outbound.models import Sender

LOGGER = logging.getLogger(__name__)
AT_ONCE = 100
CALLED = frozenset({"mobile", "landline", "either", "voip"})
"""Kinds of numbers that are called back: never premium, shared cost, personal or unknown ones."""


def ask(session: Session, tenant: Tenant, asking: Asking) -> Told:
    """
    Have the caller called back. The place is the one they had in the queue; a number that waits for a callback keeps that one.

    Raises NotFound for an unknown team, and Invalid for a number nobody is called back at.
    """
    team = agents.team_named(session, tenant.id, asking.given["team"])
    address = callable_number(session, tenant, asking.given["number"])
    told = Told({"number": address})
    is_open = select(Waiter.id).where(
        Waiter.kind == "callback", Waiter.address == address, Waiter.state != "ended"
    )
    if session.scalar(is_open) is not None or _is_repeated(session, asking.key):
        return told
    now = clock.now()
    before = session.scalar(
        select(Waiter).where(Waiter.call_id == asking.leg.call_sid).order_by(Waiter.id).limit(1)
    )
    session.add(
        Waiter(
            tenant_id=tenant.id,
            team_id=team.id,
            kind="callback",
            key=asking.key,
            state="waiting",
            address=address,
            called=asking.leg.called if asking.leg.direction == "in" else asking.leg.caller,
            customer_id=asking.person or only_holder(session, tenant.id, address),
            language=asking.language,
            priority=before.priority if before else int(asking.given["priority"]),
            skills=before.skills if before else asking.given["skills"].split(),
            own_agent_id=before.own_agent_id if before else None,
            placed_at=before.placed_at if before else now,
            entered_at=now,
            leaves_at=now + timedelta(hours=team.callback_hours),
        )
    )
    return told


def _is_repeated(session: Session, key: str) -> bool:
    return session.scalar(select(Waiter.id).where(Waiter.key == key)) is not None


def callable_number(session: Session, tenant: Tenant, raw: str) -> str:
    """*raw* in E.164, if a number like it may be called back. Raises Invalid saying why not."""
    address, kind = read(raw, tenant.region)
    countries = settings.of(tenant).on_demand.countries or (tenant.region,)
    if region_of(address) not in countries:
        raise Invalid("country_not_allowed", "nobody is called back in this country")
    if kind not in CALLED:
        raise Invalid("kind_not_allowed", "nobody is called back at numbers of this kind")
    if session.scalar(select(Sender.id).where(Sender.address == address).limit(1)) is not None:
        raise Invalid("own_number", "this is one of our own numbers")
    return address


def expire(session: Session) -> int:
    """
    Give up callbacks nobody could make in time: what was promised becomes a case that somebody owns (R-15). How many.
    """
    now = clock.now()
    late = select(Waiter).where(Waiter.kind == "callback", Waiter.state == "waiting", Waiter.leaves_at <= now)
    count = 0
    for waiter in session.scalars(late.order_by(Waiter.id).limit(AT_ONCE)).all():
        if not move_all(session, Waiter, Waiter.id == waiter.id, "ended", outcome="expired", ended_at=now):
            continue
        count += 1
        try:
            _open_case(session, waiter)
        except Invalid as error:
            LOGGER.error(
                "waiter %d: a callback came to nothing and nobody owns it: %s", waiter.id, error.message
            )
    return count


def _open_case(session: Session, waiter: Waiter) -> None:
    cases.open_case(
        session,
        session.get_one(Tenant, waiter.tenant_id),
        f"callback:{waiter.id}",
        kind="call_back",
        who="hotline",
        customer_id=waiter.customer_id,
        address=waiter.address,
    )
