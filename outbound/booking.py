"""What a claim takes of the allowances, and what comes back when nothing left or less was used."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from core.models import Tenant
from outbound.allowances import (
    Allowance,
    Use,
    amounts,
    binding,
    binds,
    give_back,
    reserve,
    spare,
    subjects_of,
)
from outbound.due import Due
from outbound.models import Attempt, Delivery, Sender, Source
from outbound.prices import cost
from outbound.room import MAX_SLICE
from outbound.settings import of as settings_of


@dataclass(frozen=True)
class Booked:
    """Those of who may be contacted for whom there is an allowance, what each costs, and when the first may leave."""

    due: Sequence[Due]
    costs: Mapping[int, int]
    start: datetime
    gap_s: float


def book(
    session: Session,
    sender: Sender,
    tenant: Tenant,
    allowed: Sequence[Due],
    now: datetime,
    start: datetime,
    is_limited: bool,
) -> Booked:
    """Reserve for as many of *allowed* as fit, in their order. *start* (real) is when the sender's own rate has room."""
    prices = settings_of(tenant).prices
    costs = {
        delivery.id: cost(prices, delivery.channel, delivery.address, delivery.units)
        for delivery, _ in (allowed if prices else ())
    }
    gap_s = 1 / sender.rate_per_s
    if not allowed or not is_limited:
        return Booked(allowed, costs, start, gap_s)
    rows = _locked(session, sender, allowed)
    uses = [(pair, _use(sender, pair[1], pair[0].units, costs.get(pair[0].id, 0), now)) for pair in allowed]
    fitting = [pair for pair, use in uses if reserve(rows, use, tenant)]
    for rate in [row for row in rows if row.period == "second"]:
        start, gap_s = max(start, rate.next_at or start), max(gap_s, 1 / rate.most)
    for rate in [row for row in rows if row.period == "second"]:
        rate.next_at = start + timedelta(seconds=len(fitting) / rate.most)
    return Booked(fitting, costs, start, gap_s)


def unbook_lost(
    session: Session,
    sender: Sender,
    tenant: Tenant,
    lost: Sequence[Due],
    costs: Mapping[int, int],
    now: datetime,
) -> None:
    """Give back, in the claim's own transaction, what `book` reserved for those whom another claim took first."""
    if not lost:
        return
    rows = _locked(session, sender, lost)
    for delivery, source in lost:
        give_back(rows, _use(sender, source, delivery.units, costs.get(delivery.id, 0), now), tenant)


def _locked(session: Session, sender: Sender, due: Sequence[Due]) -> list[Allowance]:
    sources = {source.id: source for _, source in due}
    return binding(session, sender.tenant_id, [sender], sources.values(), lock=True)


def shares_of(
    rows: Sequence[Allowance], sender: Sender, sources: Sequence[Source], tenant: Tenant, now: datetime
) -> list[tuple[Source, int]]:
    """How many deliveries the allowances leave each source, at most; whether they fit is seen when they are booked."""
    found = []
    for source in sources:
        use = _use(sender, source, 1, 1, now)
        left = [(row.unit, spare(row, use.is_marketing, tenant, now)) for row in rows if binds(row, use)]
        counted = [room for unit, room in left if unit != "money" or not room]
        found.append((source, min(counted, default=MAX_SLICE)))
    return found


def shared_room(rows: Collection[Allowance], room: int, start: datetime, slice_s: float) -> int:
    """How much of *room* the rates shared with others leave: half of what is free, so that nobody takes all in turn."""
    for rate in rows:
        if rate.period == "second":
            ahead_s = slice_s - max(0.0, ((rate.next_at or start) - start).total_seconds())
            room = min(room, math.ceil(math.floor(ahead_s * rate.most + 1e-9) / 2))
    return max(room, 0)


def _use(sender: Sender, source: Source, units: int, cost: int, now: datetime) -> Use:
    return Use(
        tenant_id=sender.tenant_id,
        channel=sender.channel,
        is_marketing=source.purpose == "marketing",
        at=now,
        subjects=subjects_of(sender.address, sender.brand, source.name, source.campaign),
        amounts=amounts(sender.channel, units, cost),
    )


def unbook(session: Session, attempt_ids: Collection[int]) -> None:
    """Give back what was reserved for attempts of which nothing left."""
    rows = _tried(session, attempt_ids)
    _give_back(
        session,
        [(row.tenant_id, _past_use(row, amounts(row.channel, row.units, row.cost))) for row in rows],
    )


def book_again(session: Session, attempt_ids: Collection[int]) -> None:
    """Take once more what was given back for attempts that had left after all, be there room or not."""
    rows = _tried(session, attempt_ids)
    taken = [(row, amounts(row.channel, row.units, row.cost)) for row in rows]
    _give_back(
        session,
        [(row.tenant_id, _past_use(row, {unit: -n for unit, n in used.items()})) for row, used in taken],
    )


def settle_costs(session: Session, ended: Mapping[int, tuple[int, int]]) -> None:
    """Write what calls and faxes cost in the end: *ended* is {attempt id: (seconds talked, pages confirmed)}."""
    rows = [row for row in _tried(session, ended) if row.cost]
    spent = {row.id: _spent(row, *ended[row.id]) for row in rows}
    _give_back(
        session, [(row.tenant_id, _past_use(row, {"money": row.cost - spent[row.id]})) for row in rows]
    )
    if spent:
        session.execute(update(Attempt), [{"id": one, "cost": paid} for one, paid in spent.items()])


def _spent(row: Any, duration_s: int, pages: int) -> int:
    """A call is billed by the started minute, and one minute was reserved for it; a fax by the page."""
    if row.channel == "voice":
        return int(row.cost * math.ceil(duration_s / 60))
    return int(row.cost * pages // row.units)


def _tried(session: Session, attempt_ids: Collection[int]) -> Sequence[Any]:
    if not attempt_ids:
        return ()
    return session.execute(
        select(
            *(Attempt.id, Attempt.tenant_id, Attempt.channel, Attempt.cost, Attempt.started_at),
            *(Delivery.units, Source.name, Source.campaign, Source.purpose, Sender.address, Sender.brand),
        )
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .join(Source, Source.id == Attempt.source_id)
        .join(Sender, Sender.id == Attempt.sender_id)
        .where(Attempt.id.in_(attempt_ids))
        .order_by(Attempt.id)
    ).all()


def _past_use(row: Any, taken: Mapping[str, int]) -> Use:
    return Use(
        tenant_id=row.tenant_id,
        channel=row.channel,
        is_marketing=row.purpose == "marketing",
        at=row.started_at,
        subjects=subjects_of(row.address, row.brand, row.name, row.campaign),
        amounts=taken,
    )


def _give_back(session: Session, taken: Sequence[tuple[int, Use]]) -> None:
    if not taken:
        return
    ids = {tenant_id for tenant_id, _ in taken}
    names = {subject for _, use in taken for _, subject in use.subjects}
    chosen = (
        select(Allowance)
        .where(or_(Allowance.tenant_id.is_(None), Allowance.tenant_id.in_(ids)))
        .where(Allowance.subject.in_(names), Allowance.period != "second")
        .order_by(Allowance.id)
        .with_for_update()
    )
    rows = list(session.scalars(chosen, execution_options={"populate_existing": True}))
    tenants = (
        {one.id: one for one in session.scalars(select(Tenant).where(Tenant.id.in_(ids)))} if rows else {}
    )
    for tenant_id, use in taken if rows else ():
        give_back(rows, use, tenants[tenant_id])
