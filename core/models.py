"""Tables every package needs: whose data it is, who works here, what was done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, TenantScoped

ROLES = {
    "marketing": "prepares and launches campaigns",
    "after_sales": "keeps follow-ups, voicemail and complaints",
    "supervisor": "sees and decides everything of the department",
    "auditor": "reads everything, changes nothing",
    "administrator": "manages staff, senders and settings",
}
# personal data of customers and callers is not the administrator's business
READERS = ("marketing", "after_sales", "supervisor", "auditor")


class Tenant(Base):
    """A company we serve: ours, or a client's."""

    __tablename__ = "tenant"

    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    zone: Mapped[str] = mapped_column(String(60), default="UTC")
    region: Mapped[str] = mapped_column(String(2), default="US")
    language: Mapped[str] = mapped_column(String(8), default="en")
    created_at: Mapped[datetime]
    # how the contact policy treats this tenant: profile by region, licences, figures overridden
    policy: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # what its administrators decide about sending: see outbound/settings.py
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # what its supervisors decide about after-sales: see aftersales/settings.py
    after_sales: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # what its supervisors decide about the hotline: see ivr/settings.py
    hotline: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Staff(Base, TenantScoped):
    """A person who signs in."""

    __tablename__ = "staff"

    email: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8), default="en")
    roles: Mapped[list[Any]] = mapped_column(default=list)
    department: Mapped[str] = mapped_column(String(40), default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class StaffSession(Base, TenantScoped):
    """A signed-in browser; the cookie holds the token, the row its hash."""

    __tablename__ = "staff_session"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ApiKey(Base, TenantScoped):
    """What a program shows instead of signing in. The token is seen once; *prefix* is its first part, to recognise it by."""

    __tablename__ = "api_key"

    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    prefix: Mapped[str] = mapped_column(String(8), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class KeptAnswer(Base, TenantScoped):
    """The answer to a request that carried an Idempotency-Key (*name*); *status* is 0 while it is still worked on."""

    __tablename__ = "kept_answer"
    __table_args__ = (UniqueConstraint("api_key_id", "name"),)

    api_key_id: Mapped[int] = mapped_column(BigId, ForeignKey("api_key.id"))
    name: Mapped[str] = mapped_column(String(200))
    request_hash: Mapped[str] = mapped_column(String(64))
    worker: Mapped[str] = mapped_column(String(22))
    status: Mapped[int] = mapped_column(default=0)
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    body: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(index=True)


class Counter(Base):
    """How often something was tried in a window (sign-ins, PINs): limits hold over every process."""

    __tablename__ = "counter"
    __table_args__ = (UniqueConstraint("name", "window_start"),)

    name: Mapped[str] = mapped_column(String(200))
    window_start: Mapped[datetime]
    count: Mapped[int] = mapped_column(default=0)


class AuditEntry(Base, TenantScoped):
    """Something somebody did. Only ever added to; a number of somebody erased becomes a keyed hash."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_about", "tenant_id", "about"),)

    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(60))
    about: Mapped[str] = mapped_column(String(120))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Hold(Base):
    """
    While one is open (not yet released) nothing new leaves: of one tenant, or of every tenant where *tenant_id* is null.

    *reason*: `stopped` (somebody pulled the brake) or `restored` (the database is older than what was sent).
    """

    __tablename__ = "hold"

    tenant_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("tenant.id"))
    reason: Mapped[str] = mapped_column(String(20))
    who: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    released_by: Mapped[str] = mapped_column(String(200), default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ClockTurn(Base):
    """How the clock of a demo or test was turned, one row each time it went on, the newest last; none in production."""

    __tablename__ = "clock_turn"

    real: Mapped[datetime]
    business: Mapped[datetime]
    speed: Mapped[float] = mapped_column(Float)
    # the last real instant a worker ran by it
    seen_at: Mapped[datetime | None]


class Installation(Base):
    """What this database is called, newest last; a restored or copied one goes by the same name."""

    __tablename__ = "installation"

    identity: Mapped[str] = mapped_column(String(40), unique=True)
    at: Mapped[datetime]


class CarrierHealth(Base):
    """What a worker found when it looked at a carrier's account last; *problem* is empty if all is well."""

    __tablename__ = "carrier_health"

    name: Mapped[str] = mapped_column(String(20), unique=True)
    at: Mapped[datetime]
    problem: Mapped[str] = mapped_column(String(300), default="")


class Host(Base):
    """
    A process that answers for something: heartbeat, how many bytes its spool still holds and for how long it has been
    behind. While it is silent or behind nothing is claimed, unless staff have written it off.
    """

    __tablename__ = "host"
    __table_args__ = (UniqueConstraint("name", "role"),)

    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    seen_at: Mapped[datetime]
    spooled: Mapped[int] = mapped_column(default=0)
    behind_s: Mapped[float] = mapped_column(Float, default=0.0)
    written_off_at: Mapped[datetime | None]
