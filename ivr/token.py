"""
The state of a call, sealed into the address the carrier asks next.

A token is base64 of when the call began (8 bytes) and its state as JSON under AES-SIV (RFC 5297), bound to one account
and one call, good for four hours from the call's first instant: no call lives longer. The same state of the same call
always seals into the same token, on whichever machine, so that a turn asked for twice is answered byte for byte alike;
AES-SIV is made for that. Its cost is only that equal states of one call look equal.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from core.errors import Forbidden, Invalid
from flows.language.turn import State

MAX_AGE_S = 4 * 3600
MAX_SKEW_S = 60
"""How far the clocks of two of our machines may be apart."""
MAX_CHARS = 1500
DATE_BYTES, TAG_BYTES = 8, 16
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


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
    began = int(at.timestamp()).to_bytes(DATE_BYTES, "big")
    data = _json([state.to_dict(), tenant_id, delivery_id or 0]).encode()
    sealed = _cipher(keys[0]).encrypt(data, [began, account_sid.encode(), call_sid.encode()])
    token = base64.urlsafe_b64encode(began + sealed).decode().rstrip("=")
    if len(token) > MAX_CHARS:
        raise Invalid(
            "token_too_long",
            "the call's variables need {count} characters of {most}; declare them shorter",
            count=len(token),
            most=MAX_CHARS,
        )
    return token


def unseal(keys: Sequence[str], token: str, call_sid: str, account_sid: str, at: datetime) -> Sealed:
    """What `seal` put in under any of *keys*. Forbidden if it is forged, over four hours old or of another call."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
    except ValueError:
        raw = b""
    began, sealed = raw[:DATE_BYTES], raw[DATE_BYTES:]
    age_s = int(at.timestamp()) - int.from_bytes(began, "big")
    if len(sealed) > TAG_BYTES and -MAX_SKEW_S <= age_s <= MAX_AGE_S:
        for key in keys:
            try:
                data = _cipher(key).decrypt(sealed, [began, account_sid.encode(), call_sid.encode()])
            except InvalidTag:
                continue
            state, tenant_id, delivery_id = json.loads(data)
            began_at = datetime.fromtimestamp(int.from_bytes(began, "big"), UTC)
            return Sealed(State.from_dict(state), tenant_id, delivery_id or None, began_at)
    raise Forbidden("bad_token", "this address is not one of this call")


@lru_cache(8)
def _cipher(key: str) -> AESSIV:
    """AES-256 under a key of its own, made from one of ours."""
    return AESSIV(hmac.digest(key.encode(), b"call token", "sha512"))
