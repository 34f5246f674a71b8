"""
Standing by: an agent is rung once and stays on the line, so that whoever asks for a person in a call of ours is with one at
once. After each talk comes the time to write up, then the next; hanging up ends it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, select, update
from sqlalchemy.orm import Session

from core.errors import Conflict, Invalid
from core.states import move_all
from ivr.queue import agents
from ivr.queue.models import Agent, AgentTeam, Offer, StandBy, Team
from ivr.queue.offering import WHISPER_S

ON_THE_LINE = ("standby", "on_call", "wrap_up")
"""What an agent does whose leg is to stay."""
BUSY = ("offered", "on_call", "wrap_up")


@dataclass(frozen=True)
class Standing:
    """An agent who stands by, for which team."""

    stand_by: StandBy
    agent: Agent
    team: Team

    @property
    def room(self) -> str:
        """Where the agent waits now."""
        return room_of(self.stand_by.id, self.stand_by.room)

    @property
    def about(self) -> str:
        """Names the room in the addresses the carrier asks."""
        return f"{self.stand_by.token}/{self.stand_by.room}"


def room_of(stand_by_id: int, number: int) -> str:
    """The name of an agent's *number*-th room."""
    return f"carillon-standby-{stand_by_id}-{number}"


def by_token(session: Session, token: str) -> Standing | None:
    """The standing by with this token."""
    row = session.execute(_standing().where(StandBy.token == token)).first()
    return Standing(*row) if row else None


def in_room(session: Session, room: str) -> Standing | None:
    """Who stands by in this room now."""
    id_ = room.split("-")[2]
    row = session.execute(_standing().where(StandBy.id == int(id_))).first()
    found = Standing(*row) if row else None
    return found if found and found.room == room else None


def _standing() -> Select[StandBy, Agent, Team]:
    return (
        select(StandBy, Agent, Team)
        .join(Agent, Agent.id == StandBy.agent_id)
        .join(Team, Team.id == StandBy.team_id)
    )


def ask(session: Session, agent: Agent, team_name: str, now: datetime) -> None:
    """
    The agent wants to stand by for a team: their telephone is rung soon.

    Raises NotFound for an unknown team, Invalid for one that is not theirs, and Conflict while they are busy.
    """
    team = agents.team_named(session, agent.tenant_id, team_name)
    mine = select(AgentTeam.id).where(AgentTeam.agent_id == agent.id, AgentTeam.team_id == team.id)
    if session.scalar(mine) is None:
        raise Invalid("not_in_team", "you answer for other teams, not for {name}", name=team_name)
    open_ = select(StandBy.team_id).where(StandBy.agent_id == agent.id, StandBy.state != "over")
    if session.scalar(open_) == team.id and agent.state in ON_THE_LINE:
        return
    if session.scalar(open_) is not None or not agents.put(session, [agent.id], "standby", now):
        raise Conflict("busy", "you are still on the line; stand by once that is over")
    session.refresh(agent)
    session.add(
        StandBy(
            tenant_id=agent.tenant_id,
            agent_id=agent.id,
            team_id=team.id,
            token=secrets.token_urlsafe(18),
            asked_at=now,
            deadline_at=now + timedelta(seconds=team.ring_s + WHISPER_S),
        )
    )
    session.flush()


def to_ring(session: Session) -> list[str]:
    """Those who asked to stand by and are to be rung now, by whoever is told of them here: their tokens."""
    asked = session.execute(select(StandBy.id, StandBy.token).where(StandBy.state == "asked")).all()
    return [token for id_, token in asked if move_all(session, StandBy, StandBy.id == id_, "ringing")]


def ready(session: Session, found: Standing) -> bool:
    """The agent has said that it is them: they stand by from now on; whether they still may."""
    if found.stand_by.state == "ready":  # said twice
        return True
    return found.agent.state == "standby" and bool(
        move_all(session, StandBy, StandBy.id == found.stand_by.id, "ready")
    )


def over(session: Session, found: Standing, at: datetime) -> bool:
    """
    The agent is on the line no more; whether that is news. Who was waiting is on a break: nobody is to be brought to an empty
    chair.
    """
    if not move_all(session, StandBy, StandBy.id == found.stand_by.id, "over", ended_at=at):
        return False
    if session.scalar(select(Agent.state).where(Agent.id == found.agent.id)) == "standby":
        agents.put(session, [found.agent.id], "break", at)
    return True


def next_room(session: Session, found: Standing, number: int) -> Standing | None:
    """The agent is out of room *number* and comes into the next; None if they stand by no more."""
    on = (StandBy.id == found.stand_by.id) & (StandBy.room == number) & (StandBy.state == "ready")
    session.execute(update(StandBy).where(on).values(room=number + 1))
    fresh = by_token(session, found.stand_by.token)
    if fresh is None or fresh.stand_by.state != "ready" or fresh.agent.state not in ON_THE_LINE:
        return None
    session.refresh(fresh.stand_by)
    return fresh


def take(session: Session, team_id: int, skills: Collection[str], at: datetime) -> Standing | None:
    """
    Of the agents who stand by for a team and have *skills*, the one who has waited longest, who is in a call from now on; None if
    there is none.
    """
    waiting = _standing().where(
        StandBy.team_id == team_id, StandBy.state == "ready", Agent.state == "standby"
    )
    for row in session.execute(waiting.order_by(Agent.since, Agent.id)).all():
        found = Standing(*row)
        is_used = select(exists().where(Offer.room == found.room))
        fits = set(skills) <= set(found.agent.skills) and not session.scalar(is_used)
        if fits and agents.put(session, [found.agent.id], "on_call", at):
            return found
    return None


def count(session: Session, team_id: int) -> int:
    """How many stand by for a team with nobody to talk to."""
    waiting = _standing().where(
        StandBy.team_id == team_id, StandBy.state == "ready", Agent.state == "standby"
    )
    return len(session.execute(waiting).all())


def done(session: Session) -> list[Standing]:
    """Those whose leg is still there although they have asked for something else, or did not answer in time."""
    rows = session.execute(
        _standing().where(StandBy.state.in_(("ringing", "ready")), Agent.state.not_in(ON_THE_LINE))
    )
    return [Standing(*row) for row in rows]


def late(session: Session, now: datetime) -> list[Standing]:
    """Those who were rung and did not say in time that they are there."""
    rows = session.execute(
        _standing().where(StandBy.state.in_(("asked", "ringing")), StandBy.deadline_at <= now)
    )
    return [Standing(*row) for row in rows]


def on_the_line(session: Session, before: datetime) -> list[Standing]:
    """Those who have stood by since *before*."""
    rows = session.execute(_standing().where(StandBy.state == "ready", StandBy.asked_at < before))
    return [Standing(*row) for row in rows]
