"""
A campaign, its waves (one channel step each) and its recipients (a customer in it).

    campaign 1—n wave —1 outbound source 1—n delivery
    campaign 1—n recipient
    campaign 1—n rehearsal, approval, trial: what comes before its launch
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, SentenceText, TenantScoped

# states of a campaign that was launched and is not over; those in which its waves exist
UNDER_WAY = ("preparing", "running", "paused")
PREPARED = ("running", "paused")


class Campaign(Base, TenantScoped):
    """
    One broadcast. *definition* is the *document* it was made from, as it was read; the hashes say what was launched for whom.

    `preparing` writes recipients and deliveries in chunks that may be interrupted; customers up to id *prepared_to* stand.
    *targeted* is how many recipients it has. *let_go* is how many were abandoned when staff last let it go on all the same.
    """

    __tablename__ = "campaign"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    STATES: ClassVar = {
        "draft": ("waiting", "preparing", "cancelled"),
        "waiting": ("draft", "preparing", "cancelled"),
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
    targeted: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    launched_by: Mapped[str] = mapped_column(String(200), default="")
    launched_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    document: Mapped[str] = mapped_column(Text, default="")
    content_hash: Mapped[str] = mapped_column(String(64), default="")
    audience_hash: Mapped[str] = mapped_column(String(64), default="")
    let_go: Mapped[int] = mapped_column(default=0, server_default="0")


class Wave(Base, TenantScoped):
    """One channel step of a campaign; its deliveries hang on *source_id*. *targeted* people have come to it so far."""

    __tablename__ = "wave"
    __table_args__ = (UniqueConstraint("campaign_id", "position"),)

    campaign_id: Mapped[int] = mapped_column(BigId, ForeignKey("campaign.id"))
    position: Mapped[int]
    channel: Mapped[str] = mapped_column(String(8))
    source_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("source.id"))
    targeted: Mapped[int] = mapped_column(default=0)


class Recipient(Base, TenantScoped):
    """
    A customer in a campaign, in its wave *position* now or last. Final states say how it ended; *reason* is the rule or cause.

    While it is open, *cause* is why the last try failed and *reason* the rule that last refused, if any did: what it ends
    with when no wave is left.
    """

    __tablename__ = "recipient"
    __table_args__ = (
        UniqueConstraint("campaign_id", "customer_id"),
        # the tenant, which every query asks for, keeps counting inside the index
        Index("ix_recipient_progress", "campaign_id", "state", "position", "reason", "tenant_id"),
    )

    STATES: ClassVar = {
        "open": ("open", "reached", "failed", "blocked", "unknown"),
        "unknown": ("open", "reached", "failed", "blocked"),
        "failed": ("reached",),
        "reached": (),
        "blocked": ("reached",),
    }

    campaign_id: Mapped[int] = mapped_column(BigId, ForeignKey("campaign.id"))
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customer.id"))
    position: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(10), default="open")
    reason: Mapped[str] = mapped_column(String(40), default="")
    cause: Mapped[str] = mapped_column(String(40), default="")
    ended_at: Mapped[datetime | None]


class CampaignCount(Base, TenantScoped):
    """How the recipients of a large campaign stood *at* a real instant, so that pages need not count them; *took_ms* to count."""

    __tablename__ = "campaign_count"
    __table_args__ = (UniqueConstraint("campaign_id"),)

    campaign_id: Mapped[int] = mapped_column(BigId, ForeignKey("campaign.id"))
    at: Mapped[datetime]
    took_ms: Mapped[int]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Rehearsal(Base, TenantScoped):
    """
    A launch played through on a copy, far from any telephone. *result* is what broadcast/rehearsing.py found.

    *fingerprint* is what was rehearsed; *beat_at* (real) the last sign of life of whoever plays it.
    """

    __tablename__ = "rehearsal"
    __table_args__ = (Index("ix_rehearsal_campaign", "campaign_id"), Index("ix_rehearsal_state", "state"))

    STATES: ClassVar = {
        "waiting": ("running",),
        "running": ("done", "failed", "waiting"),
        "done": (),
        "failed": (),
    }

    campaign_id: Mapped[int] = mapped_column(BigId, ForeignKey("campaign.id"))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    percent: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str] = mapped_column(SentenceText(400), default="")
    asked_by: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    beat_at: Mapped[datetime | None]


class Approval(Base, TenantScoped):
    """
    Somebody asked to launch more than one person may alone; another gives it or sends it back with a *reason*.

    *fingerprint* is what was asked for: nothing else is launched by it. *override* is why a double was launched all the same.
    """

    __tablename__ = "approval"
    __table_args__ = (Index("ix_approval_campaign", "campaign_id"),)

    STATES: ClassVar = {"asked": ("given", "refused", "void"), "given": (), "refused": (), "void": ()}

    campaign_id: Mapped[int] = mapped_column(BigId, ForeignKey("campaign.id"))
    state: Mapped[str] = mapped_column(String(10), default="asked")
    fingerprint: Mapped[str] = mapped_column(String(64))
    override: Mapped[str] = mapped_column(String(400), default="")
    asked_by: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(400), default="")


class TrialNumber(Base, TenantScoped):
    """A number of a member of staff to which tests may go once the code sent there came back."""

    __tablename__ = "trial_number"
    __table_args__ = (UniqueConstraint("staff_id", "channel", "address"),)

    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    channel: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(16))
    code_hash: Mapped[str] = mapped_column(String(64), default="")
    code_until: Mapped[datetime | None]
    codes: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[datetime | None]


class Trial(Base, TenantScoped):
    """What one customer would get of a campaign, sent to a number of staff instead, through the source `test:ID`."""

    __tablename__ = "trial"
    __table_args__ = (Index("ix_trial_campaign", "campaign_id"), Index("ix_trial_staff", "staff_id", "at"))

    campaign_id: Mapped[int] = mapped_column(BigId, ForeignKey("campaign.id"))
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customer.id", ondelete="SET NULL"))
    position: Mapped[int]
    channel: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(16))
    source_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("source.id"))
    at: Mapped[datetime]
