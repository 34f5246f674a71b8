"""
What is kept of calls: written to the spool before the carrier gets its answer, carried into the database later.

Entries may arrive in any order and more than once: each names its call, and the rows are unique by call, by call, turn
and position, and by recording. Instants are ISO 8601, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from core.draining import Handler
from core.spool import Spool
from flows.language.text import plain
from flows.language.turn import (
    Answer,
    Dialled,
    Digits,
    Effect,
    Failed,
    Heard,
    HungUp,
    Queued,
    Recorded,
    Refused,
    Told,
    Turn,
)
from ivr import keeping
from ivr.leg import Leg

MASK = "••••"
MAX_HEARD, MAX_SAID, MAX_EFFECT = 40, 2000, 400
ENDS = {
    "completed": "hung_up",
    "no-answer": "abandoned",
    "canceled": "abandoned",
    "busy": "busy",
    "failed": "failed",
}
"""Last words of the carrier about a call, and ours where the flow did not end it."""


@dataclass(frozen=True)
class About:
    """The flow a call is in, by hash and name, and the delivery it brings."""

    flow: str
    flow_name: str
    delivery_id: int | None


def started(
    spool: Spool, tenant_id: int, leg: Leg, turn: Turn, flow_name: str, delivery_id: int | None, at: datetime
) -> None:
    """A call was answered by a flow; its first steps. The same kind of entry as what follows, so that they batch."""
    began = {"flow": turn.state.flow, "flow_name": flow_name, "delivery_id": delivery_id}
    spool.append("call_step", {**_turn(tenant_id, leg, turn, "", at), "began": began})


def went_on(
    spool: Spool,
    tenant_id: int,
    leg: Leg,
    turn: Turn,
    heard: str,
    at: datetime,
    about: About | None = None,
) -> None:
    """The caller answered (*heard*), and the flow went on, or another: the call is *about* something else then."""
    entry = _turn(tenant_id, leg, turn, heard, at)
    spool.append("call_step", {**entry, "about": asdict(about)} if about else entry)


def ended(spool: Spool, tenant_id: int, leg: Leg, status: str, duration_s: int, at: datetime) -> None:
    """The carrier says that an inbound call is over, in its own word."""
    about = {"reason": ENDS[status], "duration_s": duration_s}
    spool.append("call_ended", {**_call(tenant_id, leg, at), **about})


def voicemail(
    spool: Spool,
    tenant_id: int,
    call_sid: str,
    caller: str,
    url: str,
    duration_s: int,
    topic: str,
    at: datetime,
) -> None:
    """A message was left. The carrier's own report of the recording knows neither *caller* nor *topic*: both "" then."""
    entry = {
        "tenant_id": tenant_id,
        "carrier_id": call_sid,
        "recording_id": _id_of(url),
        "recording_url": url[:400],
        "caller": caller,
        "topic": topic,
        "duration_s": duration_s,
        "at": at.isoformat(),
    }
    spool.append("voicemail", entry)


def proof(spool: Spool, tenant_id: int, call_sid: str, url: str, duration_s: int, at: datetime) -> None:
    """A call was recorded from where its flow had said so."""
    entry = {
        "tenant_id": tenant_id,
        "call_id": call_sid,
        "recording_id": _id_of(url),
        "duration_s": duration_s,
        "at": at.isoformat(),
    }
    spool.append("proof", entry)


def heard(answer: Answer, is_secret: bool) -> str:
    """An answer as it is kept: what was keyed in, unless it is secret, or what came back."""
    match answer:
        case Digits(text):
            return MASK if text and is_secret else plain(text)[:MAX_HEARD]
        case Heard(text):
            return plain(text)[:MAX_HEARD]
        case Recorded(_, duration_s):
            return f"{duration_s} s"
        case Dialled(status) | Queued(status):
            return plain(status)[:MAX_HEARD]
        case Failed(reason):
            return reason[:MAX_HEARD]
        case HungUp() | Told() | Refused():
            return ""


def _id_of(url: str) -> str:
    return url.rsplit("/", 1)[-1].partition(".")[0][:64]


def _call(tenant_id: int, leg: Leg, at: datetime) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "carrier_id": leg.call_sid,
        "direction": leg.direction,
        "caller": leg.caller,
        "called": leg.called,
        "at": at.isoformat(),
    }


def _turn(tenant_id: int, leg: Leg, turn: Turn, heard: str, at: datetime) -> dict[str, Any]:
    rows = [[step.node, step.kind, " ".join(step.says)[:MAX_SAID], ""] for step in turn.steps]
    rows += [[turn.state.node, effect.kind, "", _effect(effect)] for effect in turn.effects]
    return {
        **_call(tenant_id, leg, at),
        "turn": turn.state.turn,
        "language": turn.state.lang,
        "reason": turn.ended or "",
        "heard": heard,
        "rows": rows,
    }


def _effect(effect: Effect) -> str:
    """Such as `scope=marketing`; a recording's address is for its own row."""
    shown = (f"{name}={value}" for name, value in effect.data.items() if name != "url")
    return plain(" ".join(shown))[:MAX_EFFECT]


SPOOLED: Mapping[str, Handler] = {
    "call_step": keeping.keep_steps,
    "call_ended": keeping.keep_ended,
    "voicemail": keeping.keep_voicemails,
    "proof": keeping.keep_proofs,
}
