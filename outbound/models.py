"""
What is to be brought to whom, every try at it, and what the carrier said of it.

    source 1—n delivery 1—n attempt 1—n receipt          sender 1—n attempt

A source is whoever wants deliveries made (`wave:12`, `callback:7`): it carries their content and can be paused or
stopped. Two partial unique indexes make it impossible to have two open attempts at one delivery or one address.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, String, TextClause, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, TenantScoped

PRIORITIES = {"transactional": 1, "service": 2, "marketing": 3}  # service goes before promotion
# how a source's name begins that brings tests to numbers of our own staff: they are about no customer
TRIAL = "test:"
# and one that answers people who texted us, or brings what they asked for on the telephone, whether or not they are in the file
REPLY, ASKED = "reply:", "reply:asked:"


class Source(Base, TenantScoped):
    """
    Whoever asks for deliveries. *content* is {"texts": {"en": {"text": "Hello {{ name }}"}}, "variables": {…}}, for voice
    {"texts": {"en": {"flow": hash}}}; *sender_id*: only that sender may bring it; *campaign* groups sources whose attempts count
    together, *ceiling* how many are open at once, as agents of *team* stand by where its calls bring people to one; *retries*
    overrides outbound/retry.py by cause, *hours* the policy's.
    """

    __tablename__ = "source"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        Index("ix_source_open", "channel", "state", "priority"),
        Index("ix_source_campaign", "tenant_id", "campaign"),
    )

    STATES: ClassVar = {
        "open": ("paused", "stopped", "done"),
        "paused": ("open", "stopped", "done"),
        "stopped": (),
        "done": (),
    }

    name: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(8))
    purpose: Mapped[str] = mapped_column(String(16))
    priority: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="open")
    reason: Mapped[str] = mapped_column(String(60), default="")
    campaign: Mapped[str] = mapped_column(String(40), default="")
    # no foreign key: senders come and go, and what was pinned to one that is gone is brought by nobody
    sender_id: Mapped[int | None] = mapped_column(BigId)
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    retries: Mapped[dict[str, Any]] = mapped_column(default=dict)
    hours: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ceiling: Mapped[int | None]
    team: Mapped[str] = mapped_column(String(60), default="", server_default="")
    # rules whose held deliveries are to be decided anew: the rows follow in a job
    asks_again: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]


def only(which: TextClause) -> Mapping[str, Any]:
    """Of an index: it holds the rows *which* chooses. A query is served by it that spells out the very same condition."""
    return {"sqlite_where": which, "postgresql_where": which}


CLAIMABLE = text("(state IN ('pending', 'held'))")
HELD = text("(state = 'held')")
OVER = "state NOT IN ('pending', 'held', 'active')"
# ends that whoever asked for the delivery, or the register of letters, has not heard of yet
NEWS = text(f"(told <> state AND {OVER})")
UNREGISTERED = text(f"(channel = 'fax' AND registered <> state AND {OVER})")


class Delivery(Base, TenantScoped):
    """
    One thing to be brought to one address.

    *units* are what one try is billed by: segments, pages, or 1 for a call.
    `held` waits for the hour its *reason* allows; *reason* and *value* are the contact policy's rule and figure, *cause* is why
    the last attempt failed. `reached`, `failed`, `blocked`, `expired` and `cancelled` are final, though a late word may prove that
    somebody was reached; `unknown` is final too, but a late receipt or a decision of staff may still settle it.
    *told* is the state whoever asked for it has heard of, *registered* (of a fax) the one the register of letters has.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("source_id", "address"),
        # the order of a claim, which then reads no more rows than it takes
        Index("ix_delivery_due", "source_id", "due_at", "id", **only(CLAIMABLE)),
        Index("ix_delivery_held", "source_id", "reason", "due_at", "tenant_id", **only(HELD)),
        Index("ix_delivery_expiry", "expires_at", **only(CLAIMABLE)),
        # the tenant, which every query asks for, keeps counting inside the index
        Index("ix_delivery_progress", "source_id", "state", "reason", "tenant_id"),
        Index("ix_delivery_customer", "customer_id"),
        Index("ix_delivery_news", "source_id", "id", **only(NEWS)),
        Index("ix_delivery_fax", "tenant_id", "id", **only(UNREGISTERED)),
    )

    STATES: ClassVar = {
        "pending": ("active", "held", "blocked", "expired", "cancelled", "unknown"),
        "held": ("active", "pending", "held", "blocked", "expired", "cancelled", "unknown"),
        "active": ("pending", "reached", "failed", "unknown", "cancelled"),
        "unknown": ("reached", "failed", "pending"),
        "reached": (),
        "failed": ("reached",),
        "blocked": ("reached",),
        "expired": ("reached",),
        "cancelled": ("reached",),
    }

    source_id: Mapped[int] = mapped_column(BigId, ForeignKey("source.id"))
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customer.id", ondelete="SET NULL"))
    channel: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(8))
    variables: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(10), default="pending")
    reason: Mapped[str] = mapped_column(String(40), default="")
    value: Mapped[str] = mapped_column(String(80), default="")
    cause: Mapped[str] = mapped_column(String(40), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    units: Mapped[int] = mapped_column(default=1)
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    told: Mapped[str] = mapped_column(String(10), default="")
    registered: Mapped[str] = mapped_column(String(10), default="", server_default="")


class Sender(Base, TenantScoped):
    """
    A number we send from. *rate_per_s* and *lines* are the carrier's limits (calls, segments or pages a second; calls at once);
    *next_at* is the real instant from which the next send is within the rate, *queued_until* the one at which the carrier's own
    queue for this number should have drained. Senders of one *brand* share its allowances. *closed* are countries its carrier does
    not let it reach (outbound/ways.py), *served_id* is the source whose turn was last.
    """

    __tablename__ = "sender"
    __table_args__ = (UniqueConstraint("channel", "address"),)

    STATES: ClassVar = {"open": ("stopped",), "stopped": ("open",)}

    channel: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(10), default="open")
    reason: Mapped[str] = mapped_column(String(80), default="")
    rate_per_s: Mapped[float]
    lines: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    queued_until: Mapped[datetime | None]
    brand: Mapped[str] = mapped_column(String(40), default="")
    closed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    served_id: Mapped[int | None] = mapped_column(BigId)


