"""What the worker does for campaigns: prepare those launched, settle and finish those under way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from broadcast.models import Campaign, Recipient
from broadcast.preparing import read_chunk, write_chunk
from broadcast.settling import finish, settle
from core.db import ALL_TENANTS
from core.runtime import Job, Runtime


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
    """Settle recipients of campaigns that are under way or were cancelled with some still under way."""
    counts: Counter[str] = Counter()
    for campaign_id, tenant_id in _in_state(runtime, ("running", "paused", "cancelled")):
        with runtime.database.session(tenant_id) as session:
            campaign = session.get_one(Campaign, campaign_id)
            counts["settled"] += (settled := settle(session, campaign))
            if not settled and campaign.state != "cancelled":
                counts["finished"] += finish(session, campaign)
    return counts


def _in_state(runtime: Runtime, states: tuple[str, ...]) -> list[tuple[int, int]]:
    """Campaigns in *states*; cancelled ones only while somebody in them is still open."""
    somebody_open = (
        select(Recipient.id).where(Recipient.campaign_id == Campaign.id, Recipient.state == "open").exists()
    )
    with runtime.database.reading(ALL_TENANTS) as session:
        rows = session.execute(
            select(Campaign.id, Campaign.tenant_id)
            .where(Campaign.state.in_(states), (Campaign.state != "cancelled") | somebody_open)
            .order_by(Campaign.id)
        )
        return [(row.id, row.tenant_id) for row in rows]


JOBS = (Job("prepare", 1.0, prepare), Job("settle", 2.0, settle_all))
