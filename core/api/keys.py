"""
Keys of programs: who holds one acts for one company in one role.

A token is `carillon_PREFIX_SECRET`, its secret 256 random bits. The row holds its SHA-256; it is found by the prefix, which
is no secret, and compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import audit, clock
from core.characters import clean
from core.counting import count_up
from core.db import ALL_TENANTS, MAX_ID, Database
from core.errors import Conflict, Invalid, NotAuthenticated, NotFound, TooMany
from core.models import READERS, ROLES, ApiKey, Tenant

TOKEN = re.compile(r"carillon_([0-9a-z]{8})_[A-Za-z0-9_-]{43}", re.ASCII)
NOBODY = hashlib.sha256(b"").hexdigest()
WINDOW_S = 60


@dataclass(frozen=True)
class Caller:
    """The program a request comes from. *tenant* is detached: read only."""

    key_id: int
    name: str
    role: str
    tenant: Tenant

    @property
    def tenant_id(self) -> int:
        """The company it acts for."""
        return self.tenant.id

    @property
    def who(self) -> str:
        """How the audit trail names it."""
        return f"api:{self.name}"

    @property
    def may_read_numbers(self) -> bool:
        """Whether telephone numbers are shown to it whole."""
        return self.role in READERS


def add(session: Session, tenant_id: int, name: str, role: str, who: str) -> tuple[ApiKey, str]:
    """A new key and its token, which nobody can read again. Raises Invalid saying what to enter."""
    name = clean(name).strip()
    if not 1 <= len(name) <= 120:
        raise Invalid(
            "bad_name", "enter a name of 1 to 120 characters, such as the program that will use the key"
        )
    if role not in ROLES:
        raise Invalid("bad_role", "enter one of these roles: {roles}", roles=ROLES)
    prefix = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(8))
    token = f"carillon_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        tenant_id=tenant_id,
        name=name,
        role=role,
        prefix=prefix,
        token_hash=_hashed(token),
        created_by=who,
        created_at=clock.real(),
    )
    session.add(key)
    session.flush()
    audit.record(session, tenant_id, who, "api_key.add", f"api_key:{key.id}", name=name, role=role)
    return key, token


def every(session: Session) -> Sequence[ApiKey]:
    """The keys of the session's company, newest first."""
    return session.scalars(select(ApiKey).order_by(ApiKey.id.desc())).all()


def revoke(session: Session, key_id: int, who: str) -> ApiKey:
    """Let a key open nothing any more. Raises NotFound, or Conflict if it was revoked before."""
    key = session.scalar(select(ApiKey).where(ApiKey.id == key_id)) if 0 < key_id <= MAX_ID else None
    if key is None:
        raise NotFound("no_key", "there is no key {number}", number=key_id)
    if key.revoked_at:
        raise Conflict("key_revoked", "key {number} was revoked already", number=key_id)
    key.revoked_at = clock.real()
    audit.record(session, key.tenant_id, who, "api_key.revoke", f"api_key:{key.id}")
    return key


def holder(database: Database, token: str) -> Caller:
    """Who holds *token*. Raises NotAuthenticated; an unknown key and a wrong one take equally long."""
    shape = TOKEN.fullmatch(token)
    query = select(ApiKey, Tenant).join(Tenant, Tenant.id == ApiKey.tenant_id)
    with database.reading(ALL_TENANTS) as session:
        row = session.execute(query.where(ApiKey.prefix == (shape[1] if shape else ""))).one_or_none()
    key, tenant = row if row is not None else (None, None)
    is_it = hmac.compare_digest(key.token_hash if key else NOBODY, _hashed(token))
    if not is_it or key is None or tenant is None or key.revoked_at:
        raise NotAuthenticated("not_authenticated")
    return Caller(key.id, key.name, key.role, tenant)


def count_request(database: Database, caller: Caller, most: int) -> None:
    """Note that the key was used. Raises TooMany once it has been *most* times within the minute."""
    now = clock.real()
    start = now - timedelta(seconds=now.timestamp() % WINDOW_S)
    with database.session(ALL_TENANTS) as session:
        count = count_up(session, f"api:{caller.key_id}", start)
        if count == 1:
            session.execute(update(ApiKey).where(ApiKey.id == caller.key_id).values(last_used_at=now))
    if count > most:
        wait_s = WINDOW_S - int(now.timestamp() % WINDOW_S)
        raise TooMany(
            "too_many_requests",
            "a key may make {most} requests a minute; go on in {wait_s} s",
            wait_s,
            most=most,
            wait_s=wait_s,
        )


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
