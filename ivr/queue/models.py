"""Teams, their agents, who stands by, who waits for them, what was offered to whom, and how long agents did what."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, TenantScoped

VARIANTS = ("ignored", "negative", "positive")
"""What callers who hung up are to a service level: left out, answered too late, or answered in time."""


class Team(Base, TenantScoped):
    """
    Agents who answer for one thing. *target* percent of the callers are to be answered within *within_s* seconds.

    *short_s*: who hangs up sooner was not abandoned. *ring_s*: how long an agent's telephone rings. Callbacks are made from
    *callback_from* until *callback_until* (minutes of the tenant's day) and given up after *callback_hours*.
    """

    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: Mapped[str] = mapped_column(String(60))
    target: Mapped[int] = mapped_column(default=80)
    within_s: Mapped[int] = mapped_column(default=20)
    short_s: Mapped[int] = mapped_column(default=5)
    variant: Mapped[str] = mapped_column(String(8), default="ignored")
    wrap_up_s: Mapped[int] = mapped_column(default=30)
    ring_s: Mapped[int] = mapped_column(default=20)
    callback_from: Mapped[int] = mapped_column(default=9 * 60)
    callback_until: Mapped[int] = mapped_column(default=20 * 60)
    callback_hours: Mapped[int] = mapped_column(default=24)


class Agent(Base, TenantScoped):
    """
    A member of staff who takes calls on the telephone *phone* (E.164), any telephone. *wishes*: the state they asked for while
    they were busy, which follows. *since*: when the present state began; *until*: when a wrap-up is over.
    """

    __tablename__ = "agent"
    __table_args__ = (Index("ix_agent_state", "tenant_id", "state"),)

    STATES: ClassVar = {
        "away": ("available", "standby"),
        "available": ("offered", "standby", "break", "away"),
        "offered": ("available", "on_call", "break", "away"),
        "standby": ("available", "on_call", "break", "away"),
        "on_call": ("available", "standby", "wrap_up", "break", "away"),
        "wrap_up": ("available", "standby", "break", "away"),
        "break": ("available", "standby", "away"),
    }

    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"), unique=True)
    phone: Mapped[str] = mapped_column(String(16))
    skills: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(10), default="away")
    wishes: Mapped[str] = mapped_column(String(10), default="")
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class AgentTeam(Base, TenantScoped):
    """An agent answers for a team."""

    __tablename__ = "agent_team"
    __table_args__ = (UniqueConstraint("agent_id", "team_id"),)

    agent_id: Mapped[int] = mapped_column(BigId, ForeignKey("agent.id", ondelete="CASCADE"))
    team_id: Mapped[int] = mapped_column(BigId, ForeignKey("team.id"), index=True)


class AgentSpan(Base, TenantScoped):
    """How long an agent was in one state: occupancy is counted from these. Open while *ended_at* is None."""

    __tablename__ = "agent_span"
    __table_args__ = (Index("ix_agent_span_began", "tenant_id", "began_at"),)

    agent_id: Mapped[int] = mapped_column(BigId, ForeignKey("agent.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


OPEN_STAND_BY = text("(state <> 'over')")


class StandBy(Base, TenantScoped):
    """
    An agent who stays on the line for people of our own calls who ask for a person of one team: rung once, then in one *room*
    after another, numbered from 1, where whoever is brought to them comes in. *call_id* is the agent's leg, *token* is in the
    addresses the carrier asks.
    """

    __tablename__ = "stand_by"
    __table_args__ = (
        Index(
            "uq_stand_by_agent",
            "agent_id",
            unique=True,
            sqlite_where=OPEN_STAND_BY,
            postgresql_where=OPEN_STAND_BY,
        ),
        Index("ix_stand_by_team", "team_id", "state"),
    )

    STATES: ClassVar = {
        "asked": ("ringing", "over"),
        "ringing": ("ready", "over"),
        "ready": ("over",),
        "over": (),
    }

    agent_id: Mapped[int] = mapped_column(BigId, ForeignKey("agent.id", ondelete="CASCADE"))
    team_id: Mapped[int] = mapped_column(BigId, ForeignKey("team.id"))
    token: Mapped[str] = mapped_column(String(40), unique=True)
    call_id: Mapped[str] = mapped_column(String(64), default="")
    state: Mapped[str] = mapped_column(String(8), default="asked")
    room: Mapped[int] = mapped_column(default=1)
    asked_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Waiter(Base, TenantScoped):
    """
    Somebody who waits for an agent: on the line, for a callback, or in a call of ours that is brought to one at once (*kind*
    call, callback, transfer). *placed_at* is the first entry, which a callback keeps.

    *key* tells one entry from every other, also when it is asked for again. *queue_id* and *call_id* are the carrier's,
    *token* is the call's own, for when it goes on. *outcome*: answered, abandoned, overflow, callback, failed, expired,
    given_up. *wait_s* and *talk_s* are by the carrier's clock where it told.
    """

    __tablename__ = "waiter"
    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        Index("ix_waiter_place", "tenant_id", "team_id", "state", "priority", "placed_at"),
        Index("ix_waiter_call", "call_id"),
        Index("ix_waiter_entered", "tenant_id", "entered_at"),
        Index(
            "uq_waiter_open_callback",
            "tenant_id",
            "address",
            unique=True,
            sqlite_where=text("kind = 'callback' AND state <> 'ended'"),
            postgresql_where=text("kind = 'callback' AND state <> 'ended'"),
        ),
    )

    STATES: ClassVar = {
        "arriving": ("waiting", "ended"),
        "waiting": ("assigned", "ended"),
        "assigned": ("talking", "waiting", "ended"),
        "talking": ("ended",),
        "ended": (),
    }

    team_id: Mapped[int] = mapped_column(BigId, ForeignKey("team.id"))
    kind: Mapped[str] = mapped_column(String(8), default="call")
    key: Mapped[str] = mapped_column(String(120))
    call_id: Mapped[str] = mapped_column(String(64), default="")
    queue_id: Mapped[str] = mapped_column(String(64), default="")
    token: Mapped[str] = mapped_column(String(1500), default="")
    address: Mapped[str] = mapped_column(String(32))
    called: Mapped[str] = mapped_column(String(32))
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customer.id", ondelete="SET NULL"))
    language: Mapped[str] = mapped_column(String(8), default="")
    priority: Mapped[int] = mapped_column(default=5)
    skills: Mapped[list[Any]] = mapped_column(default=list)
    own_agent_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("agent.id", ondelete="SET NULL"))
    own_until: Mapped[datetime | None]
    placed_at: Mapped[datetime]
    entered_at: Mapped[datetime]
    leaves_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(10), default="arriving")
    choice: Mapped[str] = mapped_column(String(10), default="")
    outcome: Mapped[str] = mapped_column(String(10), default="")
    agent_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("agent.id", ondelete="SET NULL"))
    tries: Mapped[int] = mapped_column(default=0)
    wait_s: Mapped[int | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    talk_s: Mapped[int] = mapped_column(default=0)


OPEN = text("state IN ('ringing', 'accepted')")


class Offer(Base, TenantScoped):
    """
    A waiter offered to an agent, whose telephone rings until *deadline_at*. One open offer an agent, one a waiter. *token* is in
    the addresses the carrier asks; *call_id* is the agent's leg. *room* is where the agent stands by already, "" if the two have
    one of their own.
    """

    __tablename__ = "offer"
    __table_args__ = (
        Index("uq_offer_agent", "agent_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("uq_offer_waiter", "waiter_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_offer_state", "tenant_id", "state", "deadline_at"),
        Index("ix_offer_room", "room"),
    )

    STATES: ClassVar = {
        "ringing": ("accepted", "declined", "missed", "lost", "failed"),
        "accepted": ("over",),
        "declined": (),
        "missed": (),
        "lost": (),
        "failed": (),
        "over": (),
    }

    waiter_id: Mapped[int] = mapped_column(BigId, ForeignKey("waiter.id", ondelete="CASCADE"))
    agent_id: Mapped[int] = mapped_column(BigId, ForeignKey("agent.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(String(40), unique=True)
    call_id: Mapped[str] = mapped_column(String(64), default="")
    room: Mapped[str] = mapped_column(String(64), default="", server_default="")
    state: Mapped[str] = mapped_column(String(10), default="ringing")
    made_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class QueueFigure(Base, TenantScoped):
    """One figure of one team and day as it was counted: *numerator* of *denominator* (domain.md C1)."""

    __tablename__ = "queue_figure"
    __table_args__ = (UniqueConstraint("team_id", "day", "name"),)

    team_id: Mapped[int] = mapped_column(BigId, ForeignKey("team.id"))
    day: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(20))
    numerator: Mapped[int]
    denominator: Mapped[int]
