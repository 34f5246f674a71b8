"""The file to be made of every intake within two days (R-31, R-32, R-34)."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, TenantScoped

INTAKES = ("repair", "visit", "consultation")


class CustomerFile(Base, TenantScoped):
    """
    What is to be known after one intake; who the customer is and what is driven stands in their own rows.

    `complete` only with the topic and the time of the next contact (R-34). *is_late*: completed after *due_on*, or not yet and
    *due_on* is over.
    """

    __tablename__ = "customer_file"
    __table_args__ = (
        UniqueConstraint("work_order_id"),
        Index("ix_customer_file_due", "tenant_id", "state", "due_on"),
        Index("ix_customer_file_customer", "customer_id"),
    )

    STATES: ClassVar = {"open": ("complete",), "complete": ()}

    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customer.id"))
    vehicle_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("vehicle.id", ondelete="SET NULL"))
    work_order_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("work_order.id"))
    intake: Mapped[str] = mapped_column(String(12))
    intake_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default="open")
    is_late: Mapped[bool] = mapped_column(default=False)
    service_items: Mapped[str] = mapped_column(String(400), default="")
    wished_services: Mapped[str] = mapped_column(String(400), default="")
    next_topic: Mapped[str] = mapped_column(String(200), default="")
    next_contact_at: Mapped[datetime | None]
    owner_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    completed_by: Mapped[str] = mapped_column(String(200), default="")
    completed_at: Mapped[datetime | None]
