"""A demand, wish or complaint with owner and due time (R-15, R-19, R-41 to R-45)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, LongSentence, TenantScoped

# what staff choose of; a call flow may name others
KINDS = (
    "demand",
    "wish",
    "complaint",
    "repair",
    "enquiry",
    "low_score",
    "praise",
    "compensation",
    "special",
)


class Case(Base, TenantScoped):
    """
    *number* is read back on the telephone: digits that cannot be guessed from another's. *origin* says where it began, such as
    call:CA…:3:0 or record:81, and is there once.

    `open` → `solved` (a solution exists, the customer must hear of it by *tell_by*) → `told` → `closed`: *outcome* satisfied, or
    overridden by a supervisor with a *reason* (R-45). A customer who is not satisfied opens it again.
    """

    __tablename__ = "case_"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "origin"),
        Index("ix_case__due", "tenant_id", "state", "due_at"),
        Index("ix_case__owner", "owner_id", "state"),
        Index("ix_case__customer", "customer_id"),
    )

    STATES: ClassVar = {
        "open": ("solved", "closed"),
        "solved": ("told", "open", "closed"),
        "told": ("open", "closed"),
        "closed": (),
    }

    number: Mapped[str] = mapped_column(String(12))
    origin: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(8), default="open")
    is_urgent: Mapped[bool] = mapped_column(default=False)
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customer.id"))
    address: Mapped[str] = mapped_column(String(32), default="")
    work_order_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("work_order.id"))
    text: Mapped[str] = mapped_column(LongSentence(), default="")
    department: Mapped[str] = mapped_column(String(40))
    owner_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    due_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    escalated_at: Mapped[datetime | None]
    solution: Mapped[str] = mapped_column(String(2000), default="")
    solved_at: Mapped[datetime | None]
    solved_by: Mapped[str] = mapped_column(String(200), default="")
    tell_by: Mapped[datetime | None]
    same_day_impossible: Mapped[bool] = mapped_column(default=False)
    told_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(12), default="")
    reason: Mapped[str] = mapped_column(String(400), default="")
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(String(200), default="")


class CaseEvent(Base, TenantScoped):
    """What happened to a case: handed over, noted, escalated, solved. Only ever added to."""

    __tablename__ = "case_event"
    __table_args__ = (Index("ix_case_event_case", "case_id", "at"),)

    case_id: Mapped[int] = mapped_column(BigId, ForeignKey("case_.id"))
    what: Mapped[str] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(String(80), default="")
    note: Mapped[str] = mapped_column(String(2000), default="")
    who: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
