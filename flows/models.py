"""The versions of a tenant's flows, and the calls that show them to be right."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint, text
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


class Prompt(Base, TenantScoped):
    """
    What a flow plays by *name*: *audio* of *media_type*, or where there is none a *text* that is read aloud. *digest* is of either.
    """

    __tablename__ = "prompt"
    __table_args__ = (UniqueConstraint("tenant_id", "name", "language"),)

    name: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    media_type: Mapped[str] = mapped_column(String(20), default="")
    text: Mapped[str] = mapped_column(String(1000), default="")
    digest: Mapped[str] = mapped_column(String(64))
    # some megabytes: loaded only where it is asked for
    audio: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, default=b"")
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class GoldenCall(Base, TenantScoped):
    """An example call of the flow *name*, and what is heard in it: see flows/golden.py. *at* is when it is played (UTC)."""

    __tablename__ = "golden_call"
    __table_args__ = (UniqueConstraint("tenant_id", "name", "label"),)

    name: Mapped[str] = mapped_column(String(32))
    label: Mapped[str] = mapped_column(String(80))
    answers: Mapped[list[Any]] = mapped_column(default=list)
    at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(8), default="")
    variables: Mapped[dict[str, Any]] = mapped_column(default=dict)
    refusals: Mapped[dict[str, Any]] = mapped_column(default=dict)
    heard: Mapped[list[Any]] = mapped_column(default=list)
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
