"""Promised contacts, and who stands in for whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, TenantScoped

# a person calls; an automated call; automated first, and a person on a low score or no answer
MEANS = ("person", "call", "call_then_person")


class FollowUp(Base, TenantScoped):
    """
    One promised contact, to be made between *earliest_on* and *due_on* (the tenant's dates), by *due_at* where an hour matters.

    *step* is its plan's word (first, second, service_due, promise, solution, recheck, agreed); *key* says what it is of, such as
    work_order:12:first, so that it exists once. `calling`: *means* has an automated call under way (*delivery_id*). *blocks*
    are the parts of the script it used (R-35, R-39). *owner_id* is whose it is; *done_by_id* who did it, if a stand-in (R-52).
    """

    __tablename__ = "follow_up"
    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        Index("ix_follow_up_due", "tenant_id", "state", "due_on"),
        Index("ix_follow_up_owner", "owner_id", "state", "due_on"),
        Index("ix_follow_up_customer", "customer_id"),
        Index("ix_follow_up_delivery", "delivery_id"),
    )

    STATES: ClassVar = {
        "open": ("calling", "done", "cancelled"),
        "calling": ("open", "done", "cancelled"),
        "done": (),
        "cancelled": (),
    }

    key: Mapped[str] = mapped_column(String(80))
    step: Mapped[str] = mapped_column(String(20))
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customer.id"))
    work_order_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("work_order.id"))
    case_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("case_.id"))
    earlier_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("follow_up.id"))
    means: Mapped[str] = mapped_column(String(16), default="person")
    state: Mapped[str] = mapped_column(String(10), default="open")
    reason: Mapped[str] = mapped_column(String(200), default="")
    topic: Mapped[str] = mapped_column(String(200), default="")
    blocks: Mapped[list[Any]] = mapped_column(default=list)
    earliest_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    due_at: Mapped[datetime | None]
    planned_at: Mapped[datetime | None]
    owner_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    delivery_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("delivery.id"))
    tries: Mapped[int] = mapped_column(default=0)
    is_on_time: Mapped[bool | None]
    # when the supervisor was told that it is overdue
    flagged_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    created_at: Mapped[datetime]


class Absence(Base, TenantScoped):
    """
    From when until when (UTC) somebody is away, and who of the same department stands in; nobody: the supervisor does (R-52).

    *first_on* and *last_on* are the tenant's days they are away on. Nothing changes owner for it: who acts for whom is found in
    these rows (aftersales/standing_in.py).
    """

    __tablename__ = "absence"
    __table_args__ = (
        Index("ix_absence_staff", "staff_id", "first_on"),
        Index("ix_absence_ends_at", "tenant_id", "ends_at"),
    )

    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    delegate_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
