"""
Plays a launch on a scratch database: the jobs, claims and records that will do it, a carrier that answers by rates, and a
clock that jumps to the next instant at which anything can happen.

Sends are claimed a minute at a time, so what happens within one minute may be up to a minute off.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select

from broadcast import campaigns, jobs
from broadcast.models import Campaign, Recipient
from broadcast.rehearsal.figures import Figures
from broadcast.rehearsal.rates import Rate, ended
from core import clock
from core.carriers.base import Accepted
from core.db import ALL_TENANTS, ScopedSession
from core.runtime import Runtime
from core.states import move_each, terminal
from customers.models import Customer
from outbound.claim import claim
from outbound.models import CLAIMABLE, Attempt, Delivery, Sender, Source
from outbound.reconcile import expire
from outbound.record import Ended, Sent, record, settle_ends
from outbound.work import Work

SLICE_S = 60.0
# ends are looked at so often; they are rounded to it up or down by chance, so that lines are held as long as they would be
ROUND_S = 30.0
SETTLE_EVERY = timedelta(minutes=10)
IDLE_STEP = timedelta(minutes=15)
MOMENT = timedelta(seconds=1)
CHUNK = 1_000
ENDS = terminal(Campaign.STATES)


@dataclass
class Stage:
    """Where a launch is played. *stretch* is how much longer each sender's lines are held than they really are."""

    runtime: Runtime
    tenant_id: int
    campaign_id: int
    rates: dict[str, Rate]
    stretch: dict[int, float]
    figures: Figures
    luck: random.Random
    pending: list[tuple[datetime, int, Ended]] = field(default_factory=list)
    settled_at: datetime | None = None

    @property
    def source_name(self) -> str:
        """What the touches of this campaign carry."""
        return f"campaign:{self.campaign_id}"


def play(stage: Stage, until: datetime, tell: Callable[[int, int], None]) -> bool:
    """Launch and run until everybody has an end state; False if at *until* somebody has not. *tell* is told how many have."""
    database = stage.runtime.database
    with database.reading(stage.tenant_id) as session:
        content = campaigns.ready(session, campaigns.get(session, stage.campaign_id))
    with database.session(stage.tenant_id) as session:
        campaigns.launch(session, campaigns.get(session, stage.campaign_id), content, "rehearsal")
    _run_jobs(stage)
    while clock.now() <= until:
        _settle(stage)
        busy_until = [at for at in map(lambda row: _send(stage, *row), _senders(stage)) if at]
        if _is_time_to_settle(stage, busy_until):
            _run_jobs(stage)
            state, done, total = _progress(stage)
            tell(done, total)
            if state in ENDS:
                return True
        _step(stage, busy_until)
    return False


def _is_time_to_settle(stage: Stage, busy_until: Sequence[datetime]) -> bool:
    is_idle = not busy_until and not stage.pending
    return is_idle or stage.settled_at is None or clock.now() - stage.settled_at >= SETTLE_EVERY


def _run_jobs(stage: Stage) -> None:
    """What the worker does for campaigns; it sends nothing."""
    stage.settled_at = clock.now()
    with stage.runtime.database.session(ALL_TENANTS) as session:
        expire(session)
    with ThreadPoolExecutor(1) as pool:
        for job in jobs.JOBS:
            job.run(stage.runtime, pool)


def _senders(stage: Stage) -> list[tuple[int, str]]:
    with stage.runtime.database.reading(stage.tenant_id) as session:
        rows = session.execute(select(Sender.id, Sender.channel).where(Sender.state == "open").order_by(Sender.id))
        return [(row.id, row.channel) for row in rows]


def _send(stage: Stage, sender_id: int, channel: str) -> datetime | None:
    """Claim and answer what one sender may send now; when it may send again, None if it had nothing to send."""
    config = stage.runtime.config
    with stage.runtime.database.session(stage.tenant_id) as session:
        claimed = claim(session, sender_id, config.lease_s, slice_s=SLICE_S)
        for start in range(0, len(claimed.work), CHUNK):
            _answer(stage, session, claimed.work[start : start + CHUNK])
        if not claimed.decided.total():
            return None
        return session.get_one(Sender, sender_id).next_at if claimed.work else clock.now()