class SourceSender(Base, TenantScoped):
    """A number that a source may be brought from; one without any of these may be brought from all."""

    __tablename__ = "source_sender"
    __table_args__ = (UniqueConstraint("source_id", "sender_id"),)

    source_id: Mapped[int] = mapped_column(BigId, ForeignKey("source.id"))
    sender_id: Mapped[int] = mapped_column(BigId, ForeignKey("sender.id"))


OPEN = text(
    "(state IN ('claimed', 'submitting') OR (state = 'unknown' AND settled_at IS NULL)"
    " OR (state = 'accepted' AND channel IN ('voice', 'fax')))"
)
# what the carrier has yet to speak of, or may have to be asked about
AWAITED = text("state IN ('accepted', 'unknown')")
# what the carrier may still be kept from doing
QUEUED = text("(state = 'accepted' AND status = 'queued' AND channel IN ('voice', 'fax'))")


class Attempt(Base, TenantScoped):
    """
    One try at a delivery. *token* is in every callback URL of it: the only mark the carrier hands back.

    claimed → submitting → accepted → ended, or refused (the carrier said no), released (surely nothing left), unknown (perhaps
    something left; *settled_at* once nothing more can be found out). What was taken back, and proves to have left, is unknown and
    settled until the carrier's last word. *cost*: what was reserved for it, once it has ended what it took, in millionths of the
    tenant's currency. *_at* columns marked real are wall clock. *answered_by* is the carrier's word for who took a call, or
    `human` once a key was pressed; *left_message*: a machine heard one.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        Index("uq_attempt_open_delivery", "delivery_id", unique=True, **only(OPEN)),
        Index("uq_attempt_open_address", "tenant_id", "channel", "address", unique=True, **only(OPEN)),
        Index("ix_attempt_delivery", "delivery_id"),
        Index("ix_attempt_source", "source_id", "id"),
        Index("ix_attempt_lease", "state", "lease_until"),
        Index("ix_attempt_sender_lines", "sender_id", "line_until"),
        Index("ix_attempt_carrier", "carrier_id"),
        Index("ix_attempt_awaited", "expect_by", **only(AWAITED)),
        Index("ix_attempt_queued", "id", **only(QUEUED)),
    )

    STATES: ClassVar = {
        "claimed": ("submitting", "released"),
        "submitting": ("accepted", "refused", "released", "unknown", "ended"),
        "unknown": ("accepted", "refused", "released", "ended"),
        "accepted": ("ended", "unknown"),
        "ended": (),
        "refused": ("unknown",),
        "released": ("unknown",),
    }

    delivery_id: Mapped[int] = mapped_column(BigId, ForeignKey("delivery.id"))
    source_id: Mapped[int] = mapped_column(BigId, ForeignKey("source.id"))
    sender_id: Mapped[int] = mapped_column(BigId, ForeignKey("sender.id"))
    channel: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(16))
    token: Mapped[str] = mapped_column(String(22), unique=True)
    state: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[str] = mapped_column(String(20), default="")
    code: Mapped[str] = mapped_column(String(40), default="")
    cost: Mapped[int] = mapped_column(BigId, default=0)
    carrier_id: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(20), default="")
    duration_s: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    answered_by: Mapped[str] = mapped_column(String(20), default="")
    left_message: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    # real time
    lease_until: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    line_until: Mapped[datetime | None]
    expect_by: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class Receipt(Base, TenantScoped):
    """One word of the carrier about an attempt. A second *carrier_id* under one token means it was sent twice."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("attempt_id", "carrier_id", "status", "sequence"),)

    attempt_id: Mapped[int] = mapped_column(BigId, ForeignKey("attempt.id"))
    carrier_id: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(20))
    sequence: Mapped[int] = mapped_column(default=0)
    code: Mapped[str] = mapped_column(String(40), default="")
    at: Mapped[datetime]


class InboundText(Base, TenantScoped):
    """
    An SMS somebody sent us. *kind*: stop, start, help, refusal, confirm, or answer; *answer* is its value in its campaign.
    `asked`: a START that waits for its confirmation. `review`: a person decides until *due_at* whether it was an opt-out.
    """

    __tablename__ = "inbound_text"
    __table_args__ = (
        Index("ix_inbound_text_delivery", "delivery_id"),
        Index("ix_inbound_text_state", "tenant_id", "state"),
    )

    STATES: ClassVar = {
        "kept": ("asked", "review"),
        "asked": ("confirmed", "kept"),
        "confirmed": (),
        "review": ("opted_out", "allowed", "dismissed"),
        "opted_out": (),
        "allowed": (),
        "dismissed": (),
    }

    carrier_id: Mapped[str] = mapped_column(String(64), unique=True)
    from_address: Mapped[str] = mapped_column(String(16), index=True)
    to_address: Mapped[str] = mapped_column(String(16))
    body: Mapped[str] = mapped_column(String(1600))
    kind: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10), default="kept")
    answer: Mapped[str] = mapped_column(String(40), default="")
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customer.id", ondelete="SET NULL"))
    delivery_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("delivery.id"))
    due_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime | None]
    at: Mapped[datetime]
