"""
Links by which people choose a password: signed with our keys, good for two days and for one choice.

A link is about the password there is: once another was chosen, it opens nothing. Whoever makes it hands it over; nothing is sent.
"""

from __future__ import annotations

from datetime import timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.staff import check_password, digest_of, hash_password
from console.team import end_sessions
from core import audit, clock
from core.config import Config
from core.db import MAX_ID
from core.errors import Invalid
from core.models import Staff

LASTS = timedelta(days=2)
SALT = "choose a password"


def make(session: Session, config: Config, staff: Staff, who: str) -> str:
    """The token of a link for *staff*."""
    audit.record(session, staff.tenant_id, who, "password_link", f"staff:{staff.id}")
    until = (clock.real() + LASTS).timestamp()
    return str(_sealed(config).dumps([staff.id, int(until), digest_of(staff.password)]))


def find(session: Session, config: Config, token: str, *, for_update: bool = False) -> Staff:
    """Whose link it is; *for_update* nobody else's until the transaction ends. Raises Invalid for one that is over, used or none."""
    try:
        staff_id, until, digest = _sealed(config).loads(token[:400])
    except (BadSignature, ValueError, TypeError):
        raise _over() from None
    mine = select(Staff).where(Staff.id == min(int(staff_id), MAX_ID), Staff.is_active)
    staff = session.scalar(mine.with_for_update() if for_update else mine)
    is_good = staff is not None and until > clock.real().timestamp() and digest == digest_of(staff.password)
    if staff is None or not is_good:
        raise _over()
    return staff


def choose(session: Session, config: Config, token: str, password: str) -> Staff:
    """Whoever holds the link signs in with *password* from now on, and is signed in nowhere. Raises Invalid saying what to enter."""
    staff = find(session, config, token, for_update=True)
    check_password(password, staff.email, staff.name)
    staff.password = hash_password(password)
    end_sessions(session, staff)
    audit.record(session, staff.tenant_id, staff.email, "password_chosen", f"staff:{staff.id}")
    return staff


def _sealed(config: Config) -> URLSafeSerializer:
    return URLSafeSerializer(list(reversed(config.keys)), salt=SALT)


def _over() -> Invalid:
    return Invalid("link_over", "this link is over or was used; ask whoever gave it to you for another")
