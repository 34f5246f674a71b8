"""Letters in the register (R-49), and documents as they were made."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, TenantScoped

LETTER_KINDS = ("notice", "invitation", "reply")
LETTER_MEANS = ("fax", "post")
TO_POST = text("(means = 'post' AND state = 'made')")
# why a letter by post came back; a fax has the cause of its delivery
POST_CAUSES = ("moved", "refused", "unclaimed", "bad_address")


class Document(Base, TenantScoped):
    """A file by its *sha256*, never changed: what was signed or sent can be shown again to the byte."""

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("tenant_id", "sha256"),)

    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]


class Letter(Base, TenantScoped):
    """
    One letter to one customer. By fax it goes as a delivery; by post somebody says when it went, and by what *proof*.

    `made` by post is to be posted by *due_on*. *cause* is why it did not arrive. `sent` may have arrived.
    """

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("delivery_id"),
        Index("ix_letter_made", "tenant_id", "made_at"),
        Index("ix_letter_customer", "customer_id"),
        Index("ix_letter_to_post", "tenant_id", "due_on", sqlite_where=TO_POST, postgresql_where=TO_POST),
    )

    STATES: ClassVar = {
        "made": ("sent", "delivered", "failed"),
        "sent": ("delivered", "failed"),
        "delivered": (),
        "failed": ("sent", "delivered"),
    }

    kind: Mapped[str] = mapped_column(String(12))
    means: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10), default="made")
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customer.id"))
    address: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(200))
    event_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("event.id"))
    case_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("case_.id"))
    delivery_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("delivery.id"))
    sha256: Mapped[str] = mapped_column(String(64), default="")
    sender: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    proof: Mapped[str] = mapped_column(String(200), default="")
    cause: Mapped[str] = mapped_column(String(40), default="")
    due_on: Mapped[date | None] = mapped_column(Date)
