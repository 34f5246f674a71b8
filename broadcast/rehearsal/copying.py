"""A scratch database with the people concerned and all that limits us: nothing that is played in it can reach anybody."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, event, func, insert, select

from aftersales.models import Event
from broadcast.models import Campaign, Recipient, Wave
from core.bulk import in_chunks
from core.db import ALL_TENANTS, Base, Database, ScopedSession
from core.models import Tenant
from customers.facts import WINDOW
from customers.models import ConsentEvent, Customer, CustomerNumber, Suppression, Touch, Vehicle
from flows.models import FlowVersion
from outbound.allowances import Allowance
from outbound.models import Delivery, Sender, Source

CHUNK = 2_000
# so many are played one by one within a minute or so; of more, a sample
EXACT = 20_000
# what is copied whole, and what with the people it is about; not the brake, which is off again when this is sent
OF_TENANT: tuple[Any, ...] = (Sender, FlowVersion, Suppression, Event)
OF_EVERYBODY: tuple[Any, ...] = (Allowance,)
OF_CUSTOMER: tuple[Any, ...] = (CustomerNumber, Vehicle, ConsentEvent)
# multiplies ids so that one in n is no longer one in n neighbours (Knuth, The Art of Computer Programming 6.4)
SCATTER, SPAN = 2_654_435_761, 2**32


@dataclass(frozen=True)
class Sample:
    """One in *one_in* customers, always the same ones; 1 is everybody."""

    one_in: int = 1

    def has(self, customer_id: int | None) -> bool:
        """Whether the customer belongs to it."""
        return (customer_id or 0) * SCATTER % SPAN * self.one_in < SPAN


@dataclass(frozen=True)
class Copied:
    """*people* of the campaign are in the scratch database; *stretch* is by how much longer each sender's lines are held."""

    people: int
    stretch: Mapping[int, float]


def sample_for(session: ScopedSession, campaign: Campaign, targeted: int, is_exact: bool) -> Sample:
    """Everybody as far as that is quick, or if it is asked for; otherwise the largest sample that is."""
    others = session.scalar(
        select(func.count())
        .select_from(Delivery)
        .join(Source, Source.id == Delivery.source_id)
        .where(*_is_waiting(campaign))
    )
    total = targeted + (others or 0)
    return Sample(1 if is_exact else max(1, -(-total // EXACT)))


def _is_waiting(campaign: Campaign) -> tuple[ColumnElement[bool], ...]:
    """What the company still has to send besides *campaign*: it takes its share of the same senders."""
    return (
        Delivery.tenant_id == campaign.tenant_id,
        Source.state == "open",
        Delivery.state.in_(("pending", "held")),
        Delivery.customer_id.is_not(None),
    )


def scratch(path: Path) -> Database:
    """An empty database in the file *path*, fast because nobody will miss it."""
    database = Database(f"sqlite:///{path}")
    event.listen(database.engine, "connect", _careless)
    Base.metadata.create_all(database.engine)
    return database


def _careless(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def copy(
    session: ScopedSession, campaign: Campaign, ids: Iterable[int], sample: Sample, to: Database, at: datetime
) -> Copied:
    """
    Copy *campaign*, the sampled of its customers *ids*, and whoever else of the company waits for a send.

    The senders' rates and lines are scaled with the sample, so that it takes as long as the whole.
    """
    chosen = [customer_id for customer_id in ids if sample.has(customer_id)]
    others = _waiting_for_others(session, campaign, sample)
    everybody = sorted({*chosen, *(row["customer_id"] for row in others)})
    tenant_id = campaign.tenant_id
    with to.session(ALL_TENANTS) as target:
        _copy(session, target, Tenant, Tenant.id == tenant_id)
        for model in OF_TENANT:
            _copy(session, target, model, model.tenant_id == tenant_id)
        for model in OF_EVERYBODY:
            _copy(session, target, model, (model.tenant_id == tenant_id) | model.tenant_id.is_(None))
        for people in in_chunks(everybody, CHUNK):
            _copy(session, target, Customer, Customer.id.in_(people))
            for model in OF_CUSTOMER:
                _copy(session, target, model, model.customer_id.in_(people))
            _copy(session, target, Touch, Touch.customer_id.in_(people) & (Touch.at > at - WINDOW))
        _copy_campaign(session, target, campaign, set(chosen))
        _copy_others(session, target, others)
        stretch = _scale(target, sample, at)
    to.analyze()
    return Copied(len(chosen), stretch)


def _copy(session: ScopedSession, target: ScopedSession, model: Any, where: ColumnElement[bool]) -> None:
    rows = session.execute(select(model.__table__).where(where).execution_options(yield_per=CHUNK))
    for page in rows.mappings().partitions(CHUNK):
        target.execute(insert(model), [dict(row) for row in page])


def _copy_campaign(
    session: ScopedSession, target: ScopedSession, campaign: Campaign, chosen: set[int]
) -> None:
    own = session.execute(select(Campaign.__table__).where(Campaign.id == campaign.id)).mappings().one()
    target.execute(insert(Campaign), [{**own, "state": "draft"}])
    _copy(session, target, Wave, Wave.campaign_id == campaign.id)
    rows = session.execute(
        select(Recipient.__table__)
        .where(Recipient.campaign_id == campaign.id)
        .execution_options(yield_per=CHUNK)
    )
    for page in rows.mappings().partitions(CHUNK):
        if mine := [dict(row) for row in page if row["customer_id"] in chosen]:
            target.execute(insert(Recipient), mine)


def _waiting_for_others(session: ScopedSession, campaign: Campaign, sample: Sample) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Delivery.__table__)
        .join(Source, Source.id == Delivery.source_id)
        .where(*_is_waiting(campaign))
        .execution_options(yield_per=CHUNK)
    )
    return [dict(row) for row in rows.mappings() if sample.has(row["customer_id"])]


def _copy_others(session: ScopedSession, target: ScopedSession, waiting: Sequence[dict[str, Any]]) -> None:
    for ids in in_chunks(sorted({row["source_id"] for row in waiting})):
        _copy(session, target, Source, Source.id.in_(ids))
    for page in in_chunks(waiting, CHUNK):
        target.execute(insert(Delivery), list(page))


def _scale(target: ScopedSession, sample: Sample, at: datetime) -> dict[int, float]:
    """Scale the senders; a line cannot be halved, so where rounding gives too many, each call holds its line longer."""
    stretch = {}
    for sender in target.scalars(select(Sender)):
        sender.rate_per_s, sender.next_at = sender.rate_per_s / sample.one_in, at
        sender.queued_until = None
        if sender.lines:
            wanted = sender.lines / sample.one_in
            sender.lines = max(1, round(wanted))
            stretch[sender.id] = sender.lines / wanted
    for allowance in target.scalars(select(Allowance)):
        for name in ("most", "kept_back", "reserved", "promoted"):
            setattr(allowance, name, round(getattr(allowance, name) / sample.one_in))
        allowance.next_at = at if allowance.period == "second" else None
    return stretch
