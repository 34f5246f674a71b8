"""
Signed-in browsers and how often signing in may be tried.

The cookie holds 128 random bits, the row their SHA-256: whoever reads the table cannot sign in. A session ends after
IDLE without use and, however busy, after SESSION_HOURS. Tries are counted before a password is looked at, over every process.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import delete, select, update

from console.staff import email_key, hash_password, needs_rehash, verify
from core import clock
from core.audit import record
from core.counting import count_up
from core.db import ALL_TENANTS, Database, storable
from core.models import Counter, Staff, StaffSession, Tenant

IDLE = timedelta(hours=2)
EXTEND_AFTER = timedelta(minutes=5)
WINDOW = timedelta(minutes=15)
TRIES_PER_EMAIL = 10
TRIES_PER_HOST = 50


@dataclass(frozen=True)
class SignedIn:
    """The person a request comes from. *tenant* is detached: read only."""

    session_id: int
    staff_id: int
    tenant_id: int
    email: str
    name: str
    language: str
    roles: frozenset[str]
    tenant: Tenant


def find(database: Database, token: str, lasting: timedelta, is_activity: bool) -> SignedIn | None:
    """Who holds *token*, or None. *is_activity*, unlike a poll, keeps the session from falling idle; *lasting* is its longest life."""
    if not token:
        return None
    at = clock.real()
    query = (
        select(StaffSession, Staff, Tenant)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .join(Tenant, Tenant.id == Staff.tenant_id)
        .where(StaffSession.token_hash == _hashed(token), StaffSession.expires_at > at, Staff.is_active)
    )
    with database.reading(ALL_TENANTS) as session:
        row = session.execute(query).one_or_none()
        if row is None:
            return None
        signed_in, staff, tenant = row
        session.expunge(tenant)
        last = signed_in.created_at + lasting
        found = SignedIn(
            signed_in.id,
            staff.id,
            staff.tenant_id,
            staff.email,
            staff.name,
            staff.language,
            frozenset(staff.roles),
            tenant,
        )
        until, expires_at = min(at + IDLE, last), signed_in.expires_at
    if last <= at:
        return None
    if is_activity and until - expires_at > EXTEND_AFTER:
        with database.session(ALL_TENANTS) as session:
            session.execute(
                update(StaffSession).where(StaffSession.id == found.session_id).values(expires_at=until)
            )
    return found


def sign_in(database: Database, email: str, password: str, lasting: timedelta) -> str | None:
    """The token of a new session, or None: wrong password, unknown address and a barred person look and last alike."""
    with database.reading(ALL_TENANTS) as session:
        known = storable(key := email_key(email))
        staff = session.scalar(select(Staff).where(Staff.email == known)) if known == key else None
        kept = staff.password if staff else None
        is_active = bool(staff and staff.is_active)
        staff_id = staff.id if staff else 0
    if not verify(kept, password) or not is_active:
        return None
    token, at = clock.new_token(), clock.real()
    with database.session(ALL_TENANTS) as session:
        staff = session.get_one(Staff, staff_id)
        if needs_rehash(staff.password):
            staff.password = hash_password(password)
        session.execute(delete(StaffSession).where(StaffSession.expires_at <= at))
        session.add(
            StaffSession(
                tenant_id=staff.tenant_id,
                token_hash=_hashed(token),
                staff_id=staff.id,
                created_at=at,
                expires_at=at + min(IDLE, lasting),
            )
        )
        session.execute(delete(Counter).where(Counter.name == _email_counter(email)))
        record(session, staff.tenant_id, staff.email, "sign_in", f"staff:{staff.id}")
    return token


def sign_out(database: Database, signed_in: SignedIn) -> None:
    """End the session for good, whoever else knows the token."""
    with database.session(signed_in.tenant_id) as session:
        session.execute(delete(StaffSession).where(StaffSession.id == signed_in.session_id))
        record(session, signed_in.tenant_id, signed_in.email, "sign_out", f"staff:{signed_in.staff_id}")


def set_language(database: Database, signed_in: SignedIn, language: str) -> None:
    """Keep the language a person reads."""
    with database.session(signed_in.tenant_id) as session:
        session.execute(update(Staff).where(Staff.id == signed_in.staff_id).values(language=language))


def may_try(database: Database, email: str, host: str) -> bool:
    """Count one more try for *email* from *host*; False once either has used up the window's tries."""
    start = _window(clock.real())
    with database.session(ALL_TENANTS) as session:
        session.execute(
            delete(Counter).where(Counter.name.like("sign_in:%"), Counter.window_start < start - WINDOW)
        )
        of_email = count_up(session, _email_counter(email), start)
        of_host = count_up(session, f"sign_in:host:{_network(host)}", start)
    return of_email <= TRIES_PER_EMAIL and of_host <= TRIES_PER_HOST


def _window(at: datetime) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // WINDOW.total_seconds() * WINDOW.total_seconds(), UTC)


def _network(host: str) -> str:
    """What one subscriber has: an IPv4 address, or an IPv6 /64."""
    try:
        address = ip_address(host)
    except ValueError:
        return "unknown"
    return (
        str(ip_network(f"{address}/64", strict=False)) if isinstance(address, IPv6Address) else str(address)
    )


def _email_counter(email: str) -> str:
    return f"sign_in:email:{hashlib.sha256(email_key(email).encode(errors='replace')).hexdigest()}"


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
