"""The versions of a tenant's flows."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, TenantScoped
from core.states import States


class FlowVersion(Base, TenantScoped):
    """
    One wording of one flow. A published document never changes; calls in flight stay on the version they began with.

    *hash* tells versions apart (see flows/language/load.py); of each name at most one is published.
    """

    __tablename__ = "flow_version"
    STATES: ClassVar[States] = {
        "draft": ("published", "retired"),
        "published": ("retired",),
        "retired": ("published",),
    }
    __table_args__ = (
        UniqueConstraint("tenant_id", "hash"),
        Index("ix_flow_version_tenant_id_name", "tenant_id", "name"),
        Index(
            "uq_flow_version_published",
            "tenant_id",
            "name",
            unique=True,
            sqlite_where=text("state = 'published'"),
            postgresql_where=text("state = 'published'"),
        ),
    )

    name: Mapped[str] = mapped_column(String(32))
    hash: Mapped[str] = mapped_column(String(16))
    document: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12), default="draft")
    published_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
