"""A job in the workshop, from reception to follow-up (R-55), what was done when, and work nobody had ordered."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.db import Base, BigId, LongSentence, TenantScoped

# the eight steps in their order; a workshop system may skip some, never go back but from extra work
STEPS = (
    "reception",
    "intake",
    "workshop",
    "extra_work",
    "taken_back",
    "ready",
    "delivered",
    "followed_up",
)


def _states() -> dict[str, tuple[str, ...]]:
    onward = {step: STEPS[place + 1 :] for place, step in enumerate(STEPS)}
    onward["extra_work"] = ("workshop", *onward["extra_work"])
    open_ones = STEPS[: STEPS.index("delivered")]
    return {
        **{step: (*later, "cancelled") if step in open_ones else later for step, later in onward.items()},
        "cancelled": (),
    }


class WorkOrder(Base, TenantScoped):
    """
    One job. *number* is the company's own; *department* has it in hand now; *items* are [{"text", "price_cents"}].

    *promised_at* is when the customer was told it would be ready, in danger from *warn_at* on, *warned_at* when the supervisor was told that it will not be.
    *reached_at* is when it came to where it stands. *origin* is who told us of it: staff, import, api or a system's name.
    """

    __tablename__ = "work_order"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index("ix_work_order_customer", "customer_id"),
        Index("ix_work_order_promised", "tenant_id", "state", "promised_at"),
        Index("ix_work_order_delivered", "tenant_id", "delivered_at"),
    )

    STATES: ClassVar = _states()

    number: Mapped[str] = mapped_column(String(40))
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customer.id"))
    vehicle_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("vehicle.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(12), default="reception")
    department: Mapped[str] = mapped_column(String(40), default="")
    is_urgent: Mapped[bool] = mapped_column(default=False)
    wish: Mapped[str] = mapped_column(String(1000), default="")
    items: Mapped[list[Any]] = mapped_column(default=list)
    currency: Mapped[str] = mapped_column(String(3), default="")
    odometer_km: Mapped[int | None]
    promised_at: Mapped[datetime | None]
    warn_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    reached_at: Mapped[datetime] = mapped_column(default=clock.now)
    delivered_at: Mapped[datetime | None]
    origin: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]


class WorkOrderStep(Base, TenantScoped):
    """
    What happened to a job: a step reached, a date promised (*promised_at*), a department changed. Only ever added to.

    *event* is what the workshop's system called it: told twice, it happened once.
    """

    __tablename__ = "work_order_step"
    __table_args__ = (
        UniqueConstraint("tenant_id", "event"),
        Index("ix_work_order_step_work_order", "work_order_id", "at"),
    )

    work_order_id: Mapped[int] = mapped_column(BigId, ForeignKey("work_order.id"))
    what: Mapped[str] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(String(60), default="")
    promised_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(400), default="")
    who: Mapped[str] = mapped_column(String(200))
    event: Mapped[str | None] = mapped_column(String(80))
    at: Mapped[datetime]


class ExtraWork(Base, TenantScoped):
    """
    Work found on the way that the customer must agree to first (R-56). *proof* says where the answer is: call and key, or words.

    `asked` is with the customer, by an outreach or in person; without an answer by *answer_by* somebody has to call.
    """

    __tablename__ = "extra_work"
    __table_args__ = (Index("ix_extra_work_work_order", "work_order_id"),)

    STATES: ClassVar = {
        "found": ("asked", "agreed", "refused", "withdrawn"),
        "asked": ("agreed", "refused", "unanswered", "withdrawn"),
        "unanswered": ("asked", "agreed", "refused", "withdrawn"),
        "agreed": (),
        "refused": (),
        "withdrawn": (),
    }

    work_order_id: Mapped[int] = mapped_column(BigId, ForeignKey("work_order.id"))
    item: Mapped[str] = mapped_column(String(200))
    price_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(12), default="found")
    delivery_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("delivery.id"))
    proof: Mapped[str] = mapped_column(LongSentence(), default="")
    asked_at: Mapped[datetime | None]
    answer_by: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class WorkshopKey(Base, TenantScoped):
    """The secret a workshop's system signs with, encrypted by SECRET_KEYS; two may be good at once, so that one can follow the other."""

    __tablename__ = "workshop_key"
    __table_args__ = (Index("ix_workshop_key_tenant", "tenant_id"),)

    name: Mapped[str] = mapped_column(String(60))
    secret: Mapped[str] = mapped_column(String(400))
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
