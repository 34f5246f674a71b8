"""
Step 3 of the slice: write down how sends were answered.

Everything is compare-and-set and set-based: a receipt that came before the record of its own send finds `submitting` and
moves on from there; the record then finds nothing left to move.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.carriers.base import Accepted, Refused, SendResult, Unavailable, Unknown
from core.carriers.words import cause_of
from core.db import is_sqlite
from core.states import move_all, move_each
from customers.models import Touch
from outbound import locking, ways
from outbound.booking import unbook
from outbound.ending import OPTED_OUT, back_to_pending, conclude, release, touched
from outbound.models import Attempt, Sender, Source
from outbound.proving import Word, prove_sent, terms
from outbound.stop_scope import Stop, note_carrier_stops
from outbound.work import Work

# what names an attempt of which nobody else has written anything since it was sent
MINE = ("id", "state")
# what names a touch
TOUCH = ("tenant_id", "source", "direction")


@dataclass(frozen=True)
class Sent:
    """One piece of work and how the carrier answered it."""

    work: Work
    result: SendResult


def record(session: Session, sent: Sequence[Sent], real: datetime, now: datetime) -> None:
    """Write down the answers to a chunk of sends, in attempt-id order."""
    sent = sorted(sent, key=lambda one: one.work.attempt_id)
    _lock(session, sent)
    accepted = [(one.work, one.result) for one in sent if isinstance(one.result, Accepted)]
    unknown = [one.work for one in sent if isinstance(one.result, Unknown)]
    rows = [_accepted(work, result, real) for work, result in accepted]
    if move_each(session, Attempt, rows, "accepted", key=MINE) < len(rows):
        _prove(session, accepted)
    doubts = [{"id": work.attempt_id, "state": "submitting", "expect_by": real} for work in unknown]
    move_each(session, Attempt, doubts, "unknown", key=MINE)
    made = [_touch(work) for work in (*(work for work, _ in accepted), *unknown)]
    move_each(session, Touch, made, "made", key=TOUCH)
    _note_queue(session, accepted, real)
    refused = [(one.work, one.result) for one in sent if isinstance(one.result, Refused)]
    unbook(session, [work.attempt_id for work, result in refused if _refused(session, work, result, now)])
    unavailable: dict[Unavailable, list[Work]] = {}
    for one in sent:
        if isinstance(one.result, Unavailable):
            unavailable.setdefault(one.result, []).append(one.work)
    for result, works in unavailable.items():
        _unavailable(session, works, result, real, now)


def _lock(session: Session, sent: Sequence[Sent]) -> None:
    """What was just accepted is written in the order of ids and touches nothing else; any other answer may."""
    plain = all(isinstance(one.result, Accepted) and not one.result.queue_s for one in sent)
    if plain or is_sqlite(session):
        return
    work = sent[0].work
    session.execute(
        select(Sender.id).where(Sender.id == work.sender_id).with_for_update(key_share=True)
    ).all()
    locking.attempts(session, Attempt.id.in_([one.work.attempt_id for one in sent]))


def _prove(session: Session, accepted: Sequence[tuple[Work, Accepted]]) -> None:
    """Some have moved on without us: of those taken back meanwhile the carrier's answer proves that they left all the same."""
    found = locking.attempts(session, Attempt.id.in_([work.attempt_id for work, _ in accepted]))
    words = [Word(work.attempt_id, result.carrier_id, result.status) for work, result in accepted]
    prove_sent(session, found, words)


def _note_queue(session: Session, accepted: Sequence[tuple[Work, Accepted]], real: datetime) -> None:
    """When the carrier's own queue should have drained: more would be dialled later than we meant."""
    if accepted and accepted[-1][1].queue_s > 0:
        work, result = accepted[-1]
        until = real + timedelta(seconds=result.queue_s)
        session.execute(update(Sender).where(Sender.id == work.sender_id).values(queued_until=until))


def _touch(work: Work) -> dict[str, Any]:
    return {"tenant_id": work.tenant_id, "source": f"attempt:{work.token}", "direction": "out"}


def _accepted(work: Work, result: Accepted, real: datetime) -> dict[str, Any]:
    return {
        "id": work.attempt_id,
        "state": "submitting",
        "carrier_id": result.carrier_id[:64],
        "status": result.status[:20],
        **terms(work.channel, real, result.queue_s),
    }


def _refused(session: Session, work: Work, result: Refused, now: datetime) -> bool:
    """Whether it was news. What is condemned stops: this delivery, what the source sends, the sender or its way to a country."""
    row = {"id": work.attempt_id, "code": result.code, "ended_at": now}
    if not move_each(session, Attempt, [row], "refused"):
        return False
    touched(session, [work.token], "void")
    if result.scope == "recipient":
        cause = cause_of(work.channel, result.code)
        failed = {"id": work.delivery_id, "cause": cause, "value": result.code, "ended_at": now}
        conclude(session, [("failed", failed)])
        if cause == OPTED_OUT:
            note_carrier_stops(session, [Stop(work.tenant_id, work.address, work.attempt_id, now)])
        return True
    back_to_pending(session, [work.delivery_id], now)
    reason = f"{result.code}: {result.message}"
    if result.is_about_country:
        ways.close(session, work.sender_id, work.address, result.code, now)
    elif result.scope == "sender":
        move_all(session, Sender, Sender.id == work.sender_id, "stopped", reason=reason[:80])
    else:
        move_all(session, Source, Source.id == work.source_id, "paused", reason=reason[:60])
    return True


def _unavailable(
    session: Session, works: Sequence[Work], result: Unavailable, real: datetime, now: datetime
) -> None:
    back = [(work.attempt_id, work.delivery_id, work.token) for work in works]
    release(session, back, now, wait_s=result.retry_after_s, code=result.code)
    if result.scope == "sender":
        sender = session.get_one(Sender, works[0].sender_id)
        sender.next_at = max(sender.next_at, real + timedelta(seconds=result.retry_after_s))
