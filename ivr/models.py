"""Hotline numbers, calls with every step in them, and messages callers left."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, TenantScoped


class HotlineNumber(Base, TenantScoped):
    """
    A number callers ring, and the flow that answers it.

    *variables* is what its flow is told besides `company` (the tenant's name) and `agent_number` (*forward_to*).
    """

    __tablename__ = "hotline_number"

    address: Mapped[str] = mapped_column(String(16), unique=True)
    flow: Mapped[str] = mapped_column(String(60))
    forward_to: Mapped[str] = mapped_column(String(16), default="")
    variables: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Call(Base, TenantScoped):
    """One telephone call that a flow answered, in or out. *reason* is the engine's word for how it ended."""

    __tablename__ = "call"
    __table_args__ = (
        Index("ix_call_started", "tenant_id", "started_at"),
        Index("ix_call_delivery", "delivery_id"),
    )

    STATES: ClassVar = {"live": ("ended",), "ended": ()}

    carrier_id: Mapped[str] = mapped_column(String(64), unique=True)
    direction: Mapped[str] = mapped_column(String(3))
    caller: Mapped[str] = mapped_column(String(32))
    called: Mapped[str] = mapped_column(String(32))
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customer.id", ondelete="SET NULL"))
    delivery_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("delivery.id"))
    flow: Mapped[str] = mapped_column(String(16))
    flow_name: Mapped[str] = mapped_column(String(60), default="")
    language: Mapped[str] = mapped_column(String(8), default="")
    state: Mapped[str] = mapped_column(String(8), default="live")
    reason: Mapped[str] = mapped_column(String(40), default="")
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    duration_s: Mapped[int] = mapped_column(default=0)


class CallStep(Base, TenantScoped):
    """What one node did in one turn of a call: said, asked, or caused (*effect*). Digits of secret nodes are masked."""

    __tablename__ = "call_step"
    __table_args__ = (UniqueConstraint("carrier_id", "turn", "position"),)

    carrier_id: Mapped[str] = mapped_column(String(64))
    turn: Mapped[int]
    position: Mapped[int]
    node: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(20))
    heard: Mapped[str] = mapped_column(String(40), default="")
    said: Mapped[str] = mapped_column(String(2000), default="")
    effect: Mapped[str] = mapped_column(String(400), default="")
    at: Mapped[datetime]


class Voicemail(Base, TenantScoped):
    """A message a caller left. Somebody owns it until it is done."""

    __tablename__ = "voicemail"

    STATES: ClassVar = {"new": ("done",), "done": ()}

    call_id: Mapped[str] = mapped_column(String(64), index=True)
    recording_id: Mapped[str] = mapped_column(String(64), unique=True)
    recording_url: Mapped[str] = mapped_column(String(400))
    caller: Mapped[str] = mapped_column(String(32))
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customer.id", ondelete="SET NULL"))
    topic: Mapped[str] = mapped_column(String(60), default="")
    duration_s: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(8), default="new")
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    due_at: Mapped[datetime]
    # nobody answered it in time, so it lies before a supervisor
    escalated_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(400), default="")
    # of somebody who was erased, or older than records are kept: the recording goes at once
    is_unwanted: Mapped[bool] = mapped_column(default=False, server_default=false())
    audio_deleted_at: Mapped[datetime | None]
    at: Mapped[datetime]


class Announcement(Base, TenantScoped):
    """What every caller hears first, from *starts_at* until *ends_at* (UTC). *texts* by language."""

    __tablename__ = "announcement"
    __table_args__ = (Index("ix_announcement_ends", "tenant_id", "ends_at"),)

    texts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class BlockedCaller(Base, TenantScoped):
    """A number (E.164) whose calls are turned away unanswered, and why."""

    __tablename__ = "blocked_caller"
    __table_args__ = (UniqueConstraint("tenant_id", "address"),)

    address: Mapped[str] = mapped_column(String(16))
    why: Mapped[str] = mapped_column(String(200))
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
