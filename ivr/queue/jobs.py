"""What the worker does for the queues: keeps them moving, and compares them with what the carrier says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from core import clock
from core.carriers.words import TAKEN_UP, end_of
from core.db import ALL_TENANTS
from core.draining import behind_s
from core.errors import Unavailable
from core.hosts import MAX_BEHIND_S
from core.models import Tenant
from core.runtime import Job, Runtime
from core.states import move_all
from ivr.queue import agents, callbacks, easing, metrics, offering, stand_bys, waiting
from ivr.queue.floor import Floor
from ivr.queue.models import Agent, Offer, StandBy, Team, Waiter
from ivr.queue.offering import Offered
from outbound import transfers
from outbound.models import Source
from outbound.transfers import WAITS, Transfer

RECONCILED_S = 30
ALONE = timedelta(seconds=10)
"""So long somebody who was brought to an agent may be alone in the room, by the wall clock."""
SETTLED = timedelta(seconds=20)
"""So long a change may be on its way before it is looked for at the carrier."""
NEVER_CAME = timedelta(minutes=2)


def move_on(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """
    End what time has ended: offers nobody took, time to write up, callbacks, standing by; then offer whoever waits to who is free.
    """
    counts: Counter[str] = Counter()
    floor, now = Floor(runtime, pool), clock.now()
    with runtime.database.reading(ALL_TENANTS) as session:
        late = _offers(session, (Offer.state == "ringing") & (Offer.deadline_at <= now))
        resting = session.scalar(
            select(Agent.id).where(Agent.state == "wrap_up", Agent.until <= now).limit(1)
        )
        expired = session.scalar(
            select(Waiter.id).where(Waiter.kind == "callback", Waiter.leaves_at <= now, Waiter.state == "waiting").limit(1)
        )  # fmt: skip
    for found in late:
        # a telephone that was never rung missed nothing, and who answered it while we were away did not either
        how = "missed" if found.offer.call_id and not _was_answered(runtime, found) else "failed"
        with runtime.database.session(found.offer.tenant_id) as session:
            is_closed = offering.close(session, found, how, now)
        if is_closed:
            counts[how] += 1
            floor.end(found)
    if resting or expired:
        with runtime.database.session(ALL_TENANTS) as session:
            counts["wrapped_up"] += agents.end_wrap_ups(session, now)
            counts["expired"] += callbacks.expire(session)
    counts.update(_stand_by(runtime, floor, now))
    for tenant_id in _with_work(runtime):
        counts["offered"] += floor.assign(tenant_id)
    return counts


def _was_answered(runtime: Runtime, found: Offered) -> bool:
    try:
        report = runtime.carriers["voice"].fetch("voice", found.offer.call_id)
    except Unavailable:
        return False
    return report is not None and report.status in TAKEN_UP


def _stand_by(runtime: Runtime, floor: Floor, now: datetime) -> Mapping[str, int]:
    """Ring who wants to stand by, dismiss who does no longer, and send on whoever was brought to an empty room."""
    counts: Counter[str] = Counter()
    with runtime.database.reading(ALL_TENANTS) as session:
        asked = session.scalars(select(StandBy.tenant_id).where(StandBy.state == "asked").distinct()).all()
        leaving = [*stand_bys.done(session), *stand_bys.late(session, now)]
        alone = _offers(
            session,
            (Offer.state == "accepted") & (Offer.room != "") & (Offer.made_at < now - ALONE * clock.speed())
            & Offer.waiter_id.in_(select(Waiter.id).where(Waiter.state == "assigned")),
        )  # fmt: skip
        waits = session.scalar(select(Transfer.id).where(WAITS).limit(1))
        paced = session.scalars(select(Source.tenant_id).where(Source.team != "", Source.state == "open").distinct()).all()  # fmt: skip
    for tenant_id in asked:
        counts["summoned"] += floor.summon(tenant_id)
    for found in leaving:
        floor.dismiss(found)
        counts["dismissed"] += 1
    for offered in alone:
        floor.lost(offered)
        floor.send_on(offered)
        counts["alone"] += 1
    if waits:
        with runtime.database.session(ALL_TENANTS) as session:
            counts["abandoned"] += transfers.overdue(session)
    for tenant_id in paced:
        floor.pace(tenant_id)
    return counts


def _with_work(runtime: Runtime) -> list[int]:
    """Tenants where somebody waits and somebody is free."""
    with runtime.database.reading(ALL_TENANTS) as session:
        free = select(Agent.tenant_id).where(Agent.state == "available")
        waits = select(Waiter.tenant_id).where(Waiter.state == "waiting", Waiter.tenant_id.in_(free))
        return list(session.scalars(waits.distinct()))


def _offers(session: Session, which: ColumnElement[bool]) -> list[Offered]:
    tokens = session.scalars(select(Offer.token).where(which)).all()
    return [found for token in tokens if (found := offering.by_token(session, token))]


def reconcile(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """
    Compare with the carrier's queues: who is there no more has hung up. Conversations whose end nobody reported are looked up, and
    agents nobody has anything for are free.
    """
    counts: Counter[str] = Counter()
    now = clock.now()
    if behind_s(runtime.spool_dir) > MAX_BEHIND_S:  # what happened during an outage comes first
        return {"spooled": 1}
    with runtime.database.reading(ALL_TENANTS) as session:
        settled = Waiter.entered_at < now - SETTLED
        there = session.scalars(
            select(Waiter).where(Waiter.state == "waiting", Waiter.kind == "call", settled)
        ).all()
        unheard = session.scalars(select(Waiter).where(Waiter.state == "arriving", Waiter.entered_at < now - NEVER_CAME)).all()  # fmt: skip
        talks = _offers(session, (Offer.state == "accepted") & (Offer.made_at < now - SETTLED))
        standing = stand_bys.on_the_line(session, now - SETTLED)
    try:
        members = {one.queue_id: set(runtime.carriers["voice"].members(one.queue_id)) for one in there}
        over = [found for found in talks if _is_over(runtime, found)]
        unheard = [one for one in unheard if _is_gone(runtime, one.call_id)]
        away = [found for found in standing if _is_gone(runtime, found.stand_by.call_id)]
    except Unavailable:
        return {"away": 1}
    gone = [one for one in there if one.call_id not in members[one.queue_id]] + list(unheard)
    for waiter in gone:
        with runtime.database.session(waiter.tenant_id) as session:
            counts["gone"] += waiting.ended(session, waiter.id, "abandoned", None, now)
    for found in over:
        with runtime.database.session(found.offer.tenant_id) as session:
            fresh = offering.by_token(session, found.offer.token)
            counts["over"] += fresh is not None and offering.finish(session, fresh, now)
    for gone_agent in away:
        with runtime.database.session(gone_agent.agent.tenant_id) as session:
            counts["away"] += stand_bys.over(session, gone_agent, now)
    counts["freed"] += _free_the_forgotten(runtime, now)
    return counts


def _is_over(runtime: Runtime, found: Offered) -> bool:
    """Whether the talk is: who stands by stays on the line after it."""
    call_id = found.waiter.call_id if found.offer.room else found.offer.call_id
    if not call_id:
        return found.offer.deadline_at < clock.now() - timedelta(hours=4)
    return _is_gone(runtime, call_id)


def _is_gone(runtime: Runtime, call_id: str) -> bool:
    report = runtime.carriers["voice"].fetch("voice", call_id)
    return report is None or end_of("voice", report.status) is not None


def _free_the_forgotten(runtime: Runtime, now: datetime) -> int:
    """Agents who are offered or in a call and have no open offer, and those said to stand by who are not on the line."""
    with runtime.database.session(ALL_TENANTS) as session:
        held = select(Offer.agent_id).where(Offer.state.in_(offering.OPEN))
        idle = session.scalars(
            select(Agent.id).where(Agent.state.in_(("offered", "on_call")), Agent.since < now - SETTLED, Agent.id.not_in(held))
        ).all()  # fmt: skip
        for agent_id in idle:
            agents.free(session, agent_id, now)
        on_the_line = select(StandBy.agent_id).where(StandBy.state != "over")
        absent = session.scalars(
            select(Agent.id).where(Agent.state == "standby", Agent.since < now - SETTLED, Agent.id.not_in(on_the_line))
        ).all()  # fmt: skip
        agents.put(session, absent, "break", now)
        lost = select(Offer.waiter_id).where(Offer.state.in_(offering.OPEN))
        stray = (Waiter.state.in_(("assigned", "talking"))) & Waiter.id.not_in(lost)
        strays = stray & (Waiter.entered_at < now - NEVER_CAME)
        return len(idle) + move_all(session, Waiter, strays, "ended", outcome="failed", ended_at=now)


def ease(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Slow promotions where callers wait too long, and let them go again."""
    counts: Counter[str] = Counter()
    for tenant in _with_teams(runtime):
        with runtime.database.session(tenant.id) as session:
            counts["eased"] += easing.ease(session, tenant, clock.now())
    return counts


def count(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Write down today's figures of every team."""
    counts: Counter[str] = Counter()
    for tenant in _with_teams(runtime):
        with runtime.database.session(tenant.id) as session:
            counts["figures"] += metrics.keep(session, tenant, clock.now())
    return counts


def _with_teams(runtime: Runtime) -> Sequence[Tenant]:
    with runtime.database.reading(ALL_TENANTS) as session:
        return session.scalars(select(Tenant).where(Tenant.id.in_(select(Team.tenant_id)))).all()


JOBS = (
    Job("move_queues_on", 1.0, move_on),
    Job("reconcile_queues", RECONCILED_S, reconcile),
    Job("ease_promotions", 5.0, ease),
    Job("count_queues", 60.0, count),
)