def _answer(stage: Stage, session: ScopedSession, work: Sequence[Work]) -> None:
    now = clock.now()
    move_each(session, Attempt, [{"id": one.attempt_id, "submitted_at": now} for one in work], "submitting")
    record(session, [Sent(one, Accepted(f"rehearsed-{one.attempt_id}", "queued")) for one in work], now, now)
    ids = [one.delivery_id for one in work]
    found = session.execute(
        select(Delivery.id, Delivery.units, Source.campaign, Customer.zone)
        .join(Source, Source.id == Delivery.source_id)
        .join(Customer, Customer.id == Delivery.customer_id)
        .where(Delivery.id.in_(ids))
    )
    known = {row.id: row for row in found}
    for one in work:
        end, held_s = _fate(stage, one)
        if known[one.delivery_id].campaign == stage.source_name:
            to = known[one.delivery_id]
            stage.figures.sent(one, to.units, to.zone, end.end, held_s, now)
        at = now + timedelta(seconds=_rounded(stage, held_s * stage.stretch.get(one.sender_id, 1.0)))
        heapq.heappush(stage.pending, (at, one.attempt_id, end))


def _fate(stage: Stage, work: Work) -> tuple[Ended, float]:
    rate = stage.rates[work.channel]
    [cause] = stage.luck.choices(list(rate.shares), weights=list(rate.shares.values()))
    mean_s = rate.unanswered_s if cause else rate.answered_s
    held_s = stage.luck.expovariate(1 / mean_s) if mean_s and not cause else mean_s
    talked_s = int(held_s) if not cause and work.channel == "voice" else 0
    end = ended(work.channel, cause)
    return Ended(work.attempt_id, work.delivery_id, end, "", clock.now(), duration_s=talked_s), held_s


def _rounded(stage: Stage, held_s: float) -> float:
    steps, rest = divmod(held_s, ROUND_S)
    return (steps + (stage.luck.random() < rest / ROUND_S)) * ROUND_S


def _settle(stage: Stage) -> None:
    """Write down every attempt that has ended by now."""
    now = clock.now()
    for news in iter(lambda: _over(stage, now), []):
        with stage.runtime.database.session(stage.tenant_id) as session:
            settle_ends(session, news)


def _over(stage: Stage, now: datetime) -> list[Ended]:
    news: list[Ended] = []
    while stage.pending and stage.pending[0][0] <= now and len(news) < CHUNK:
        at, _, end = heapq.heappop(stage.pending)
        news.append(Ended(end.attempt_id, end.delivery_id, end.end, "", at, duration_s=end.duration_s))
    return news


def _step(stage: Stage, busy_until: Sequence[datetime]) -> None:
    """Turn the clock to the next instant at which anything can happen."""
    now = clock.now()
    coming = [at for at in busy_until if at > now]
    if stage.pending:
        coming.append(stage.pending[0][0])
    if not busy_until:
        coming += _due(stage, now)
    clock.freeze(max(min(coming, default=now + IDLE_STEP), now + MOMENT))


def _due(stage: Stage, now: datetime) -> Iterator[datetime]:
    with stage.runtime.database.reading(ALL_TENANTS) as session:
        due = select(func.min(Delivery.due_at)).where(CLAIMABLE, Delivery.due_at > now)
        expiring = select(func.min(Delivery.expires_at)).where(CLAIMABLE, Delivery.expires_at > now)
        for at in (session.scalar(due), session.scalar(expiring), now + IDLE_STEP):
            if at is not None:
                yield at


def _progress(stage: Stage) -> tuple[str, int, int]:
    with stage.runtime.database.reading(stage.tenant_id) as session:
        state = session.get_one(Campaign, stage.campaign_id).state
        mine = select(func.count()).where(Recipient.campaign_id == stage.campaign_id)
        total = session.scalar(mine) or 0
        return state, total - (session.scalar(mine.where(Recipient.state == "open")) or 0), total
