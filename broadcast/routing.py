"""By which wave and which number each of many people is tried next. It only reads: slow work that keeps no writer waiting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from broadcast.models import Campaign
from broadcast.step import CONDEMNED
from broadcast.waves import Open
from core.bulk import in_chunks
from core.db import ScopedSession
from core.errors import Invalid
from customers import segments
from customers.segments import Member
from outbound.channels import CHANNELS
from outbound.deliveries import Wanted
from outbound.models import Delivery, Source
from outbound.work import text_in


@dataclass(frozen=True)
class Candidate:
    """
    Somebody to be tried by wave *position* or a later one, whose wave before ended at *since*.

    *until* is for another number in the same wave: that goes on at once, not after that instant.
    """

    customer_id: int
    position: int
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Route:
    """What is to be brought to somebody by wave *position*."""

    position: int
    wanted: Wanted


Lacking = dict[int, str]
"""Why somebody cannot be tried by a wave: no_number, content or shared_address."""


def route(
    session: ScopedSession, campaign: Campaign, waves: Sequence[Open], candidates: Iterable[Candidate]
) -> tuple[list[Route], Lacking]:
    """The first wave that can try each of *candidates*, and why those are left over who have none."""
    left = {one.customer_id: one for one in candidates}
    tried = _tried(session, waves, list(left)) if left else {}
    routes: list[Route] = []
    lacking: Lacking = {}
    for wave in waves:
        turns = {who: turn for who, one in left.items() if (turn := _turn(one, wave, campaign))}
        if not turns:
            continue
        unfit = {who: _unfit(tried.get(who, ()), wave.source) for who in turns}
        members = segments.members_by_id(session, campaign.tenant_id, list(turns), wave.source.channel, unfit)
        fits, why = fit(session, wave.source, list(members), turns)
        routes += [Route(wave.position, wanted) for wanted in fits]
        for wanted in fits:
            left.pop(int(wanted.customer_id or 0))
        lacking = joined(lacking, why)
    return routes, {who: lacking.get(who, "no_number") for who in left}


def joined(before: Lacking, then: Lacking) -> Lacking:
    """What both say of everybody; no_number says the least."""
    return {
        **before,
        **{who: why for who, why in then.items() if before.get(who, "no_number") == "no_number"},
    }


Turn = tuple[datetime, datetime]
"""From when and until when somebody may be tried."""


def _turn(one: Candidate, wave: Open, campaign: Campaign) -> Turn | None:
    if one.position > wave.position or campaign.expires_at is None:
        return None
    if one.until is not None and one.position == wave.position:
        return (one.since, one.until) if one.since < one.until else None
    turn = wave.begins(one.since), wave.ends(one.since, campaign.expires_at)
    return turn if turn[0] < turn[1] else None


def fit(
    session: ScopedSession, source: Source, members: Sequence[Member], turns: Mapping[int, Turn]
) -> tuple[list[Wanted], Lacking]:
    """What *source* can bring to whom of *members*, and why not to the others. A number is good for one of them."""
    lacking: Lacking = {one.customer_id: "no_number" for one in members if one.address is None}
    taken = _taken(session, source, [one.address for one in members if one.address])
    fits: list[Wanted] = []
    for one in members:
        if one.address is None:
            continue
        units = _units(source, one)
        if units is None:
            lacking[one.customer_id] = "content"
        elif one.address in taken:
            lacking[one.customer_id] = "shared_address"
        else:
            taken.add(one.address)
            due_at, expires_at = turns[one.customer_id]
            fits.append(
                Wanted(one.customer_id, one.address, one.language, one.fields, units, due_at, expires_at)
            )
    return fits, lacking


def _taken(session: ScopedSession, source: Source, addresses: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for chunk in in_chunks(addresses):
        mine = (Delivery.source_id == source.id, Delivery.address.in_(chunk))
        found.update(session.scalars(select(Delivery.address).where(*mine)))
    return found


def _units(source: Source, member: Member) -> int | None:
    """None if it cannot be sent. Checked at launch already; the customer's file may have changed since."""
    values = {**source.content["variables"], **member.fields}
    text = text_in(source.content, member.language)
    try:
        return CHANNELS[source.channel].check(text, values, member.language)
    except Invalid:
        return None


Tries = Sequence[tuple[int, str, bool]]
"""Source, number, and whether that number turned out to be none that anybody could be reached by."""


def _tried(
    session: ScopedSession, waves: Sequence[Open], ids: Sequence[int]
) -> dict[int, list[tuple[int, str, bool]]]:
    found: dict[int, list[tuple[int, str, bool]]] = {}
    sources = [wave.source.id for wave in waves]
    for chunk in in_chunks(ids):
        rows = session.execute(
            select(Delivery.customer_id, Delivery.source_id, Delivery.address, Delivery.cause).where(
                Delivery.customer_id.in_(chunk), Delivery.source_id.in_(sources)
            )
        )
        for who, source_id, address, cause in rows:
            found.setdefault(int(who or 0), []).append((source_id, address, cause in CONDEMNED))
    return found


def _unfit(tries: Tries, source: Source) -> frozenset[str]:
    """Numbers that this source has tried already, or that an earlier wave found to be none."""
    return frozenset(address for source_id, address, is_none in tries if is_none or source_id == source.id)
