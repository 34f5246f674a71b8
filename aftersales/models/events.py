"""What customers are invited to (R-36, R-46, R-47)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantScoped

EVENT_KINDS = ("social", "discount", "free_service")


class Event(Base, TenantScoped):
    """*content* by language; *held_on* is its first day by the tenant's clocks, *hours* the words for the time of day."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_held_on", "tenant_id", "held_on"),)

    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(16))
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    held_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    hours: Mapped[str] = mapped_column(String(60), default="")
    address: Mapped[str] = mapped_column(String(200))
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
