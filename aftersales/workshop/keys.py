"""
Keys with which a workshop's system signs what it tells us.

It sends `Carillon-Signature: t=SECONDS,v1=HEX`: HEX is HMAC-SHA256, under the secret, of SECONDS (Unix time), a full stop and the
body. A tenant may have two keys at once, so that a new one is tried before the old one goes. Secrets are kept encrypted by SECRET_KEYS.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.models import WorkshopKey
from core import audit, clock
from core.config import Config
from core.db import MAX_ID, clean
from core.errors import Conflict, Forbidden, Invalid, NotFound

MOST_KEYS = 2
# between its clock and ours, and how long a request on its way stays good
SKEW_S = 300
MAX_SIGNATURES = 4
HEADER = "Carillon-Signature"
PART = re.compile(r"(t|v1)=([0-9a-f]{1,64})", re.ASCII)
PREFIX = "carillon_workshop_"


@dataclass(frozen=True)
class Signer:
    """The system a request comes from."""

    tenant_id: int
    name: str

    @property
    def who(self) -> str:
        """How the history names it."""
        return f"workshop:{self.name}"


def add(session: Session, config: Config, tenant_id: int, name: str, who: str) -> tuple[WorkshopKey, str]:
    """A new key and its secret, shown only now. Raises Invalid, or Conflict if two are good already."""
    name = clean(name).strip()
    if not 1 <= len(name) <= 60:
        raise Invalid(
            "bad_name", "enter a name of 1 to 60 characters, such as the system that will sign with the key"
        )
    if sum(key.revoked_at is None for key in every(session)) >= MOST_KEYS:
        raise Conflict(
            "two_keys", "two keys are good already; revoke one: flask aftersales workshop-key revoke ID"
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    key = WorkshopKey(
        tenant_id=tenant_id, name=name, secret=_box(config).encrypt(secret.encode()).decode(), created_by=who,
        created_at=clock.now(),
    )  # fmt: skip
    session.add(key)
    session.flush()
    audit.record(session, tenant_id, who, "workshop_key.add", f"workshop_key:{key.id}", name=name)
    return key, secret


def every(session: Session) -> Sequence[WorkshopKey]:
    """The keys of the session's tenant, newest first."""
    return session.scalars(select(WorkshopKey).order_by(WorkshopKey.id.desc())).all()


def revoke(session: Session, key_id: int, who: str) -> WorkshopKey:
    """Let a key open nothing any more, at once. Raises NotFound."""
    found = session.scalar(select(WorkshopKey).where(WorkshopKey.id == key_id)) if key_id <= MAX_ID else None
    if found is None:
        raise NotFound(
            "no_key", "there is no key {key_id}; see: flask aftersales workshop-key list", key_id=key_id
        )
    if found.revoked_at is None:
        found.revoked_at = clock.now()
        audit.record(
            session, found.tenant_id, who, "workshop_key.revoke", f"workshop_key:{key_id}", name=found.name
        )
    return found


def signer(session: Session, config: Config, header: str, body: bytes) -> Signer:
    """Whose key signed *body*; the session sees all tenants. Raises Forbidden saying what is wrong with the signature."""
    sent_at, given = _parts(header)
    if abs(clock.real().timestamp() - sent_at) > SKEW_S:
        raise Forbidden(
            "stale_signature",
            "t is more than {skew_s} seconds from our time; set your clock, then sign anew",
            skew_s=SKEW_S,
        )
    box = _box(config)
    for key in session.scalars(
        select(WorkshopKey).where(WorkshopKey.revoked_at.is_(None)).order_by(WorkshopKey.id)
    ):
        try:
            secret = box.decrypt(key.secret.encode())
        except InvalidToken:  # encrypted by one of SECRET_KEYS that is no longer there
            continue
        expected = signature(secret, sent_at, body)
        if any(hmac.compare_digest(expected, each) for each in given):
            return Signer(key.tenant_id, key.name)
    raise Forbidden(
        "bad_signature", "this was not signed with a key of ours; see docs/api.md for how to sign"
    )


def signature(secret: bytes, sent_at: int, body: bytes) -> str:
    """What belongs behind v1."""
    return hmac.new(secret, b"%d." % sent_at + body, hashlib.sha256).hexdigest()


def _parts(header: str) -> tuple[int, list[str]]:
    found = [PART.fullmatch(part.strip()) for part in header.split(",", MAX_SIGNATURES + 1)]
    times = [
        part[2] for part in found if part and part[1] == "t" and part[2].isdecimal() and len(part[2]) <= 12
    ]
    given = [part[2] for part in found if part and part[1] == "v1"]
    if len(times) != 1 or not given or not all(found):
        raise Forbidden("bad_signature", "send {header}: t=SECONDS,v1=HEX", header=HEADER)
    return int(times[0]), given


def _box(config: Config) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in config.keys])
