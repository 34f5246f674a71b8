"""
How an answer to a send is understood: our five results, by the carrier's error code.

Codes after twilio.com/docs/api/errors; SignalWire and the exchange use the same numbers. Their meaning may change, so
this is a table with a safe default: an unknown refusal concerns one recipient, and what is no refusal by the carrier's
own JSON may have been sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from core.carriers.base import Accepted, Refused, Scope, SendResult, Unavailable, Unknown

LONGEST_WAIT_S = 3600.0

# codes that say more than "not this recipient"
REFUSALS: dict[int, Scope] = {
    10001: "sender",  # account inactive
    20003: "sender",  # wrong account or token
    20005: "sender",  # account not active
    20006: "sender",  # access denied
    30002: "sender",  # account suspended
    13214: "sender",  # caller ID not allowed
    13247: "sender",
    21210: "sender",  # caller ID not verified
    21212: "sender",  # From is no number
    21603: "sender",  # From missing
    21606: "sender",  # From cannot send SMS
    21659: "sender",  # From is not ours
    21660: "sender",  # From belongs to another account
    30032: "sender",  # toll-free number not verified
    30034: "sender",  # 10DLC not registered
    30035: "sender",  # 10DLC being configured
    34005: "sender",  # Twilio ended fax
    13227: "sender",  # the country is not allowed, as the next two
    21215: "sender",
    21408: "sender",
    20001: "campaign",  # parameter it does not know
    21205: "campaign",  # Url
    21219: "campaign",  # trial account, To not verified
    21608: "campaign",
    21602: "campaign",  # no body
    21609: "campaign",  # StatusCallback
    21617: "campaign",  # body too long
    21620: "campaign",  # media
    21623: "campaign",
}

# those that concern only numbers of the same country
OF_COUNTRY = frozenset({13227, 21215, 21408})

# surely not sent, and to be tried again after so many seconds
HOLDS: dict[int, tuple[Scope, float]] = {
    10004: ("sender", 30.0),  # too many calls at once
    86008: ("sender", 30.0),  # as above
    20429: ("sender", 5.0),  # too many requests at once
    21611: ("sender", 600.0),  # the sender's SMS queue is full
    22005: ("sender", 900.0),  # 24 h of calls are queued
    30022: ("sender", 60.0),  # A2P rate
    30023: ("sender", LONGEST_WAIT_S),  # A2P daily cap
    30450: ("campaign", LONGEST_WAIT_S),  # SMS pumping suspected
    30610: ("recipient", LONGEST_WAIT_S),  # quiet hours of the compliance toolkit
}


def result_of(status: int, text: str, wait: str | None = None) -> SendResult:
    """What an HTTP answer to a create means; *wait* is its Retry-After."""
    answer = parsed(text)
    if 200 <= status < 300:
        return _accepted(answer)
    if status == 429:
        code = code_of(answer) or "429"
        scope, wait_s = HOLDS.get(int(code), ("sender", 5.0))
        return Unavailable(code, _wait_s(wait, wait_s), scope)
    if status >= 500 or status == 408 or status < 400 or not code_of(answer):
        return Unknown(f"http_{status}")
    return _refused(status, int(code_of(answer)), answer, wait)


def parsed(text: str) -> dict[str, Any]:
    """The JSON object an answer holds; empty if it holds none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def code_of(answer: Mapping[str, Any]) -> str:
    """The carrier's error code; "" if this is no error of its own making."""
    code = str(answer.get("code") or "")
    return code if code.isascii() and code.isdigit() and len(code) <= 9 else ""


def _wait_s(wait: str | None, default_s: float) -> float:
    """Seconds the carrier asks us to wait; a date or nonsense counts as not said."""
    said = wait or ""
    return min(max(float(said), 0.5), LONGEST_WAIT_S) if said.isascii() and said.isdigit() else default_s


def _accepted(answer: Mapping[str, Any]) -> SendResult:
    sid = answer.get("sid")
    if not isinstance(sid, str) or not sid:
        return Unknown("no_sid")
    queue_ms = str(answer.get("queue_time") or "0")
    return Accepted(
        sid, str(answer.get("status") or ""), int(queue_ms) / 1000 if queue_ms.isdecimal() else 0.0
    )


def _refused(status: int, code: int, answer: Mapping[str, Any], wait: str | None = None) -> SendResult:
    if code in HOLDS:
        scope, wait_s = HOLDS[code]
        return Unavailable(str(code), _wait_s(wait, wait_s), scope)
    scope = "sender" if status == 401 else REFUSALS.get(code, "recipient")
    said = str(answer.get("message") or answer.get("detail") or "")
    return Refused(str(code), said, scope, code in OF_COUNTRY)
