"""
Offers: a waiter put before an agent, until the agent takes the call, will not, or does not answer in time.

Whoever presses 1 first has the waiter: `waiting` becomes `assigned` by compare-and-set. Everything here is said twice without
harm: carriers repeat themselves, and the reconciliation says it again.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from aftersales import calls
from core.models import Tenant
from core.states import move_all
from ivr.queue import agents, history, waiting
from ivr.queue.assignment import Caller, Free, Pair, pairs
from ivr.queue.models import Agent, AgentTeam, Offer, StandBy, Team, Waiter

WHISPER_S = 25
"""How long an agent who has answered may think it over."""
LOOKED_AT = 200
OPEN = ("ringing", "accepted")
TEAM = "team:"
MAX_TRIES = 3
"""How often a customer who asked to be called back is rung."""
AGAIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Offered:
    """An offer with who waits, whom it was made to and for which team."""

    offer: Offer
    waiter: Waiter
    agent: Agent
    team: Team

    @property
    def room(self) -> str:
        """Where the two meet."""
        return self.offer.room or f"carillon-{self.waiter.id}-{self.offer.id}"


def by_token(session: Session, token: str) -> Offered | None:
    """The offer with this token."""
    row = session.execute(
        select(Offer, Waiter, Agent, Team)
        .join(Waiter, Waiter.id == Offer.waiter_id)
        .join(Agent, Agent.id == Offer.agent_id)
        .join(Team, Team.id == Waiter.team_id)
        .where(Offer.token == token)
    ).first()
    return Offered(*row) if row else None


def in_room(session: Session, room: str) -> Offered | None:
    """The offer whose waiter was brought to the agent who stands by in this room."""
    token = session.scalar(select(Offer.token).where(Offer.room == room, Offer.state.in_(OPEN)))
    return by_token(session, token) if token else None


def ringing_for(session: Session, waiter_id: int) -> Offered | None:
    """The offer of this waiter for which a telephone rings."""
    token = session.scalar(select(Offer.token).where(Offer.waiter_id == waiter_id, Offer.state == "ringing"))
    return by_token(session, token) if token else None


def make(session: Session, tenant: Tenant, now: datetime) -> list[str]:
    """Offer those who wait to agents who are free; the tokens of the offers, whose telephones are to be rung."""
    free = _free(session)
    if not free:
        return []
    callers = {waiter.id: (waiter, team) for waiter, team in _callers(session, tenant, now)}
    made = []
    for pair in pairs([_caller(waiter) for waiter, _ in callers.values()], free, now):
        _, team = callers[pair.caller]
        if agents.put(session, [pair.agent], "offered", now):
            made.append(_offer(session, tenant, pair, team, now))
    return made


def _free(session: Session) -> list[Free]:
    teams: dict[int, list[str]] = {}
    rows = session.execute(
        select(Agent, AgentTeam.team_id)
        .join(AgentTeam, AgentTeam.agent_id == Agent.id)
        .where(Agent.state == "available", ~_stands_by())
    ).all()
    for agent, team_id in rows:
        teams.setdefault(agent.id, []).append(f"{TEAM}{team_id}")
    known = {agent.id: agent for agent, _ in rows}
    return [Free(id_, agent.since, frozenset([*agent.skills, *teams[id_]])) for id_, agent in known.items()]


def _stands_by() -> ColumnElement[bool]:
    """Whose telephone is still in the call of standing by cannot be rung."""
    return exists().where(StandBy.agent_id == Agent.id, StandBy.state != "over")


def _callers(session: Session, tenant: Tenant, now: datetime) -> Sequence[tuple[Waiter, Team]]:
    """Who may be offered now, in the order of the queue; callbacks only in their hours."""
    taken = exists().where(Offer.waiter_id == Waiter.id, Offer.state.in_(OPEN))
    local = now.astimezone(ZoneInfo(tenant.zone))
    minute = local.hour * 60 + local.minute
    is_due = (Waiter.kind == "call") | (
        (Team.callback_from <= minute) & (Team.callback_until > minute) & (Waiter.leaves_at > now)
    )
    rows = session.execute(
        select(Waiter, Team)
        .join(Team, Team.id == Waiter.team_id)
        .where(Waiter.state == "waiting", Waiter.choice == "", ~taken, is_due)
        .where(Waiter.not_before.is_(None) | (Waiter.not_before <= now))
        .order_by(Waiter.priority, Waiter.placed_at, Waiter.id)
        .limit(LOOKED_AT)
    )
    return [(waiter, team) for waiter, team in rows]


def _caller(waiter: Waiter) -> Caller:
    wanted = frozenset([*waiter.skills, f"{TEAM}{waiter.team_id}"])
    return Caller(waiter.id, waiter.priority, waiter.placed_at, wanted, waiter.own_agent_id, waiter.own_until)


def _offer(session: Session, tenant: Tenant, pair: Pair, team: Team, now: datetime) -> str:
    offer = Offer(
        tenant_id=tenant.id,
        waiter_id=pair.caller,
        agent_id=pair.agent,
        token=secrets.token_urlsafe(18),
        made_at=now,
        deadline_at=now + timedelta(seconds=team.ring_s + WHISPER_S),
    )
    session.add(offer)
    session.flush()
    return offer.token


def accept(session: Session, found: Offered, at: datetime) -> bool:
    """The agent takes the call; whether it was still to be had. If not, the agent is free again."""
    offer, waiter = found.offer, found.waiter
    won = offer.state == "ringing" and move_all(
        session, Waiter, (Waiter.id == waiter.id) & (Waiter.choice == ""), "assigned", agent_id=found.agent.id
    )
    if won and move_all(session, Offer, Offer.id == offer.id, "accepted"):
        agents.put(session, [found.agent.id], "on_call", at)
        return True
    close(session, found, "lost", at)
    return False


def close(session: Session, found: Offered, how: str, at: datetime) -> bool:
    """
    An offer that came to nothing: declined, missed, lost or failed. Whoever did not answer is on a break, so that nobody else is
    kept waiting for them; the others are free.
    """
    if not move_all(session, Offer, Offer.id == found.offer.id, how, ended_at=at):
        return False
    if how == "missed":
        agents.put(session, [found.agent.id], "break", at)
    else:
        agents.free(session, found.agent.id, at)
    return True


def talking(session: Session, found: Offered, at: datetime) -> None:
    """Both are in the room, at *at* by the carrier's clock."""
    waiter = found.waiter
    move_all(session, Waiter, Waiter.id == waiter.id, "talking", answered_at=at)
    waited_s = max(0, round((at - waiter.entered_at).total_seconds()))
    still = (Waiter.id == waiter.id) & Waiter.wait_s.is_(None)
    session.execute(update(Waiter).where(still).values(wait_s=waited_s))


