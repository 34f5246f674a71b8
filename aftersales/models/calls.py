"""One record a call, in or out (R-41, R-42, R-48), and what was recorded of it as proof (R-56)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, TenantScoped

# what came up; the first three open a case
DEMANDS = ("demand", "wish", "complaint", "none")
# answered on the call, or still to be studied; "" where nothing was asked
REPLIES = ("answered", "pending", "")
OUTCOMES = ("reached", "no_answer", "busy", "wrong_number", "refused", "message_left", "no_content")


class CallRecord(Base, TenantScoped):
    """
    *call_id* is the carrier's, where a line of ours carried it; such records are made by themselves, and *noted_at* stays
    empty until somebody adds what was said. *agent_id* spoke, *for_id* is whom they stood in for (R-52). *satisfaction* is 1-5;
    *answers* is what was keyed in, by question.
    """

    __tablename__ = "call_record"
    __table_args__ = (
        UniqueConstraint("tenant_id", "call_id"),
        Index("ix_call_record_at", "tenant_id", "at"),
        Index("ix_call_record_customer", "customer_id", "at"),
    )

    call_id: Mapped[str | None] = mapped_column(String(64))
    direction: Mapped[str] = mapped_column(String(3))
    at: Mapped[datetime]
    duration_s: Mapped[int] = mapped_column(default=0)
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customer.id"))
    address: Mapped[str] = mapped_column(String(32), default="")
    plate: Mapped[str] = mapped_column(String(20), default="")
    agent_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    for_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    follow_up_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("follow_up.id"))
    purpose: Mapped[str] = mapped_column(String(40), default="")
    blocks: Mapped[list[Any]] = mapped_column(default=list)
    points: Mapped[str] = mapped_column(String(2000), default="")
    demand: Mapped[str] = mapped_column(String(10), default="")
    reply: Mapped[str] = mapped_column(String(10), default="")
    outcome: Mapped[str] = mapped_column(String(16))
    satisfaction: Mapped[int | None]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    next_on: Mapped[date | None] = mapped_column(Date)
    # unused; a revision that contracts 0029 drops it (docs/migrations.md)
    recording_id: Mapped[str] = mapped_column(String(64), default="")
    noted_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class CallRecording(Base, TenantScoped):
    """
    What the carrier has recorded of the call *call_id* under *recording_id*, from the moment its flow said so.

    *erase_at*: somebody in it was erased; it goes then at the latest. After *audio_deleted_at* there is nothing to hear.
    """

    __tablename__ = "call_recording"
    __table_args__ = (
        UniqueConstraint("recording_id"),
        Index("ix_call_recording_call", "call_id"),
        Index("ix_call_recording_kept", "tenant_id", "audio_deleted_at", "at"),
    )

    call_id: Mapped[str] = mapped_column(String(64))
    recording_id: Mapped[str] = mapped_column(String(64))
    duration_s: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    erase_at: Mapped[datetime | None]
    audio_deleted_at: Mapped[datetime | None]
