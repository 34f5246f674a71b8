"""Writes a launched campaign's recipients and deliveries, a chunk a transaction: a crash resumes where it stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Chunk:
    """The next members of a campaign, and the units (segments, pages, calls) for each who can be sent what it says."""

    members: Sequence[Member]
    units: Mapping[int, int]


def read_chunk(session: ScopedSession, campaign: Campaign) -> Chunk:
    """Read and check what `write_chunk` will write: slow work that must not keep other writers waiting."""
    source = _source(session, campaign)
    members = list(islice(audience.members(session, campaign, campaign.prepared_to), CHUNK))
    counted = {one.customer_id: _units(source, one) for one in members if one.address}
    return Chunk(members, {customer_id: units for customer_id, units in counted.items() if units})


def write_chunk(session: ScopedSession, campaign: Campaign, chunk: Chunk) -> None:
    """Write recipients and deliveries of *chunk*; with none left, the campaign runs."""
    source = _source(session, campaign)
    if not chunk.members:
        move(session, campaign, "running")
        deliveries.resume(session, source)
        return
    common = {"tenant_id": campaign.tenant_id, "campaign_id": campaign.id, "state": "open"}
    insert_new(session, Recipient, [{**common, "customer_id": one.customer_id} for one in chunk.members])
    wanted = [
        deliveries.Wanted(
            one.customer_id, str(one.address), one.language, one.fields, chunk.units[one.customer_id]
        )
        for one in chunk.members
        if one.customer_id in chunk.units
    ]
    assert campaign.expires_at is not None  # set at launch
    added = deliveries.add(session, source, wanted, clock.now(), campaign.expires_at)
    numbered = {one.customer_id for one in chunk.members if one.address}
    _block(session, campaign, {one.customer_id for one in chunk.members} - numbered, "no_number")
    _block(session, campaign, numbered - set(chunk.units), "content")
    _block(session, campaign, set(chunk.units) - added, "shared_address")
    campaign.prepared_to = chunk.members[-1].customer_id


def _source(session: ScopedSession, campaign: Campaign) -> Source:
    wave = session.scalars(select(Wave).where(Wave.campaign_id == campaign.id)).one()
    return session.get_one(Source, wave.source_id)


def _units(source: Source, member: Member) -> int | None:
    """None if it cannot be sent. Checked at launch already; the customer's file may have changed since."""
    values = {**source.content["variables"], **member.fields}
    text = text_in(source.content, member.language)
    try:
        return CHANNELS[source.channel].check(text, values, member.language)
    except Invalid:
        return None


def _block(session: ScopedSession, campaign: Campaign, customer_ids: AbstractSet[int], reason: str) -> None:
    if customer_ids:
        mine = (Recipient.campaign_id == campaign.id) & Recipient.customer_id.in_(customer_ids)
        move_all(session, Recipient, mine, "blocked", reason=reason, ended_at=clock.now())
