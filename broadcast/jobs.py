"""What the worker does for campaigns: prepare those launched, settle and finish those under way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from broadcast import settling
from broadcast.models import Campaign, Recipient, Wave
from broadcast.preparing import read_chunk, write_chunk
from core.db import ALL_TENANTS
from core.runtime import Job, Runtime
from outbound.models import Delivery, Source


def prepare(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Prepare launched campaigns, a chunk a transaction."""
    counts: Counter[str] = Counter()
    for campaign_id, tenant_id in _in_state(runtime, ("preparing",)):
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
    return len(chunk.members)


def settle_all(runtime: Runtime, pool: ThreadPoolExecutor) -> Mapping[str, int]:
    """Settle recipients of campaigns that are under way, or over with some still under way or unknown."""
    counts: Counter[str] = Counter()
    for campaign_id, tenant_id in _in_state(runtime, ("running", "paused", "cancelled", "finished")):
        with runtime.database.reading(tenant_id) as reading:
            campaign = reading.get_one(Campaign, campaign_id)
            news = settling.ended(reading, campaign)
            is_over = not news and settling.is_over(reading, campaign)
        if not news and not is_over and not _is_refused(runtime, campaign):
            continue
        with runtime.database.session(tenant_id) as session:
            counts["settled"] += settling.settle(session, news)
            if is_over:
                counts["finished"] += settling.finish(session, campaign)
            else:
                counts["halted"] += settling.halt(session, campaign)
    return counts


def _is_refused(runtime: Runtime, campaign: Campaign) -> bool:
    """Whether *campaign* runs, but what it sends through was paused: by a refusal of the carrier."""
    if campaign.state != "running":
        return False
    paused = select(Wave.id).join(Source, Source.id == Wave.source_id).where(Source.state == "paused")
    with runtime.database.reading(campaign.tenant_id) as session:
        return session.scalar(paused.where(Wave.campaign_id == campaign.id).limit(1)) is not None


def _in_state(runtime: Runtime, states: tuple[str, ...]) -> list[tuple[int, int]]:
    """Campaigns in *states*; those that are over only while there is news of somebody in them."""
    mine = Recipient.campaign_id == Campaign.id
    somebody_open = select(Recipient.id).where(mine, Recipient.state == "open").exists()
    somebody_known = (
        select(Recipient.id)
        .join(Wave, Wave.campaign_id == Recipient.campaign_id)
        .join(
            Delivery, (Delivery.customer_id == Recipient.customer_id) & (Delivery.source_id == Wave.source_id)
        )
        .where(mine, Recipient.state == "unknown", Delivery.state.in_(("reached", "failed")))
        .exists()
    )
    is_under_way = Campaign.state.not_in(("cancelled", "finished"))
    with runtime.database.reading(ALL_TENANTS) as session:
        rows = session.execute(
            select(Campaign.id, Campaign.tenant_id)
            .where(Campaign.state.in_(states), is_under_way | somebody_open | somebody_known)
            .order_by(Campaign.id)
        )
        return [(row.id, row.tenant_id) for row in rows]


JOBS = (Job("prepare", 1.0, prepare), Job("settle", 2.0, settle_all))
