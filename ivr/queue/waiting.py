"""Who waits: coming in, their place, what they choose, and how the wait ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict
from core.models import Tenant
from core.states import move_all
from customers.holders import only_holder
from customers.models import Customer
from flows.language.turn import Told
from ivr.leg import Asking
from ivr.queue import agents
from ivr.queue.metrics import USUAL_TALK_S
from ivr.queue.models import Agent, AgentTeam, Team, Waiter

LEARNT_FROM = 50
"""Of how many conversations the usual length is learnt."""


def queue_name(tenant_id: int, team: str) -> str:
    """What the carrier calls the queue of a team."""
    return f"carillon-{tenant_id}-{team}"


def enter(session: Session, tenant: Tenant, asking: Asking) -> Told:
    """
    Take a place for a caller; asked again it is the same one. Who comes from another team keeps the place of their first entry.

    Raises NotFound for an unknown team and Conflict where nobody of it is at work.
    """
    given, call_id = asking.given, asking.leg.call_sid
    team = agents.team_named(session, tenant.id, given["team"])
    told = Told({"queue": queue_name(tenant.id, team.name)})
    if session.scalar(select(Waiter.id).where(Waiter.key == asking.key)) is not None:
        return told
    if not agents.at_work(session, team.id):
        raise Conflict("nobody_at_work", "nobody of this team is at work")
    now = clock.now()
    customer_id = asking.person or only_holder(session, tenant.id, asking.caller)
    own = own_agent(session, team.id, customer_id, asking.caller) if given["own_agent_s"] != "0" else None
    session.add(
        Waiter(
            tenant_id=tenant.id,
            team_id=team.id,
            key=asking.key,
            call_id=call_id,
            address=asking.leg.person,
            called=asking.leg.called if asking.leg.direction == "in" else asking.leg.caller,
            customer_id=customer_id,
            language=asking.language,
            priority=int(given["priority"]),
            skills=given["skills"].split(),
            own_agent_id=own,
            own_until=now + timedelta(seconds=int(given["own_agent_s"])) if own else None,
            placed_at=first_entry(session, call_id) or now,
            entered_at=now,
            leaves_at=now + timedelta(seconds=int(given["max_wait_s"])),
        )
    )
    return told


def first_entry(session: Session, call_id: str) -> datetime | None:
    """When this call first began to wait for anybody."""
    return session.scalar(select(func.min(Waiter.placed_at)).where(Waiter.call_id == call_id))


def own_agent(session: Session, team_id: int, customer_id: int | None, address: str) -> int | None:
    """The agent who follows this customer up (R-51), else the one they talked to last (R-25), if here and of the team."""
    here = (
        select(Agent.id)
        .join(AgentTeam, AgentTeam.agent_id == Agent.id)
        .where(AgentTeam.team_id == team_id, Agent.state.not_in(("away", "break")))
    )
    if customer_id:
        mine = here.join(Customer, Customer.agent_id == Agent.staff_id).where(Customer.id == customer_id)
        if (found := session.scalar(mine)) is not None:
            return found
    if not address:
        return None
    last = here.join(Waiter, Waiter.agent_id == Agent.id).where(
        Waiter.address == address, Waiter.outcome == "answered"
    )
    return session.scalar(last.order_by(Waiter.id.desc()).limit(1))


def current(session: Session, call_id: str) -> Waiter | None:
    """The wait this call is in."""
    mine = select(Waiter).where(Waiter.call_id == call_id, Waiter.state != "ended")
    return session.scalar(mine.order_by(Waiter.id.desc()).limit(1))


def arrived(session: Session, waiter: Waiter, token: str, queue_id: str, waited_s: int) -> bool:
    """The carrier has the caller in its queue since *waited_s*; whether this is news."""
    since = clock.now() - timedelta(seconds=waited_s)
    news = {"token": token, "queue_id": queue_id, "entered_at": since}
    return bool(move_all(session, Waiter, Waiter.id == waiter.id, "waiting", **news))


def place(session: Session, waiter: Waiter) -> int:
    """How many are served before, and this one: 1 for who is next."""
    before = (Waiter.priority < waiter.priority) | (
        (Waiter.priority == waiter.priority)
        & (
            (Waiter.placed_at < waiter.placed_at)
            | ((Waiter.placed_at == waiter.placed_at) & (Waiter.id < waiter.id))
        )
    )
    count = select(func.count()).where(Waiter.team_id == waiter.team_id, Waiter.state == "waiting", before)
    return 1 + (session.scalar(count) or 0)


def expected_minutes(session: Session, waiter: Waiter, at_place: int) -> int:
    """How long yet, by how long conversations of this team have taken lately, rounded up."""
    recent = (
        select(Waiter.talk_s)
        .where(Waiter.team_id == waiter.team_id, Waiter.outcome == "answered", Waiter.state == "ended")
        .order_by(Waiter.id.desc())
        .limit(LEARNT_FROM)
        .subquery()
    )
    talk_s = float(session.scalar(select(func.avg(recent.c.talk_s))) or USUAL_TALK_S)
    wrap_up_s = session.scalar(select(Team.wrap_up_s).where(Team.id == waiter.team_id)) or 0
    working = max(1, agents.at_work(session, waiter.team_id))
    return -(-int(at_place * (talk_s + wrap_up_s) / working) // 60)


def is_in_vain(session: Session, waiter: Waiter, at: datetime) -> bool:
    """Whether they have waited for as long as the flow lets anybody, or everybody of the team has gone home."""
    if waiter.state != "waiting":
        return False
    return waiter.leaves_at <= at or not agents.here(session, waiter.team_id)


def choose(session: Session, waiter: Waiter, choice: str) -> None:
    """The caller leaves the queue for *choice*: callback or overflow."""
    waiter.choice = waiter.choice or choice


def ended(session: Session, waiter_id: int, outcome: str, wait_s: int | None, at: datetime) -> bool:
    """The wait is over without a conversation; whether it was not over already."""
    told: dict[str, object] = {} if wait_s is None else {"wait_s": wait_s}
    return bool(
        move_all(session, Waiter, Waiter.id == waiter_id, "ended", outcome=outcome, ended_at=at, **told)
    )
