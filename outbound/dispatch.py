"""
Step 2 of the slice: mark, send, record. One loop runs per sender while there is work.

Chunks overlap: while two are with the carrier, the one before them is recorded, the next marked, and where it was the last
of its slice the next slice claimed. Between claim and record only the attempts' leases protect them, so a POST starts only
while this process's own monotonic clock, read before the claim began, says that the lease must still hold.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime

from sqlalchemy import bindparam, exists, select

from core import clock, draining, hosts
from core.carriers.base import Refused, SendResult, Unavailable
from core.db import ALL_TENANTS, ScopedSession, instant
from core.errors import Invalid
from core.holds import holding
from core.runtime import Runtime
from core.states import move_each
from customers.models import Suppression
from customers.suppression import REVIEW
from outbound.channels import CHANNELS
from outbound.ending import release
from outbound.models import ASKED, REPLY, Attempt, Delivery, Sender, Source
from outbound.record import Sent, record
from outbound.slices import Lane, Slice, next_slice, open_lane
from outbound.work import Work

LOGGER = logging.getLogger(__name__)
# when told to stop: how long to wait for answers; what has none by then is settled by its lease
LAST_ANSWERS_S = 1.5
ASIDE = Unavailable("stopping", 0.0, "recipient")
HELD_BACK = Unavailable("breaker", 0.0, "recipient")
_attempt, _source, _suppression = Attempt.__table__.c, Source.__table__.c, Suppression.__table__.c
_delivery = Delivery.__table__.c
# a statement made once: it is asked for every chunk
STOPPED = (
    select(_attempt.id)
    .join_from(Attempt.__table__, Source.__table__)
    .join(Delivery.__table__, _delivery.id == _attempt.delivery_id)
    .where(
        _attempt.tenant_id == bindparam("tenant"),
        _attempt.id.between(bindparam("first"), bindparam("last")),
        (_source.state != "open")
        | (_delivery.state != "active")
        | holding(_attempt.tenant_id)
        | exists().where(
            _suppression.tenant_id == _attempt.tenant_id,
            _suppression.address == _attempt.address,
            _suppression.scope.in_(("all", _source.purpose, _attempt.channel))
            | ((_suppression.scope == REVIEW) & (_source.purpose == "marketing")),
            # who asks us is answered whatever they ended, but not what they ended since
            ~_source.name.startswith(REPLY)
            | (_source.name.startswith(ASKED) & (_suppression.at >= _delivery.created_at)),
        ),
    )
)


def senders(runtime: Runtime) -> list[tuple[int, int, str]]:
    """Every sender that may send: id, tenant, channel."""
    with runtime.database.reading(ALL_TENANTS) as session:
        rows = session.execute(
            select(Sender.id, Sender.tenant_id, Sender.channel)
            .where(Sender.state == "open")
            .order_by(Sender.id)
        )
        return [(row.id, row.tenant_id, row.channel) for row in rows]


def run_sender(
    runtime: Runtime,
    pool: ThreadPoolExecutor,
    sender_id: int,
    tenant_id: int,
    channel: str,
    goes_on: Callable[[], bool] = lambda: True,
) -> Counter[str]:
    """
    Slice after slice, while there is anything to decide or send and nobody stops us.

    *goes_on* is asked before each claim.
    """
    lane = open_lane(runtime, pool, sender_id, tenant_id, channel)
    return send_all(lane, deque(), goes_on)


Chunks = deque[tuple[Slice, Sequence[Work]]]
Posted = list[tuple[Work, Future[SendResult]]]


def send_all(lane: Lane, chunks: Chunks, goes_on: Callable[[], bool]) -> Counter[str]:
    """
    Send *chunks* and what is claimed after them, as long as *goes_on*; how many were decided on, answered, and how.

    With nothing more to claim it claims once more when the last is recorded: that may have made room.
    """
    counts: Counter[str] = Counter()
    posted, done, is_deciding = Posted(), list[Sent](), True
    while chunks or posted or done or is_deciding:
        if lane.watch.has_tripped or lane.runtime.stopping.is_set():
            _give_back(lane, [one for _, chunk in chunks for one in chunk])
            chunks.clear()
        fresh = _record_and_post(lane, done, chunks)
        is_deciding = False
        if not chunks and (fresh or not posted) and _may_claim(lane, goes_on):
            slice_, decided = next_slice(lane)
            chunks.extend(slice_.chunks())
            counts += decided
            is_deciding = decided.total() > 0
        done = _answered(lane, posted)
        counts.update(type(sent.result).__name__.lower() for sent in done)
        posted = fresh
    return counts


def _may_claim(lane: Lane, goes_on: Callable[[], bool]) -> bool:
    return (
        not lane.watch.has_tripped
        and not lane.runtime.stopping.is_set()
        and goes_on()
        and draining.behind_s(lane.runtime.spool_dir) <= hosts.MAX_BEHIND_S
    )


def _record_and_post(lane: Lane, done: Sequence[Sent], chunks: Chunks) -> Posted:
    if not chunks:
        _record_and_mark(lane, done, ())
        return []
    slice_, chunk = chunks.popleft()
    return [(one, _post(slice_, one)) for one in _record_and_mark(lane, done, chunk)]


def _answered(lane: Lane, posted: Posted) -> list[Sent]:
    """The answers to a chunk; when we are told to stop only those that come soon."""
    futures = [future for _, future in posted]
    while (answered := wait(futures, timeout=0.5)).not_done:
        if lane.runtime.stopping.is_set():
            answered = wait(futures, timeout=LAST_ANSWERS_S)
            break
    return [Sent(work, future.result()) for work, future in posted if future in answered.done]


def _give_back(lane: Lane, work: Sequence[Work]) -> None:
    """Release what has not been marked: we are stopping, or nobody knows what the carrier does with what it gets."""
    if not work:
        return
    why = "breaker" if lane.watch.has_tripped else "stopped"
    LOGGER.warning("%s: %d held back (%s)", work[0].channel, len(work), why)
    with lane.runtime.database.session(lane.tenant_id) as session:
        release(session, _named(work), clock.now(), code=why)


def _named(work: Sequence[Work]) -> list[tuple[int, int, str]]:
    return [(one.attempt_id, one.delivery_id, one.token) for one in work]


def _record_and_mark(lane: Lane, done: Sequence[Sent], chunk: Sequence[Work]) -> Sequence[Work]:
    if not done and not chunk:
        return ()
    with lane.runtime.database.session(lane.tenant_id) as session:
        real = instant(session)
        record(session, done, real, clock.now())
        return _mark(session, lane, chunk, real) if chunk else ()


def _mark(session: ScopedSession, lane: Lane, chunk: Sequence[Work], real: datetime) -> list[Work]:
    """Move *chunk* to submitting, after a last look at stop flags and suppressions; what may be posted."""
    stopped = _stopped(session, lane, chunk)
    if stopped:
        back = [one for one in chunk if one.attempt_id in stopped]
        release(session, _named(back), clock.now(), code="stopped")
    mine = [one for one in chunk if one.attempt_id not in stopped and one.lease_until > real]
    rows = [{"id": one.attempt_id, "submitted_at": real} for one in mine]
    if move_each(session, Attempt, rows, "submitting") == len(rows):
        return mine
    ids = [one.attempt_id for one in mine]
    marked = set(
        session.scalars(select(Attempt.id).where(Attempt.id.in_(ids), Attempt.state == "submitting"))
    )
    return [one for one in mine if one.attempt_id in marked]


def _stopped(session: ScopedSession, lane: Lane, chunk: Sequence[Work]) -> set[int]:
    """
    Attempts that must not leave any more: we are stopping, their source was paused, everything was stopped, their delivery
    was given up, or their address opted out since the claim (the next claim writes down why).
    """
    if lane.runtime.stopping.is_set():
        return {one.attempt_id for one in chunk}
    ids = [one.attempt_id for one in chunk]
    span = {"tenant": lane.tenant_id, "first": min(ids), "last": max(ids)}
    return set(session.connection().execute(STOPPED, span).scalars()).intersection(ids)


def _post(slice_: Slice, work: Work) -> Future[SendResult]:
    """Hand one piece of work to the pool in its turn."""
    lane, moment = slice_.lane, slice_.began + work.place * slice_.gap_s
    while not lane.runtime.stopping.is_set() and (left := moment - clock.monotonic()) > 0:
        lane.runtime.stopping.wait(left)
    return lane.pool.submit(_send, slice_, work)


def _send(slice_: Slice, work: Work) -> SendResult:
    lane = slice_.lane
    if lane.runtime.stopping.is_set():
        return ASIDE
    try:
        order = CHANNELS[work.channel].order(work, lane.links)
    except Invalid as error:
        return Refused(error.code, error.message)
    except Exception:  # whatever it is, nothing has left
        LOGGER.exception("attempt %d: its content cannot be made", work.attempt_id)
        return Refused("content", "its content cannot be made")
    if lane.watch.has_tripped:
        return HELD_BACK
    answer = lane.carrier.send(order, slice_.submit_by)
    lane.watch.see(answer)
    return answer
