"""
Agents: who they are, what they can, and what they are doing. Every change of state leaves a span behind, for occupancy.

An agent in a call asks for a break or to go home, and gets it once the call is over.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from core import audit, clock
from core.errors import Conflict, Invalid, NotFound
from core.models import Staff, Tenant
from core.phone import E164
from core.sentences import Sentence
from core.states import move_all
from ivr.queue.models import Agent, AgentSpan, AgentTeam, StandBy, Team

BUSY = ("offered", "on_call", "wrap_up")
WISHES = ("available", "break", "away")
"""What an agent may ask for."""
MAX_SKILLS = 20
SAID = {
    "away": Sentence("away"),
    "available": Sentence("available"),
    "offered": Sentence("being rung"),
    "standby": Sentence("standing by"),
    "on_call": Sentence("in a call"),
    "wrap_up": Sentence("writing up a call"),
    "break": Sentence("on a break"),
}


def enrol(
    session: Session,
    tenant: Tenant,
    email: str,
    phone: str,
    skills: Sequence[str],
    teams: Sequence[str],
    who: str,
) -> Agent:
    """Make a member of staff an agent of *teams*, or change what is known of one. Raises Invalid or NotFound saying what to enter."""
    staff = session.scalar(select(Staff).where(Staff.email == email, Staff.is_active))
    if staff is None:
        raise NotFound("no_staff", "nobody who works here signs in as {email}", email=email)
    if not E164.fullmatch(phone):
        raise Invalid("bad_phone", "enter the agent's telephone as +14155550123, not {given}", given=phone)
    if len(skills) > MAX_SKILLS:
        raise Invalid("too_many_skills", "an agent has {most} skills at most", most=MAX_SKILLS)
    answering = [team_named(session, tenant.id, name) for name in teams]
    if not answering:
        raise Invalid("no_team", "name the team the agent answers for")
    agent = session.scalar(select(Agent).where(Agent.staff_id == staff.id))
    if agent is None:
        agent = Agent(tenant_id=tenant.id, staff_id=staff.id, phone=phone, since=clock.now())
        session.add(agent)
    agent.phone, agent.skills = phone, sorted(set(skills))
    session.flush()
    session.execute(delete(AgentTeam).where(AgentTeam.agent_id == agent.id))
    session.add_all(AgentTeam(tenant_id=tenant.id, agent_id=agent.id, team_id=team.id) for team in answering)
    audit.record(session, tenant.id, who, "agent_enrolled", f"agent:{agent.id}", teams=list(teams))
    return agent


def team_named(session: Session, tenant_id: int, name: str) -> Team:
    """The team of that name. Raises NotFound."""
    found = session.scalar(select(Team).where(Team.tenant_id == tenant_id, Team.name == name))
    if found is None:
        raise NotFound("no_team", "there is no team called {name}", name=name)
    return found


def of_staff(session: Session, staff_id: int) -> Agent | None:
    """What this member of staff is as an agent; None if they are none."""
    return session.scalar(select(Agent).where(Agent.staff_id == staff_id))


def get(session: Session, agent_id: int) -> Agent:
    """An agent of the session's tenant. Raises NotFound."""
    found = session.scalar(select(Agent).where(Agent.id == agent_id))
    if found is None:
        raise NotFound("no_agent", "there is no such agent")
    return found


def asks(session: Session, agent: Agent, to: str) -> Agent:
    """
    The agent wants to be *to*: available, break or away. At once, or after the call they are in. Raises Invalid or Conflict.
    """
    if to not in WISHES:
        raise Invalid("bad_state", "choose available, break or away")
    now = clock.now()
    if agent.state == to:
        return agent
    if agent.state in ("offered", "on_call"):
        agent.wishes = "" if to == "available" else to
        return agent
    if not put(session, [agent.id], to, now):
        session.refresh(agent)
        raise Conflict(
            "bad_transition", "the agent is {state} and cannot be {to} now",
            state=SAID[agent.state], to=SAID[to],
        )  # fmt: skip
    session.refresh(agent)
    return agent


def put(session: Session, ids: Collection[int], to: str, at: datetime, until: datetime | None = None) -> int:
    """Move agents to a state if they may go there; how many did. The time they spent in the last one is kept."""
    count = 0
    for agent_id in ids:
        if not move_all(session, Agent, Agent.id == agent_id, to, since=at, until=until):
            continue
        count += 1
        tenant_id = session.execute(
            update(AgentSpan)
            .where(AgentSpan.agent_id == agent_id, AgentSpan.ended_at.is_(None))
            .values(ended_at=at)
            .returning(AgentSpan.tenant_id)
        ).scalar() or session.scalar(select(Agent.tenant_id).where(Agent.id == agent_id))
        if to != "away":
            session.add(AgentSpan(tenant_id=tenant_id, agent_id=agent_id, state=to, began_at=at))
            session.flush()
    return count


def after_call(session: Session, agent_id: int, wrap_up_s: int, at: datetime) -> None:
    """The conversation is over: time to write it up, then whatever the agent asked for."""
    if wrap_up_s and put(session, [agent_id], "wrap_up", at, at + timedelta(seconds=wrap_up_s)):
        return
    free(session, agent_id, at)


def free(session: Session, agent_id: int, at: datetime) -> None:
    """Nothing is to be done by the agent any more: available or standing by, or what they asked for meanwhile."""
    wish = session.scalar(select(Agent.wishes).where(Agent.id == agent_id))
    usual = "standby" if session.scalar(_stands_by(agent_id)) else "available"
    put(session, [agent_id], wish or usual, at)
    session.execute(update(Agent).where(Agent.id == agent_id).values(wishes=""))


def _stands_by(agent_id: int) -> Select[int]:
    return select(StandBy.id).where(StandBy.agent_id == agent_id, StandBy.state != "over")


def end_wrap_ups(session: Session, at: datetime) -> int:
    """Free whoever has had their time to write up."""
    done = session.scalars(select(Agent.id).where(Agent.state == "wrap_up", Agent.until <= at)).all()
    for agent_id in done:
        free(session, agent_id, at)
    return len(done)


def at_work(session: Session, team_id: int) -> int:
    """How many agents of a team take calls, whatever they are doing now."""
    return _count(session, team_id, ("away", "break"))


def here(session: Session, team_id: int) -> int:
    """How many agents of a team have not gone home."""
    return _count(session, team_id, ("away",))


def _count(session: Session, team_id: int, not_counted: tuple[str, ...]) -> int:
    count = (
        select(func.count())
        .select_from(AgentTeam)
        .join(Agent, Agent.id == AgentTeam.agent_id)
        .where(AgentTeam.team_id == team_id, Agent.state.not_in(not_counted))
    )
    return session.scalar(count) or 0
