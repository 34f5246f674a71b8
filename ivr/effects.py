"""
Carries out what a turn asks for outside the call.

Every effect is also a row among the call's steps. Those that are nothing more (a case, an answer, a language) are on
record the moment the spool has them; an opt-out counts at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from core.phone import masked
from core.runtime import Runtime
from customers.models import SCOPES
from customers.suppression import opt_out
from flows.language.turn import Effect, Turn
from ivr import records
from ivr.leg import Leg, number_or_none

log = logging.getLogger(__name__)
Data = Mapping[str, str]


def carry_out(runtime: Runtime, tenant_id: int, leg: Leg, turn: Turn, at: datetime) -> None:
    """Do everything *turn* asks for, in its order. Doing it again changes nothing."""
    for effect in turn.effects:
        EFFECTS[effect.kind](runtime, tenant_id, leg, effect, at)


def _opt_out(runtime: Runtime, tenant_id: int, leg: Leg, effect: Effect, at: datetime) -> None:
    """Into the database now; into the spool if it is away or slow. A withheld number has nothing to be suppressed."""
    address = number_or_none(leg.person)
    if not address:
        log.warning("call %s: opt-out by a caller without a number", leg.call_sid)
        return
    scope = effect.data.get("scope", "all")
    wish = {
        "tenant_id": tenant_id,
        "address": address,
        "scope": scope if scope in SCOPES else "all",
        "reason": "keypress",
        "source": f"call:{leg.call_sid}",
    }
    try:
        with runtime.database.hurried(tenant_id) as session:
            opt_out(session, at=at, **wish)  # type: ignore[arg-type]  # one word a parameter, as written above
    except (SQLAlchemyError, OSError) as error:
        log.error("opt-out of %s spooled: %s", masked(address), type(error).__name__)
        runtime.spool.append("opt_out", {**wish, "at": at.isoformat()})


def _message_left(runtime: Runtime, tenant_id: int, leg: Leg, effect: Effect, at: datetime) -> None:
    data = effect.data
    records.voicemail(
        runtime.spool,
        tenant_id,
        leg.call_sid,
        leg.person,
        data["url"],
        int(data["duration_s"]),
        data["box"],
        at,
    )


def _on_record(runtime: Runtime, tenant_id: int, leg: Leg, effect: Effect, at: datetime) -> None:
    """Nothing more than its step."""


def _log_error(runtime: Runtime, tenant_id: int, leg: Leg, effect: Effect, at: datetime) -> None:
    log.error("call %s: %s at node %s", leg.call_sid, effect.data.get("code"), effect.data.get("node"))


EFFECTS: Mapping[str, Callable[[Runtime, int, Leg, Effect, datetime], None]] = {
    "opt_out": _opt_out,
    "message_left": _message_left,
    "case": _on_record,
    "case_opened": _on_record,
    "callback_asked": _on_record,
    "answer": _on_record,
    "language": _on_record,
    "error": _log_error,
}
