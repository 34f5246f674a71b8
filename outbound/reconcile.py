"""
Step 5 of the slice: find out what became of attempts nobody reports on.

An expired claim never left. An expired submission perhaps did: it is looked for in the carrier's own lists, and only where
a complete list without a trace is proof (the carrier says after how long) is it tried again. What cannot be proven either
way stays unknown, and is never sent again by itself.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock
from core.carriers.base import Carrier, Report
from core.carriers.words import end_of
from core.db import ALL_TENANTS, instant
from core.errors import Unavailable
from core.models import Tenant
from core.runtime import Runtime
from core.states import move_all, moved
from outbound import awaited, locking, settings
from outbound.awaited import BATCH
from outbound.ending import Ended, conclude, release, settle_ends
from outbound.models import CLAIMABLE, Attempt, Delivery, Sender
from outbound.proving import Word, prove_sent

LOGGER = logging.getLogger(__name__)
MARGIN = timedelta(seconds=60)
# Twilio's lists are only eventually right: look again for this long before giving up
GIVE_UP_AFTER = timedelta(minutes=30)
# a carrier that has said nothing final for so long (its own time) will not any more: networks without receipts end with "sent"
LAST_WORD_AFTER = timedelta(hours=6)
ASK_AGAIN_S = 5.0


def reconcile(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Expire what is over, then ask the carriers about what is overdue; how many of what."""
    counts: Counter[str] = Counter()
    with runtime.database.session(ALL_TENANTS) as session:
        counts.update(expire(session))
    for chosen, ask in ((awaited.overdue, _fetch), (awaited.lost, _look_for), (awaited.unwanted, _take_back)):
        with runtime.database.reading(ALL_TENANTS) as session:
            asked = chosen(session)
        answers = list(pool.map(partial(_asked, runtime, ask), asked))
        if asked:
            with runtime.database.session(ALL_TENANTS) as session:
                counts.update(_settle(session, dict(zip((row.id for row, _ in asked), answers, strict=True))))
    return counts


def _settle(session: Session, answers: Mapping[int, Answer]) -> Counter[str]:
    """Write down what the carriers said of attempts, which are read anew: words about them may have been faster."""
    attempts = locking.attempts(session, Attempt.id.in_(answers))
    real, now = instant(session), clock.now()
    found = _found(session, attempts, answers)
    words = [Word(one, report.carrier_id, report.status) for one, report in found.items()]
    prove_sent(session, [attempt for attempt in attempts if attempt.id in found], words)
    ended = [_ended(one, found[one.id], now) for one in attempts if one.id in found]
    over = [one for one in ended if one]
    is_over = {one.attempt_id for one in over}
    counts = Counter(found=len(over))
    for attempt in attempts:
        if attempt.id not in found:
            counts[_without_report(session, attempt, answers[attempt.id], real, now)] += 1
        elif attempt.id not in is_over:
            counts[_still_open(session, attempt, found[attempt.id].status, real, now)] += 1
    settle_ends(session, over)
    return counts


def expire(session: Session) -> dict[str, int]:
    """
    Deliveries past their time expire, submissions nobody recorded become unknown, claims go back; what others hold waits for
    the next time.
    """
    real, now = instant(session), clock.now()
    silent = select(Attempt.id).where(Attempt.state == "submitting", Attempt.lease_until < real)
    late = select(Delivery.id).where(Delivery.expires_at <= now, CLAIMABLE)
    free, unlocked = silent.with_for_update(skip_locked=True), late.with_for_update(skip_locked=True)
    over = select(Attempt.id, Attempt.delivery_id, Attempt.token).where(
        Attempt.state == "claimed", Attempt.lease_until < real
    )
    expired = move_all(session, Delivery, Delivery.id.in_(unlocked), "expired", ended_at=now)
    unknown = move_all(session, Attempt, Attempt.id.in_(free), "unknown", expect_by=real)
    found = session.execute(over.order_by(Attempt.id).limit(BATCH).with_for_update(skip_locked=True))
    claimed = [(row.id, row.delivery_id, row.token) for row in found]
    released = release(session, claimed, now, code="lease_expired") if claimed else 0
    return {"released": released, "unknown": unknown, "expired": expired}


