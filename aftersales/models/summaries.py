"""The monthly and the yearly report of the department (R-54)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Date, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantScoped


class Summary(Base, TenantScoped):
    """
    *period* is 2026-03 or 2026. *figures* are counted when it is drafted; *words* are the supervisor's. Signed it is a document
    (*sha256*) and never changes.
    """

    __tablename__ = "summary"
    __table_args__ = (UniqueConstraint("tenant_id", "period"),)

    STATES: ClassVar = {"draft": ("draft", "signed"), "signed": ()}

    period: Mapped[str] = mapped_column(String(7))
    state: Mapped[str] = mapped_column(String(8), default="draft")
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    words: Mapped[str] = mapped_column(Text, default="")
    meeting_on: Mapped[date | None] = mapped_column(Date)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    drafted_at: Mapped[datetime]
    edited_by: Mapped[str] = mapped_column(String(200), default="")
    signed_by: Mapped[str] = mapped_column(String(200), default="")
    signed_at: Mapped[datetime | None]
