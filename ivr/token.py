"""
The state of a call, sealed into the address the carrier asks next.

A token is Fernet-encrypted JSON, bound to one account and one call, good for four hours from the call's first instant:
no call lives longer. The same state of the same call always seals into the same token, on whichever machine, so that a
turn asked for twice is answered byte for byte alike. Its cost is only that equal states of one call look equal.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.errors import Forbidden, Invalid
from flows.language.turn import State

MAX_AGE_S = 4 * 3600
MAX_CHARS = 1500


@dataclass(frozen=True)
class Sealed:
    """What a token held. *began_at*: when the call began, by the wall clock (UTC)."""

    state: State
    tenant_id: int
    delivery_id: int | None
    began_at: datetime


def seal(
    keys: Sequence[str],
    state: State,
    call_sid: str,
    account_sid: str,
    at: datetime,
    *,
    tenant_id: int = 0,
    delivery_id: int | None = None,
) -> str:
    """*state* as a path segment of at most 1,500 characters. *at* is when the call began, by the wall clock."""
    held = [state.to_dict(), _owner(account_sid, call_sid), tenant_id, delivery_id or 0]
    data = json.dumps(held, ensure_ascii=False, separators=(",", ":")).encode()
    token = _encrypt(keys[0], data, int(at.timestamp()))
    if len(token) > MAX_CHARS:
        raise Invalid(
            "token_too_long",
            f"the call's variables need {len(token)} characters of {MAX_CHARS}; declare them shorter",
        )
    return token


def unseal(keys: Sequence[str], token: str, call_sid: str, account_sid: str, at: datetime) -> Sealed:
    """What `seal` put in under any of *keys*. Forbidden if it is forged, over four hours old or of another call."""
    try:
        padded = token.encode("ascii") + b"=" * (-len(token) % 4)
        data = _fernet(tuple(keys)).decrypt_at_time(padded, MAX_AGE_S, int(at.timestamp()))
        state, owner, tenant_id, delivery_id = json.loads(data)
    except (InvalidToken, UnicodeEncodeError) as error:
        raise Forbidden("bad_token", "this address is not one of this call") from error
    if not hmac.compare_digest(owner, _owner(account_sid, call_sid)):
        raise Forbidden("foreign_token", "this address belongs to another call")
    # the second field of a Fernet token, proven genuine by now
    began_at = int.from_bytes(base64.urlsafe_b64decode(padded[:12])[1:9], "big")
    return Sealed(
        State.from_dict(state), tenant_id, delivery_id or None, datetime.fromtimestamp(began_at, UTC)
    )


def _owner(account_sid: str, call_sid: str) -> str:
    digest = hashlib.sha256(f"{account_sid}|{call_sid}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:12]).decode()


def _encrypt(key: str, data: bytes, at: int) -> str:
    """Fernet with an initialisation vector made from the content itself: alike in, alike out."""
    vector = hmac.digest(b"iv" + key.encode(), at.to_bytes(8, "big") + data, "sha256")[:16]
    token: bytes = _fernet_of(key)._encrypt_from_parts(data, at, vector)
    return token.decode().rstrip("=")


@lru_cache(8)
def _fernet_of(key: str) -> Fernet:
    return Fernet(key)


@lru_cache(8)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([_fernet_of(key) for key in keys])
