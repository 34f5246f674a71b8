"""
How a delivery ends: what the end of an attempt means for the delivery it was for, whoever tells of it.

A record, a receipt, a reconciliation and a decision of staff all come here. Everything is compare-and-set and set-based; the
callers hold the locks of outbound/locking.py. While another try at the same delivery is under way, that one decides; and what
another try may have reached already is not sent again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock
from core.carriers.words import End
from core.states import move_all, move_each, moved
from customers.models import Touch
from outbound import answering
from outbound.booking import settle_costs, unbook
from outbound.models import Attempt, Delivery, Source
from outbound.retry import CUT_SHORT, UNFELT, again_at
from outbound.stop_scope import Stop, note_carrier_stops
from outbound.success import stop_rest

OPTED_OUT = "opted_out"
ALIVE = ("claimed", "submitting", "accepted", "unknown")
# where a delivery goes, and the row that says so: its id and the columns that change
Move = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Ended:
    """An attempt that is over. *at* is business time; *pages* were confirmed, *duration_s* were talked."""

    attempt_id: int
    delivery_id: int
    end: End
    code: str
    at: datetime
    status: str = ""
    duration_s: int = 0
    pages: int = 0


def release(
    session: Session,
    attempts: Sequence[tuple[int, int, str]],
    now: datetime,
    *,
    wait_s: float = 0.0,
    code: str = "",
) -> int:
    """
    Take back attempts (id, delivery id, token) of which surely nothing left: they do not count. How many were.

    One that has moved on meanwhile keeps its delivery: that may be on its way under a newer attempt.
    """
    ids = [attempt_id for attempt_id, _, _ in attempts]
    released = moved(session, Attempt, ids, "released", code=code, ended_at=now)
    touched(session, [token for attempt_id, _, token in attempts if attempt_id in released], "void")
    freed = [delivery_id for attempt_id, delivery_id, _ in attempts if attempt_id in released]
    back_to_pending(session, freed, now + timedelta(seconds=wait_s))
    unbook(session, released)
    return len(released)


def back_to_pending(session: Session, delivery_ids: Sequence[int], due_at: datetime) -> None:
    """Nothing left: the deliveries are due again, and the try does not count."""
    others = _other_tries(session, delivery_ids)
    doubtful = [one for one, is_under_way in others.items() if not is_under_way]
    uncounted = {"attempts": Delivery.attempts - 1}
    free = Delivery.id.in_(set(delivery_ids).difference(others))
    move_all(session, Delivery, free, "pending", due_at=due_at, **uncounted)
    if doubtful:
        doubt = {"reason": "unknown", "ended_at": clock.now(), **uncounted}
        move_all(session, Delivery, Delivery.id.in_(doubtful), "unknown", **doubt)


def settle_ends(session: Session, ended: Sequence[Ended]) -> int:
    """Write down attempts that are over and what that means for their deliveries; how many were news."""
    answered = answering.ends(session, [one.attempt_id for one in ended if one.end.outcome == "reached"])
    known = [replace(one, end=answered.get(one.attempt_id, one.end)) for one in ended]
    fresh = [one for one in sorted(known, key=lambda one: one.attempt_id) if _end_attempt(session, one)]
    if not fresh:
        return 0
    found = session.execute(
        select(Delivery, Source).join(Source).where(Delivery.id.in_([one.delivery_id for one in fresh]))
    )
    deliveries = {delivery.id: (delivery, source) for delivery, source in found}
    _forget_unfelt(session, fresh)
    note_carrier_stops(
        session,
        [
            Stop(delivery.tenant_id, delivery.address, one.attempt_id, one.at)
            for one in fresh
            if one.end.cause == OPTED_OUT
            for delivery, _ in (deliveries[one.delivery_id],)
        ],
    )
    failures = _failures(session, [one.delivery_id for one in fresh])
    conclude(session, [_next(one, *deliveries[one.delivery_id], failures) for one in fresh])
    stop_rest(session, [one.delivery_id for one in fresh if one.end.outcome == "reached"], clock.now())
    _settle_costs(session, fresh, {one.id: one.channel for one, _ in deliveries.values()})
    return len(fresh)


def conclude(session: Session, moves: Sequence[Move], but: int = 0) -> None:
    """Move deliveries on after a try at each has ended; *but* is that attempt where its state does not say so."""
    others = _other_tries(session, [row["id"] for to, row in moves if to != "reached"], but)
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for to, row in moves:
        if to != "reached" and (is_under_way := others.get(row["id"])) is not None:
            if is_under_way:
                continue
            to, row = "unknown", {"id": row["id"], "reason": "unknown", "ended_at": clock.now()}
        alike.setdefault((to, *sorted(row)), []).append(row)
    # a success first: what is due again by another try of the same batch must not hide it
    for (to, *_), rows in sorted(alike.items(), key=lambda one: one[0][0] != "reached"):
        move_each(session, Delivery, rows, to)


def _other_tries(session: Session, delivery_ids: Collection[int], but: int = 0) -> dict[int, bool]:
    """Those of the deliveries at which there is another try that may arrive, or has: whether one is still under way."""
    found: dict[int, bool] = {}
    if delivery_ids:
        alive = (Attempt.delivery_id.in_(delivery_ids), Attempt.state.in_(ALIVE), Attempt.id != but)
        for one, settled_at in session.execute(select(Attempt.delivery_id, Attempt.settled_at).where(*alive)):
            found[one] = found.get(one, False) or settled_at is None
    return found


def _end_attempt(session: Session, one: Ended) -> bool:
    row: dict[str, Any] = {
        "id": one.attempt_id,
        "outcome": one.end.outcome,
        "code": one.code[:40],
        "status": one.status[:20],
        "ended_at": one.at,
        "duration_s": one.duration_s,
        "pages": one.pages,
    }
    return move_each(session, Attempt, [row], "ended") == 1


def _forget_unfelt(session: Session, fresh: Sequence[Ended]) -> None:
    """Where nothing rang and nothing arrived nobody was contacted: frequency caps do not count it."""
    unfelt = [one.attempt_id for one in fresh if one.end.cause in UNFELT]
    if unfelt:
        touched(session, list(session.scalars(select(Attempt.token).where(Attempt.id.in_(unfelt)))), "void")


def _settle_costs(session: Session, fresh: Sequence[Ended], channels: Mapping[int, str]) -> None:
    """A call taken back before it was dialled took nothing; other calls and faxes what they lasted. A text is paid for."""
    taken_back = {one.attempt_id for one in fresh if one.end.cause == "cancelled"}
    unbook(session, taken_back)
    lasted = {
        one.attempt_id: (max(one.duration_s, one.end.outcome == "reached"), one.pages)
        for one in fresh
        if channels[one.delivery_id] != "sms" and one.attempt_id not in taken_back
    }
    settle_costs(session, lasted)


def _failures(session: Session, delivery_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    """How often each delivery has ended for each outcome."""
    rows = session.execute(
        select(Attempt.delivery_id, Attempt.outcome, func.count())
        .where(Attempt.delivery_id.in_(delivery_ids), Attempt.state == "ended")
        .group_by(Attempt.delivery_id, Attempt.outcome)
    )
    return {(delivery_id, outcome): count for delivery_id, outcome, count in rows}


def _next(one: Ended, delivery: Delivery, source: Source, failures: dict[tuple[int, str], int]) -> Move:
    """Where a delivery goes after an attempt at it ended: reached, once more, or failed."""
    if one.end.outcome == "reached":
        return "reached", {"id": delivery.id, "reason": "", "cause": "", "ended_at": one.at}
    cause = one.end.cause
    if cause == "cancelled":  # by us, because the source was paused or stopped
        if source.state == "stopped":
            return "cancelled", {"id": delivery.id, "reason": source.reason, "ended_at": one.at}
        return "pending", {"id": delivery.id, "due_at": one.at}
    tries = failures.get((delivery.id, one.end.outcome), 1)
    due_at = again_at(delivery.channel, cause, tries, one.at, source.retries)
    if one.pages and cause in CUT_SHORT:  # part of the letter has arrived: it must not come again
        due_at = None
    if due_at is None or due_at >= delivery.expires_at or source.state == "stopped":
        final = {"reason": "", "cause": cause, "value": one.code, "ended_at": one.at}
        return "failed", {"id": delivery.id, **final}
    return "pending", {"id": delivery.id, "due_at": due_at, "cause": cause}


def touched(session: Session, tokens: Sequence[str], to: str) -> None:
    """The touches of the attempts *tokens* were made, or never were."""
    if tokens:
        move_all(session, Touch, Touch.source.in_([f"attempt:{token}" for token in tokens]), to)
