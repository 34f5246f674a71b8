"""Writes a launched campaign's recipients and deliveries, a chunk a transaction: a crash resumes where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from sqlalchemy import select

from broadcast import audience
from broadcast.models import Campaign, Recipient, Wave
from core import clock
from core.bulk import insert_new
from core.db import ScopedSession
from core.errors import Invalid
from core.states import move, move_all
from customers.segments import Member
from outbound import deliveries
from outbound.channels import CHANNELS
from outbound.models import Source
from outbound.work import text_in

CHUNK = 1_000


def prepare_chunk(session: ScopedSession, campaign: Campaign) -> int:
    """Prepare the next members; the number. At the end the campaign runs."""
    wave = session.scalars(select(Wave).where(Wave.campaign_id == campaign.id)).one()
    source = session.get_one(Source, wave.source_id)
    members = list(islice(audience.members(session, campaign, campaign.prepared_to), CHUNK))
    if not members:
        move(session, campaign, "running")
        deliveries.resume(session, source)
        return 0
    _write(session, campaign, source, members)
    campaign.prepared_to = members[-1].customer_id
    return len(members)


def _write(session: ScopedSession, campaign: Campaign, source: Source, members: Sequence[Member]) -> None:
    common = {"tenant_id": campaign.tenant_id, "campaign_id": campaign.id, "state": "open"}
    insert_new(session, Recipient, [{**common, "customer_id": member.customer_id} for member in members])
    reachable = [member for member in members if member.address]
    sound = [member for member in reachable if _is_sound(source, member)]
    wanted = [
        deliveries.Wanted(member.customer_id, str(member.address), member.language, member.fields)
        for member in sound
    ]
    assert campaign.expires_at is not None  # set at launch
    added = deliveries.add(session, source, wanted, clock.now(), campaign.expires_at)
    _block(
        session, campaign, {m.customer_id for m in members} - {m.customer_id for m in reachable}, "no_number"
    )
    _block(session, campaign, {m.customer_id for m in reachable} - {m.customer_id for m in sound}, "content")
    _block(session, campaign, {m.customer_id for m in sound} - added, "shared_address")


def _is_sound(source: Source, member: Member) -> bool:
    """Checked at launch already; the customer's file may have changed since."""
    values = {**source.content["variables"], **member.fields}
    try:
        CHANNELS[source.channel].check(text_in(source.content, member.language), values, member.language)
    except Invalid:
        return False
    return True


def _block(session: ScopedSession, campaign: Campaign, customer_ids: set[int], reason: str) -> None:
    if customer_ids:
        mine = (Recipient.campaign_id == campaign.id) & Recipient.customer_id.in_(customer_ids)
        move_all(session, Recipient, mine, "blocked", reason=reason, ended_at=clock.now())