def finish(session: Session, found: Offered, at: datetime, back: bool = False) -> bool:
    """
    The conversation is over, or never came about although the agent had taken the call; whether this is news. *back*: who waits
    could not be reached and waits on.
    """
    offer, waiter = found.offer, found.waiter
    if not move_all(session, Offer, Offer.id == offer.id, "over", ended_at=at):
        return False
    session.refresh(waiter)
    if waiter.state == "talking":
        talk_s = max(0, round((at - (waiter.answered_at or at)).total_seconds()))
        move_all(
            session, Waiter, Waiter.id == waiter.id, "ended", outcome="answered", ended_at=at, talk_s=talk_s
        )
        if waiter.kind == "callback":
            history.rang(session, waiter, waiter.answered_at or at)
        agents.after_call(session, found.agent.id, found.team.wrap_up_s, at)
        _register(session, found)
        return True
    if back:
        move_all(session, Waiter, Waiter.id == waiter.id, "waiting", agent_id=None)
    elif waiter.kind == "callback":
        _again(session, waiter, at)
    else:
        waiting.ended(session, waiter.id, "abandoned", None, at)
    agents.free(session, found.agent.id, at)
    return True


def _register(session: Session, found: Offered) -> None:
    """The call is on record as the agent's, who is to note what was said (R-48)."""
    waiter = found.waiter
    if waiter.call_id:
        direction = "in" if waiter.kind == "call" else "out"
        began = waiter.answered_at if direction == "out" and waiter.answered_at else waiter.placed_at
        call = calls.Heard(
            waiter.tenant_id, waiter.call_id, direction, began, waiter.customer_id, waiter.address
        )
        calls.taken(session, call, found.agent.staff_id)


def _again(session: Session, waiter: Waiter, at: datetime) -> None:
    """The customer did not answer: rung again in a while, in the same place, or given up."""
    tries = waiter.tries + 1
    if tries >= MAX_TRIES:
        waiting.ended(session, waiter.id, "given_up", None, at)
    else:
        back = {"tries": tries, "not_before": at + AGAIN, "agent_id": None}
        move_all(session, Waiter, Waiter.id == waiter.id, "waiting", **back)