@dataclass(frozen=True)
class Answer:
    """
    What a carrier has that may be an attempt's; *proves_absence* if there would be more had it ever been sent,
    *is_silent* if the carrier could not be asked.
    """

    reports: Sequence[Report] = ()
    proves_absence: bool = False
    is_silent: bool = False


NO_ANSWER = Answer(is_silent=True)


def _asked(runtime: Runtime, ask: Callable[[Carrier, Attempt, Sender], Answer], row: awaited.Row) -> Answer:
    attempt, sender = row
    try:
        return ask(runtime.carriers[attempt.channel], attempt, sender)
    except Unavailable:
        return NO_ANSWER


def _fetch(carrier: Carrier, attempt: Attempt, sender: Sender) -> Answer:
    report = carrier.fetch(attempt.channel, attempt.carrier_id or "")
    return Answer((report,) if report else ())


def _take_back(carrier: Carrier, attempt: Attempt, sender: Sender) -> Answer:
    """Only while it waits there: a conversation that has begun is not cut."""
    report = carrier.fetch(attempt.channel, attempt.carrier_id or "")
    if report and report.status == "queued":
        report = carrier.stop(attempt.channel, attempt.carrier_id or "")
    return Answer((report,) if report else ())


def _look_for(carrier: Carrier, attempt: Attempt, sender: Sender) -> Answer:
    """Everything created from our number to theirs around that time."""
    since, until = _window(attempt)
    listing = carrier.find(attempt.channel, attempt.address, sender.address, since, until)
    waited_s = (clock.real() - _over_at(attempt)).total_seconds()
    proof_s = carrier.absence_proves_after_s
    return Answer(listing.reports, listing.complete and proof_s is not None and waited_s >= proof_s)


def _window(attempt: Attempt) -> tuple[datetime, datetime]:
    """When it may have been created, by the carrier's clock (business time where the clock is turned)."""
    begun = attempt.submitted_at or _over_at(attempt)
    return clock.business(begun - MARGIN), clock.business(_over_at(attempt) + MARGIN)


def _over_at(attempt: Attempt) -> datetime:
    """The real instant from which this attempt cannot be on its way any more."""
    return attempt.lease_until or attempt.submitted_at or clock.real()


def _found(session: Session, attempts: Sequence[Attempt], answers: Mapping[int, Answer]) -> dict[int, Report]:
    """What the carriers have of each attempt. An id proves one send only: what is bound to another attempt is not its own."""
    bound = _bound(session, {one.carrier_id for answer in answers.values() for one in answer.reports})
    found: dict[int, Report] = {}
    for attempt in attempts:
        reports = answers[attempt.id].reports
        own = [one for one in reports if bound.get(one.carrier_id, attempt.id) == attempt.id]
        if len(own) > 1:
            LOGGER.error("attempt %d may have been sent twice: the carrier has %d", attempt.id, len(own))
        if own:
            found[attempt.id] = own[0]
            bound[own[0].carrier_id] = attempt.id
    return found


def _bound(session: Session, carrier_ids: set[str]) -> dict[str, int]:
    """The attempts the carrier's ids belong to already."""
    rows = session.execute(select(Attempt.carrier_id, Attempt.id).where(Attempt.carrier_id.in_(carrier_ids)))
    return {row.carrier_id: row.id for row in rows}


def _ended(attempt: Attempt, report: Report, now: datetime) -> Ended | None:
    """How it ended, or None if the carrier has not said so."""
    end = end_of(attempt.channel, report.status, report.code)
    if end is None:
        return None
    return Ended(
        attempt_id=attempt.id,
        delivery_id=attempt.delivery_id,
        end=end,
        code=report.code,
        at=now,
        status=report.status,
        duration_s=report.duration_s,
        pages=report.pages,
    )


