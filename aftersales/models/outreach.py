"""What lines of ours tell or ask one customer: by a call, a text, a fax, or a letter somebody posts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, LongSentence, TenantScoped


class Outreach(Base, TenantScoped):
    """
    One thing to be told or asked between *due_at* and *expires_at*, by *channels* one after another. *kind* is a word of
    aftersales/outreach_kinds.py, *subject_id* the extra work, the job, the appointment or the vehicle it is about; *key* is there once.

    `sent` is on its way, waits for a reply to the text, or to be posted. *proof* says where the *answer* is: call or text, its time and words.
    """

    __tablename__ = "outreach"
    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        Index("ix_outreach_due", "tenant_id", "state", "due_at"),
        Index("ix_outreach_work_order", "work_order_id"),
        Index("ix_outreach_call", "call_id"),
        Index("ix_outreach_text", "text_id"),
        Index("ix_outreach_letter", "letter_id"),
    )

    STATES: ClassVar = {
        "waiting": ("sent", "failed", "withdrawn"),
        "sent": ("told", "answered", "failed", "withdrawn"),
        "told": ("answered", "withdrawn"),
        "failed": ("answered", "withdrawn"),
        "answered": (),
        "withdrawn": (),
    }

    kind: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(80))
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customer.id"))
    subject_id: Mapped[int] = mapped_column(BigId)
    work_order_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("work_order.id"))
    channels: Mapped[list[Any]] = mapped_column(default=list)
    variables: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str] = mapped_column(String(60), default="")
    call_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("delivery.id"))
    text_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("delivery.id"))
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    fax_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("delivery.id"))
    letter_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("letter.id"))
    answer: Mapped[str] = mapped_column(String(32), default="")
    proof: Mapped[str] = mapped_column(LongSentence(), default="")
    answered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
