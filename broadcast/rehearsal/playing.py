"""
Plays a launch on a scratch database: the jobs, claims and records that will do it, a carrier that answers by rates, and a
clock that jumps to the next instant at which anything can happen.

Everything happens on a grid of minutes, so any instant may be a minute off.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

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
from outbound.ending import Ended, settle_ends
from outbound.models import CLAIMABLE, Attempt, Delivery, Sender, Source
from outbound.reconcile import expire
from outbound.record import Sent, record
from outbound.work import Work

GRID_S = 60.0
GRID = timedelta(seconds=GRID_S)
SETTLE_EVERY = timedelta(minutes=10)
IDLE_STEP = timedelta(minutes=15)
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
    _free_of_agents(stage)
    _run_jobs(stage)
    while clock.now() <= until:
        _settle(stage)
        sent = sum([_send(stage, sender_id) for sender_id in _senders(stage)])
        if _is_time_to_settle(stage, sent):
            _run_jobs(stage)
            state, done, total = _progress(stage)
            tell(done, total)
            if state in ENDS:
                return True
        clock.freeze(_next(stage, sent))
    return False


def _free_of_agents(stage: Stage) -> None:
    """Nobody stands by in a rehearsal: what waits for agents goes as fast as everything else allows."""
    with stage.runtime.database.session(stage.tenant_id) as session:
        session.execute(update(Source).where(Source.team != "").values(ceiling=None))


def _is_time_to_settle(stage: Stage, sent: int) -> bool:
    is_idle = not sent and not stage.pending
    return is_idle or stage.settled_at is None or clock.now() - stage.settled_at >= SETTLE_EVERY


def _run_jobs(stage: Stage) -> None:
    """What the worker does for campaigns; it sends nothing."""
    stage.settled_at = clock.now()
    with stage.runtime.database.session(ALL_TENANTS) as session:
        expire(session)
    with ThreadPoolExecutor(1) as pool:
        for job in jobs.JOBS:
            job.run(stage.runtime, pool)


def _senders(stage: Stage) -> list[int]:
    """Who has something to send, sooner or later."""
    wanted = select(Delivery.channel).where(CLAIMABLE)
    with stage.runtime.database.reading(stage.tenant_id) as session:
        open_ = select(Sender.id).where(Sender.state == "open", Sender.channel.in_(wanted.distinct()))
        return list(session.scalars(open_.order_by(Sender.id)))


def _send(stage: Stage, sender_id: int) -> int:
    """Claim and answer what one sender may send within a minute; how many were decided on."""
    decided = 0
    while True:
        with stage.runtime.database.session(stage.tenant_id) as session:
            claimed = claim(session, sender_id, stage.runtime.config.lease_s, slice_s=GRID_S)
            _answer(stage, session, claimed.work)
        if not claimed.decided.total():
            return decided
        decided += claimed.decided.total()


def _answer(stage: Stage, session: ScopedSession, work: Sequence[Work]) -> None:
    if not work:
        return
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
    """Up or down to the grid by chance, so that on the whole lines are held as long as they would be."""
    steps, rest = divmod(held_s, GRID_S)
    return (steps + (stage.luck.random() < rest / GRID_S)) * GRID_S


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


def _next(stage: Stage, sent: int) -> datetime:
    """The next instant at which anything can happen: the next minute while something is sent, else what comes first."""
    now = clock.now()
    if sent:
        return now + GRID
    coming = [stage.pending[0][0]] if stage.pending else []
    with stage.runtime.database.reading(ALL_TENANTS) as session:
        for column in (Delivery.due_at, Delivery.expires_at):
            at = session.scalar(select(func.min(column)).where(CLAIMABLE, column > now))
            coming += [at] if at else []
        ready = session.scalar(select(func.min(Sender.next_at)).where(Sender.next_at > now))
        coming += [ready] if ready else []
    return max(min(coming, default=now + IDLE_STEP), now + GRID)


def ended_at(stage: Stage) -> datetime:
    """When the last delivery of the campaign came to its end."""
    with stage.runtime.database.reading(stage.tenant_id) as session:
        mine = select(func.max(Delivery.ended_at)).join(Source, Source.id == Delivery.source_id)
        return session.scalar(mine.where(Source.campaign == stage.source_name)) or clock.now()


def _progress(stage: Stage) -> tuple[str, int, int]:
    with stage.runtime.database.reading(stage.tenant_id) as session:
        state = session.get_one(Campaign, stage.campaign_id).state
        mine = select(func.count()).where(Recipient.campaign_id == stage.campaign_id)
        total = session.scalar(mine) or 0
        return state, total - (session.scalar(mine.where(Recipient.state == "open")) or 0), total
