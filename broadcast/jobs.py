"""What the worker does for campaigns: prepare those launched, settle and finish those under way."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import ColumnElement, select

from broadcast import abandonment, canary, counted, finishing, posting, settling
from broadcast.models import PREPARED, UNDER_WAY, Campaign
from broadcast.news import is_news_of
from broadcast.preparing import read_chunk, write_chunk
from core import clock
from core.db import ALL_TENANTS, instant
from core.errors import Conflict
from core.runtime import Job, Runtime

LOGGER = logging.getLogger(__name__)
COUNT_S = 2.0


def prepare(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Prepare launched campaigns, a chunk a transaction."""
    return _each(runtime, Campaign.state == "preparing", _prepare)


def _prepare(runtime: Runtime, campaign_id: int, tenant_id: int) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    while not runtime.stopping.is_set() and (prepared := _prepare_chunk(runtime, campaign_id, tenant_id)):
        counts["prepared"] += prepared
    return counts


def _prepare_chunk(runtime: Runtime, campaign_id: int, tenant_id: int) -> int:
    with runtime.database.reading(tenant_id) as session:
        chunk = read_chunk(session, before := session.get_one(Campaign, campaign_id))
    with runtime.database.session(tenant_id) as session:
        campaign = session.get_one(Campaign, campaign_id, with_for_update=True)
        if (campaign.state, campaign.prepared_to) != ("preparing", before.prepared_to):
            return 0  # cancelled, or another worker was faster
        write_chunk(session, campaign, chunk)
    return len(chunk.customer_ids)


def settle_all(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Settle campaigns that are under way, and others of which there is news; finish those that are over."""
    is_wanted = Campaign.state.in_(PREPARED) | is_news_of()
    return _each(runtime, is_wanted, lambda *one: _settle(*one) or _finish(*one))


def _settle(runtime: Runtime, campaign_id: int, tenant_id: int) -> Counter[str]:
    """Settle a campaign, some thousand ends a transaction, until there is no news of it."""
    counts: Counter[str] = Counter()
    while not runtime.stopping.is_set():
        with runtime.database.reading(tenant_id) as reading:
            plan = settling.read(reading, reading.get_one(Campaign, campaign_id))
        if not plan.news:
            break
        try:
            with runtime.database.session(tenant_id) as session:
                campaign = session.get_one(Campaign, campaign_id, with_for_update=True)
                counts["settled"] += settling.write(session, campaign, plan)
        except Conflict as error:
            LOGGER.info("campaign %d: read anew: %s", campaign_id, error.message)
            break
    return counts


def judge(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """See how samples fare, and let the rest follow or pause the campaign."""
    counts: Counter[str] = Counter()
    with runtime.database.reading(ALL_TENANTS) as session:
        running = [
            (campaign.id, campaign.tenant_id)
            for campaign in session.scalars(select(Campaign).where(Campaign.state == "running"))
            if campaign.definition.get("canary") and canary.trial_of(session, campaign)
        ]
    for campaign_id, tenant_id in running:
        with runtime.database.session(tenant_id) as session:
            verdict = canary.judge(session, session.get_one(Campaign, campaign_id, with_for_update=True))
        counts[f"canary {verdict}"] += bool(verdict)
    return counts


def pause_abandoning(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Pause campaigns of which too many found no agent in time."""
    counts: Counter[str] = Counter()
    with runtime.database.reading(ALL_TENANTS) as session:
        over = [
            (campaign.id, campaign.tenant_id)
            for campaign in abandonment.transferring(session)
            if abandonment.is_over(session, campaign, clock.now())
        ]
    for campaign_id, tenant_id in over:
        with runtime.database.session(tenant_id) as session:
            campaign = session.get_one(Campaign, campaign_id, with_for_update=True)
            counts["abandoning"] += abandonment.pause(session, campaign, clock.now())
    return counts


def count(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Count the people of large campaigns under way for whoever looks at them."""
    return _each(runtime, Campaign.state.in_(UNDER_WAY), _count)


def _count(runtime: Runtime, campaign_id: int, tenant_id: int) -> Mapping[str, int]:
    with runtime.database.reading(tenant_id) as reading:
        campaign = reading.get_one(Campaign, campaign_id)
        if not counted.is_due(reading, campaign, timedelta(seconds=COUNT_S)):
            return {}
        at, began = instant(reading), clock.monotonic()
        found = counted.counted(reading, campaign)
        took = timedelta(seconds=clock.monotonic() - began)
    with runtime.database.session(tenant_id) as session:
        counted.keep(session, campaign, found, at, took)
    return {"counted": 1}


def post(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Put letters on the list of what is to be posted, for whom a campaign about an event could not reach; others off it."""
    counts: Counter[str] = Counter()
    with runtime.database.reading(ALL_TENANTS) as session:
        about = [(each.id, each.tenant_id) for each in posting.under_way(session)]
    for campaign_id, tenant_id in about:
        with runtime.database.session(tenant_id) as session:
            counts["off_list"] += posting.take_off_list(session, session.get_one(Campaign, campaign_id))
        after_id, more = 0, True
        while more and not runtime.stopping.is_set():
            with runtime.database.session(tenant_id) as session:
                campaign = session.get_one(Campaign, campaign_id, with_for_update=True)
                listed, after_id = posting.put_on_list(session, campaign, after_id)
            counts["to_post"] += listed
            more = after_id > 0
    return counts


def _finish(runtime: Runtime, campaign_id: int, tenant_id: int) -> Mapping[str, int]:
    with runtime.database.reading(tenant_id) as reading:
        campaign = reading.get_one(Campaign, campaign_id)
        is_over = finishing.is_over(reading, campaign)
        if not is_over and not finishing.is_refused(reading, campaign):
            return {}
    with runtime.database.session(tenant_id) as session:
        if is_over:
            return {"finished": finishing.finish(session, campaign)}
        return {"halted": finishing.halt(session, campaign)}


def _each(
    runtime: Runtime, condition: ColumnElement[bool], act: Callable[[Runtime, int, int], Mapping[str, int]]
) -> Mapping[str, int]:
    """*act* on each campaign; one that cannot be dealt with keeps none of the others waiting."""
    counts: Counter[str] = Counter()
    for campaign_id, tenant_id in _chosen(runtime, condition):
        try:
            counts.update(act(runtime, campaign_id, tenant_id))
        except Exception:
            LOGGER.exception("campaign %d cannot be dealt with; trying again", campaign_id)
    return counts


def _chosen(runtime: Runtime, condition: ColumnElement[bool]) -> list[tuple[int, int]]:
    with runtime.database.reading(ALL_TENANTS) as session:
        rows = session.execute(select(Campaign.id, Campaign.tenant_id).where(condition).order_by(Campaign.id))
        return [(row.id, row.tenant_id) for row in rows]


JOBS = (
    Job("prepare", 1.0, prepare),
    Job("settle", 2.0, settle_all),
    Job("judge", 2.0, judge),
    Job("pause_abandoning", 1.0, pause_abandoning),
    Job("count", COUNT_S, count),
    Job("post", 60.0, post),
)
