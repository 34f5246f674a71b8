"""
Step 3 of the slice, and what receipts and reconciliation lead to: write down how sends were answered and how they ended.

Everything is compare-and-set and set-based: a receipt that came before the record of its own send finds `submitting` and
moves on from there; the record then finds nothing left to move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import clock
from core.carriers.base import Accepted, Refused, SendResult, Unavailable, Unknown
from core.carriers.words import End, cause_of
from core.states import move_all, move_each, moved
from customers.models import Touch
from customers.suppression import opt_out_all
from outbound import answering, ways
from outbound.booking import settle_costs, unbook
from outbound.channels import CHANNELS
from outbound.models import Attempt, Delivery, Sender, Source
from outbound.retry import CUT_SHORT, UNFELT, again_at
from outbound.success import stop_rest
from outbound.work import Work

# when to ask the carrier after an attempt it has accepted but not spoken of since (a turned clock makes calls shorter)
EXPECT_AFTER_S = {"voice": 120.0, "sms": 900.0, "fax": 900.0}
OPTED_OUT = "opted_out"
# what names a touch
TOUCH = ("tenant_id", "source", "direction")


@dataclass(frozen=True)
class Sent:
    """One piece of work and how the carrier answered it."""

    work: Work
    result: SendResult


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


def record(session: Session, sent: Sequence[Sent], real: datetime, now: datetime) -> None:
    """Write down the answers to a chunk of sends, in attempt-id order."""
    sent = sorted(sent, key=lambda one: one.work.attempt_id)
    accepted = [(one.work, one.result) for one in sent if isinstance(one.result, Accepted)]
    unknown = [one.work for one in sent if isinstance(one.result, Unknown)]
    move_each(session, Attempt, [_accepted(work, result, real) for work, result in accepted], "accepted")
    move_each(session, Attempt, [{"id": work.attempt_id, "expect_by": real} for work in unknown], "unknown")
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
        "carrier_id": result.carrier_id[:64],
        "status": result.status[:20],
        **terms(work.channel, real, result.queue_s),
    }


def terms(channel: str, real: datetime, queue_s: float = 0.0) -> dict[str, datetime]:
    """How long an attempt accepted at *real* may hold its line, and when to ask about it if nobody speaks of it."""
    return {
        "line_until": real + timedelta(seconds=CHANNELS[channel].busy_s(queue_s)),
        "expect_by": real + timedelta(seconds=EXPECT_AFTER_S[channel] / clock.speed() + queue_s),
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
        move_each(session, Delivery, [failed], "failed")
        if cause == OPTED_OUT:
            opt_out_all(session, [_opted_out(work.tenant_id, work.address, work.attempt_id, now)])
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
    chosen = Delivery.id.in_(delivery_ids)
    move_all(session, Delivery, chosen, "pending", due_at=due_at, attempts=Delivery.attempts - 1)


def settle_ends(session: Session, ended: Sequence[Ended]) -> int:
    """Write down attempts that are over and what that means for their deliveries; how many were news."""
    answered = answering.ends(session, [one.attempt_id for one in ended if one.end.outcome == "reached"])
    known = [replace(one, end=answered.get(one.attempt_id, one.end)) for one in ended]
    fresh = [one for one in known if _end_attempt(session, one)]
    if not fresh:
        return 0
    found = session.execute(
        select(Delivery, Source).join(Source).where(Delivery.id.in_([one.delivery_id for one in fresh]))
    )
    deliveries = {delivery.id: (delivery, source) for delivery, source in found}
    _forget_unfelt(session, fresh)
    _settle_costs(session, fresh, {one.id: one.channel for one, _ in deliveries.values()})
    opt_out_all(
        session,
        [
            _opted_out(delivery.tenant_id, delivery.address, one.attempt_id, one.at)
            for one in fresh
            if one.end.cause == OPTED_OUT
            for delivery, _ in (deliveries[one.delivery_id],)
        ],
    )
    failures = _failures(session, [one.delivery_id for one in fresh])
    moves: dict[str, list[dict[str, Any]]] = {}
    for one in fresh:
        to, row = _next(one, *deliveries[one.delivery_id], failures)
        moves.setdefault(to + "".join(sorted(row)), []).append({**row, "to": to})
    for rows in moves.values():
        to = rows[0]["to"]
        move_each(session, Delivery, [{name: row[name] for name in row if name != "to"} for row in rows], to)
    stop_rest(session, [one.delivery_id for one in fresh if one.end.outcome == "reached"], clock.now())
    return len(fresh)


def _opted_out(tenant_id: int, address: str, attempt_id: int, at: datetime) -> dict[str, Any]:
    """The carrier knows of a STOP that we may not: it came before us, or only to the network (21610)."""
    wish = {"tenant_id": tenant_id, "address": address, "scope": "marketing", "reason": "carrier_stop"}
    return {**wish, "source": f"attempt:{attempt_id}", "at": at}


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


def _next(
    one: Ended, delivery: Delivery, source: Source, failures: dict[tuple[int, str], int]
) -> tuple[str, dict[str, Any]]:
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