def _still_open(session: Session, attempt: Attempt, status: str, real: datetime, now: datetime) -> str:
    """The carrier has it and has not said how it ended."""
    if _is_past_hope(session, attempt, real):
        return give_up_or_fail(session, attempt, real, now)
    _expect_later(session, attempt, real, status=status[:20])
    return "waiting"


def _without_report(session: Session, attempt: Attempt, answer: Answer, real: datetime, now: datetime) -> str:
    if attempt.state not in ("accepted", "unknown"):
        return "settled"  # while the carrier was asked
    if attempt.state == "unknown" and answer.proves_absence:
        release(session, [(attempt.id, attempt.delivery_id, attempt.token)], now, code="proven_absent")
        return "proven_absent"
    has_looked = attempt.state == "unknown" and not answer.is_silent
    if _is_past_hope(session, attempt, real) or (has_looked and real > _over_at(attempt) + GIVE_UP_AFTER):
        return give_up_or_fail(session, attempt, real, now)
    _expect_later(session, attempt, real)
    return "waiting"


def give_up_or_fail(session: Session, attempt: Attempt, real: datetime, now: datetime) -> str:
    """What the carrier has, and never confirms, was sent: it failed. What may never have left stays unknown."""
    if _is_taken_text(attempt):
        return unconfirmed(session, attempt, real, now)
    give_up(session, attempt, real, now)
    return "given_up"


def unconfirmed(session: Session, attempt: Attempt, real: datetime, now: datetime) -> str:
    """The network gives no receipts: not tried again, for it may well have arrived. A late receipt still counts."""
    settled = {"settled_at": real, "expect_by": None, "outcome": "unconfirmed"}
    if moved(session, Attempt, [attempt.id], "unknown", **settled):
        row = {"id": attempt.delivery_id, "reason": "", "cause": "unconfirmed", "ended_at": now}
        conclude(session, [("failed", row)], but=attempt.id)
    return "unconfirmed"


def give_up(session: Session, attempt: Attempt, real: datetime, now: datetime) -> None:
    """Nothing more can be found out: the delivery is unknown for good, unless a late receipt or staff settle it."""
    moved(session, Attempt, [attempt.id], "unknown")
    mine = update(Attempt).where(Attempt.id == attempt.id, Attempt.state == "unknown")
    fresh = mine.where(Attempt.settled_at.is_(None)).values(settled_at=real).returning(Attempt.id)
    if session.execute(fresh).first():
        row = {"id": attempt.delivery_id, "reason": "unknown", "ended_at": now}
        conclude(session, [("unknown", row)], but=attempt.id)
    session.execute(mine.values(expect_by=None))


def _is_past_hope(session: Session, attempt: Attempt, real: datetime) -> bool:
    return _waited(attempt, real) > _last_word_after(session, attempt)


def _waited(attempt: Attempt, real: datetime) -> timedelta:
    """How long the carrier has had it, in the carrier's time: while a demo is stopped its exchange says nothing either."""
    return clock.business(real) - clock.business(attempt.submitted_at or real)


def _last_word_after(session: Session, attempt: Attempt) -> timedelta:
    """The carrier's time after which it says nothing final any more; for texts it has taken, as the tenant says."""
    if not _is_taken_text(attempt):
        return LAST_WORD_AFTER
    own = settings.of(session.get_one(Tenant, attempt.tenant_id)).texting
    return timedelta(hours=own.unconfirmed_after_h)


def _is_taken_text(attempt: Attempt) -> bool:
    return attempt.state == "accepted" and attempt.channel == "sms"


def _expect_later(session: Session, attempt: Attempt, real: datetime, **seen: str) -> None:
    """Ask again, each time after twice as long, and once more when it is too late for an answer."""
    begun = attempt.submitted_at or real
    left = (_last_word_after(session, attempt) - _waited(attempt, real)) / clock.speed()
    wait = max(timedelta(seconds=ASK_AGAIN_S), min((real - begun) / 2, left))
    session.execute(update(Attempt).where(Attempt.id == attempt.id).values(expect_by=real + wait, **seen))
