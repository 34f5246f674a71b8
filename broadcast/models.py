"""
A campaign, its waves (one channel step each) and its recipients (a customer in it).

    campaign 1—n wave —1 outbound source 1—n delivery
    campaign 1—n recipient
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, TenantScoped


class Campaign(Base, TenantScoped):
    """
    One broadcast. *definition* is the document it was made from, as it was read.

    `preparing` writes recipients and deliveries in chunks that may be interrupted; customers up to id *prepared_to* stand.
    """

    __tablename__ = "campaign"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    STATES: ClassVar = {
        "draft": ("preparing", "cancelled"),
        "preparing": ("running", "cancelled"),
        "running": ("paused", "finished", "cancelled"),
        "paused": ("running", "finished", "cancelled"),
        "finished": (),
        "cancelled": (),
    }

    name: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    reason: Mapped[str] = mapped_column(String(120), default="")
    definition: Mapped[dict[str, Any]] = mapped_column(default=dict)
    prepared_to: Mapped[int] = mapped_column(BigId, default=0)
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    launched_by: Mapped[str] = mapped_column(String(200), default="")
    launched_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Wave(Base, TenantScoped):
    """One channel step of a campaign; its deliveries hang on *source_id*."""

    __tablename__ = "wave"
    __table_args__ = (UniqueConstraint("campaign_id", "position"),)

    campaign_id: Mapped[int] = mapped_column(BigId, ForeignKey("campaign.id"))
    position: Mapped[int]
    channel: Mapped[str] = mapped_column(String(8))
    source_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("source.id"))


class Recipient(Base, TenantScoped):
    """A customer in a campaign. Final states say how it ended; *reason* is the rule or cause."""

    __tablename__ = "recipient"
    __table_args__ = (
        UniqueConstraint("campaign_id", "customer_id"),
        Index("ix_recipient_progress", "campaign_id", "state", "reason"),
    )

    STATES: ClassVar = {
        "open": ("reached", "failed", "blocked", "unknown"),
        "unknown": ("reached", "failed"),
        "failed": ("reached",),
        "reached": (),
        "blocked": (),
    }

    campaign_id: Mapped[int] = mapped_column(BigId, ForeignKey("campaign.id"))
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customer.id"))
    state: Mapped[str] = mapped_column(String(10), default="open")
    reason: Mapped[str] = mapped_column(String(40), default="")
    ended_at: Mapped[datetime | None]
