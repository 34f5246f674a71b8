"""Writes a launched campaign's recipients and deliveries, a chunk a transaction: a crash resumes where it stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import update

from broadcast import audience, canary
from broadcast.models import Campaign, Recipient
from broadcast.routing import Candidate, Lacking, Route, fit, joined, route
from broadcast.waves import add, opened
from core import clock
from core.bulk import insert_new
from core.db import ScopedSession
from core.states import move, move_all
from customers import segments
from outbound import deliveries

# as many as are read at once: a smaller chunk would throw the rest of each page away
CHUNK = segments.PAGE


@dataclass(frozen=True)
class Chunk:
    """The next members of a campaign by id, what each is to be brought first, and why some are brought nothing."""

    customer_ids: Sequence[int]
    routes: Sequence[Route]
    lacking: Lacking


def read_chunk(session: ScopedSession, campaign: Campaign) -> Chunk:
    """Read and check what `write_chunk` will write: slow work that must not keep other writers waiting."""
    waves = opened(session, campaign)
    assert campaign.launched_at is not None  # set at launch, like the next
    assert campaign.expires_at is not None
    since, first = campaign.launched_at, waves[0]
    turn = first.begins(since), first.ends(since, campaign.expires_at)
    members = list(islice(audience.members(session, campaign, campaign.prepared_to), CHUNK))
    fits, lacking = fit(session, first.source, members, {one.customer_id: turn for one in members})
    later, left = route(session, campaign, waves, [Candidate(who, 2, since) for who in lacking])
    return Chunk(
        [one.customer_id for one in members],
        [*(Route(1, wanted) for wanted in fits), *later],
        {who: why for who, why in joined(lacking, left).items() if who in left},
    )


def write_chunk(session: ScopedSession, campaign: Campaign, chunk: Chunk) -> None:
    """
    Write recipients and deliveries of *chunk*; with none left, the campaign runs.

    Raises Conflict if a number was taken since it was read: nothing of it may stay then.
    """
    waves = opened(session, campaign)
    if not chunk.customer_ids:
        canary.begin(session, campaign, waves[0].source)
        move(session, campaign, "running")
        for wave in waves:
            deliveries.resume(session, wave.source)
        return
    common = {"tenant_id": campaign.tenant_id, "campaign_id": campaign.id, "state": "open"}
    added = insert_new(session, Recipient, [{**common, "customer_id": who} for who in chunk.customer_ids])
    for wave in waves:
        wanted = [one.wanted for one in chunk.routes if one.position == wave.position]
        add(session, wave, wanted, len(wanted))
        if wave.position > 1:
            _place(session, campaign, wave.position, [one.customer_id for one in wanted])
    _block(session, campaign, chunk.lacking)
    campaign.targeted += added
    campaign.prepared_to = chunk.customer_ids[-1]


def _place(session: ScopedSession, campaign: Campaign, position: int, ids: Sequence[int | None]) -> None:
    """These begin with a later wave: none before can reach them."""
    mine = (Recipient.campaign_id == campaign.id, Recipient.customer_id.in_(ids))
    later = update(Recipient).where(*mine).values(position=position)
    if ids:
        session.execute(later, execution_options={"synchronize_session": False})


def _block(session: ScopedSession, campaign: Campaign, lacking: Mapping[int, str]) -> None:
    for reason in set(lacking.values()):
        ids = [who for who, why in lacking.items() if why == reason]
        mine = (Recipient.campaign_id == campaign.id) & Recipient.customer_id.in_(ids)
        move_all(session, Recipient, mine, "blocked", reason=reason, ended_at=clock.now())
