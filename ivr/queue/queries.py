"""The queues as they are now: for the console, the command line and the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.models import Staff, Tenant
from customers.models import Customer
from ivr.queue import metrics, stand_bys
from ivr.queue.metrics import Figure
from ivr.queue.models import Agent, AgentTeam, Team, Waiter

SHOWN = 100
LIVE = ("waiting", "assigned", "talking")


@dataclass(frozen=True)
class AgentRow:
    """An agent as a supervisor sees them."""

    agent: Agent
    name: str
    teams: tuple[str, ...]
    for_s: int


@dataclass(frozen=True)
class WaiterRow:
    """Who waits, for whom, and their name if the file has them."""

    waiter: Waiter
    team: str
    customer_name: str


@dataclass(frozen=True)
class Desk:
    """An agent's own work: the *teams* they answer for; *waiter* is who they talk to."""

    agent: Agent
    teams: Sequence[str] = ()
    waiter: Waiter | None = None
    team: str = ""
    customer_name: str | None = None


@dataclass(frozen=True)
class TeamRow:
    """
    A team, who waits for it, and how today has gone. *needed* is how many agents the last half hour took, *standing_by* how many
    wait on the line for people we call.
    """

    team: Team
    waiting: int
    callbacks: int
    longest_s: int
    at_work: int
    free: int
    needed: int
    standing_by: int
    figures: Mapping[str, Figure]


def teams(session: Session, tenant: Tenant) -> Sequence[TeamRow]:
    """Every team, by name."""
    now = clock.now()
    _, begins, _ = metrics.day_of(tenant, now)
    counts = {
        (team_id, kind): (count, oldest)
        for team_id, kind, count, oldest in session.execute(
            select(Waiter.team_id, Waiter.kind, func.count(), func.min(Waiter.entered_at))
            .where(Waiter.state == "waiting")
            .group_by(Waiter.team_id, Waiter.kind)
        )
    }
    states: dict[int, list[str]] = {}
    for team_id, state in session.execute(
        select(AgentTeam.team_id, Agent.state).join(Agent, Agent.id == AgentTeam.agent_id)
    ):
        states.setdefault(team_id, []).append(state)
    found = []
    for team in session.scalars(select(Team).where(Team.tenant_id == tenant.id).order_by(Team.name)):
        count, oldest = counts.get((team.id, "call"), (0, None))
        here = states.get(team.id, [])
        found.append(
            TeamRow(
                team,
                count,
                counts.get((team.id, "callback"), (0, None))[0],
                _since(oldest, now),
                sum(state not in ("away", "break") for state in here),
                here.count("available"),
                metrics.agents_needed(session, team, now),
                stand_bys.count(session, team.id),
                metrics.of_team(session, team, begins, now),
            )
        )
    return found


def _since(at: datetime | None, now: datetime) -> int:
    return max(0, int((now - at).total_seconds())) if at else 0


def waiters(session: Session, tenant: Tenant, team: str = "", kind: str = "") -> Sequence[WaiterRow]:
    """Who waits or talks, in the order of the queue; only for a *team*, or of one *kind*, where that is given."""
    narrowed = [Team.name == team] * bool(team) + [Waiter.kind == kind] * bool(kind)
    rows = session.execute(
        select(Waiter, Team.name, Customer.name)
        .join(Team, Team.id == Waiter.team_id)
        .outerjoin(Customer, Customer.id == Waiter.customer_id)
        .where(Waiter.tenant_id == tenant.id, Waiter.state.in_(LIVE), *narrowed)
        .order_by(Waiter.priority, Waiter.placed_at, Waiter.id)
        .limit(SHOWN)
    )
    return [WaiterRow(waiter, team, name or "") for waiter, team, name in rows]


def desk(session: Session, staff_id: int) -> Desk | None:
    """What a member of staff sees of their own work as an agent; None if they are none."""
    agent = session.scalar(select(Agent).where(Agent.staff_id == staff_id))
    if agent is None:
        return None
    row = session.execute(
        select(Waiter, Team.name, Customer.name)
        .join(Team, Team.id == Waiter.team_id)
        .outerjoin(Customer, Customer.id == Waiter.customer_id)
        .where(Waiter.agent_id == agent.id, Waiter.state.in_(("assigned", "talking")))
        .order_by(Waiter.id.desc())
    ).first()
    answers = (
        select(Team.name).join(AgentTeam, AgentTeam.team_id == Team.id).where(AgentTeam.agent_id == agent.id)
    )
    names = session.scalars(answers.order_by(Team.name)).all()
    return Desk(agent, names, *row) if row else Desk(agent, names)


def agents(session: Session, tenant: Tenant) -> Sequence[AgentRow]:
    """Every agent, by name."""
    now = clock.now()
    answers: dict[int, list[str]] = {}
    for agent_id, name in session.execute(
        select(AgentTeam.agent_id, Team.name).join(Team, Team.id == AgentTeam.team_id).order_by(Team.name)
    ):
        answers.setdefault(agent_id, []).append(name)
    rows = session.execute(
        select(Agent, Staff.name)
        .join(Staff, Staff.id == Agent.staff_id)
        .where(Agent.tenant_id == tenant.id)
        .order_by(Staff.name)
    )
    return [
        AgentRow(agent, name, tuple(answers.get(agent.id, ())), _since(agent.since, now))
        for agent, name in rows
    ]
