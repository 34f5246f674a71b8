"""
The slice: claim, send, record. One runs per sender, again and again while there is work.

Chunks overlap: while one is with the carrier, the one before is recorded and the next is marked, both in one transaction.
Between claim and record only the attempts' leases protect them, so a POST starts only while this process's own monotonic
clock, read before the claim began, says that the lease must still hold.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, exists, select

from core import clock, draining, hosts
from core.carriers.base import Carrier, Refused, SendResult, Unavailable
from core.db import ALL_TENANTS, ScopedSession, instant
from core.errors import Invalid
from core.holds import holding
from core.runtime import Runtime
from core.states import move_each
from customers.models import Suppression
from customers.suppression import REVIEW
from outbound import breaker, high_water, restored
from outbound.channels import CHANNELS
from outbound.claim import claim
from outbound.links import Links
from outbound.models import Attempt, Delivery, Sender, Source
from outbound.record import Sent, record, release
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
            _suppression.scope.in_(("all", _source.purpose))
            | ((_suppression.scope == REVIEW) & (_source.purpose == "marketing")),
        ),
    )
)


@dataclass(frozen=True)
class Slice:
    """One slice under way. *submit_by* and *began* are monotonic; sends are *gap_s* apart from *began* on, by their places."""

    runtime: Runtime
    tenant_id: int
    carrier: Carrier
    links: Links
    pool: ThreadPoolExecutor
    submit_by: float
    began: float
    gap_s: float
    # the carrier's, as they come: those who wait for a thread see them before their turn
    answers: list[SendResult] = field(default_factory=list)


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
    """Slice after slice, while there is anything to decide or send, nobody stops us and *goes_on* says so."""
    counts: Counter[str] = Counter()
    while (
        not runtime.stopping.is_set()
        and goes_on()
        and draining.behind_s(runtime.spool_dir) <= hosts.MAX_BEHIND_S
    ):
        done = run_slice(runtime, pool, sender_id, tenant_id, channel)
        if not done.total():
            break
        counts += done
    return counts


def run_slice(
    runtime: Runtime, pool: ThreadPoolExecutor, sender_id: int, tenant_id: int, channel: str
) -> Counter[str]:
    """Claim, send and record up to two seconds' worth of one sender's rate; empty if there was nothing to do."""
    submit_by = clock.monotonic() + runtime.config.submit_window_s
    with runtime.database.session(tenant_id) as session:
        if hosts.in_the_way(session, runtime.host) or restored.hold_if_older(runtime, session):
            return Counter()
        mark = high_water.path_in(runtime.config.state_dir, high_water.identity(session))
        claimed = claim(session, sender_id, runtime.config.lease_s, runtime.config.submit_window_s)
    if not claimed.work:
        return claimed.decided
    high_water.raise_to(mark, max(one.attempt_id for one in claimed.work))
    slice_ = Slice(
        runtime=runtime,
        tenant_id=tenant_id,
        carrier=runtime.carriers[channel],
        links=Links.of(runtime),
        pool=pool,
        submit_by=submit_by,
        began=clock.monotonic() + claimed.wait_s,
        gap_s=claimed.gap_s,
    )
    return claimed.decided + _send_all(slice_, claimed.work)


def _send_all(slice_: Slice, work: Sequence[Work]) -> Counter[str]:
    """Chunk after chunk: while one is with the carrier, the one before is recorded and the next marked."""
    counts: Counter[str] = Counter()
    size = slice_.runtime.config.send_threads
    on_its_way: list[tuple[Work, Future[SendResult]]] = []
    done: list[Sent] = []
    for start in [*range(0, len(work), size), len(work)]:
        if breaker.trips(slice_.answers):
            _release(slice_, work[start:])
            work = work[:start]
        marked = _record_and_mark(slice_, done, work[start : start + size])
        posted = [(one, _post(slice_, one)) for one in marked]
        done = _answered(slice_, on_its_way)
        counts.update(type(sent.result).__name__.lower() for sent in done)
        on_its_way = posted
    _record_and_mark(slice_, done, ())
    return counts


def _answered(slice_: Slice, on_its_way: Sequence[tuple[Work, Future[SendResult]]]) -> list[Sent]:
    """The answers to a chunk; when we are told to stop only those that come soon."""
    futures = [future for _, future in on_its_way]
    while wait(futures, timeout=0.5).not_done:
        if slice_.runtime.stopping.is_set():
            wait(futures, timeout=LAST_ANSWERS_S)
            break
    return [Sent(work, future.result()) for work, future in on_its_way if future.done()]


def _release(slice_: Slice, work: Sequence[Work]) -> None:
    """Nobody knows what the carrier does with what it gets: keep the rest here."""
    if work:
        LOGGER.warning("%s: the carrier leaves us in the dark, %d held back", work[0].channel, len(work))
        with slice_.runtime.database.session(slice_.tenant_id) as session:
            back = [(one.attempt_id, one.delivery_id, one.token) for one in work]
            release(session, back, clock.now(), code="breaker")


def _record_and_mark(slice_: Slice, done: Sequence[Sent], chunk: Sequence[Work]) -> list[Work]:
    if not done and not chunk:
        return []
    with slice_.runtime.database.session(slice_.tenant_id) as session:
        real = instant(session)
        record(session, done, real, clock.now())
        return _mark(session, slice_, chunk, real) if chunk else []


def _mark(session: ScopedSession, slice_: Slice, chunk: Sequence[Work], real: datetime) -> list[Work]:
    """Move *chunk* to submitting, after a last look at stop flags and suppressions; what may be posted."""
    stopped = _stopped(session, slice_, chunk)
    back = [(one.attempt_id, one.delivery_id, one.token) for one in chunk if one.attempt_id in stopped]
    if back:
        release(session, back, clock.now(), code="stopped")
    mine = [one for one in chunk if one.attempt_id not in stopped and one.lease_until > real]
    rows = [{"id": one.attempt_id, "submitted_at": real} for one in mine]
    if move_each(session, Attempt, rows, "submitting") == len(rows):
        return mine
    ids = [one.attempt_id for one in mine]
    marked = set(
        session.scalars(select(Attempt.id).where(Attempt.id.in_(ids), Attempt.state == "submitting"))
    )
    return [one for one in mine if one.attempt_id in marked]


def _stopped(session: ScopedSession, slice_: Slice, chunk: Sequence[Work]) -> set[int]:
    """
    Attempts that must not leave any more: we are stopping, their source was paused, everything was stopped, their delivery
    was given up, or their address opted out since the claim (the next claim writes down why).
    """
    if slice_.runtime.stopping.is_set():
        return {one.attempt_id for one in chunk}
    ids = [one.attempt_id for one in chunk]
    span = {"tenant": slice_.tenant_id, "first": min(ids), "last": max(ids)}
    return set(session.connection().execute(STOPPED, span).scalars()).intersection(ids)


def _post(slice_: Slice, work: Work) -> Future[SendResult]:
    """Hand one piece of work to the pool in its turn."""
    moment = slice_.began + work.place * slice_.gap_s
    while not slice_.runtime.stopping.is_set() and (left := moment - clock.monotonic()) > 0:
        slice_.runtime.stopping.wait(left)
    return slice_.pool.submit(_send, slice_, work)


def _send(slice_: Slice, work: Work) -> SendResult:
    if slice_.runtime.stopping.is_set():
        return ASIDE
    try:
        order = CHANNELS[work.channel].order(work, slice_.links)
    except Invalid as error:
        return Refused(error.code, error.message)
    except Exception:  # whatever it is, nothing has left
        LOGGER.exception("attempt %d: its content cannot be made", work.attempt_id)
        return Refused("content", "its content cannot be made")
    if breaker.trips(slice_.answers):
        return HELD_BACK
    answer = slice_.carrier.send(order, slice_.submit_by)
    slice_.answers.append(answer)
    return answer
