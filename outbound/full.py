"""Limits with nothing left, and when they have room again: what screens say of sources that wait for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from core.models import Tenant
from outbound.allowances import Allowance, goes_on_at, spare
from outbound.models import Sender, Source, SourceSender
from outbound.settings import of as settings_of


@dataclass(frozen=True)
class Full:
    """
    An allowance with nothing left for the sources asked about: *most* of *unit* (money in millionths of *currency*) in
    *period*. It has room again at *goes_on_at*; None: not before somebody raises it.
    """

    level: str
    subject: str
    unit: str
    period: str
    most: int
    currency: str
    goes_on_at: datetime | None


def full(session: Session, tenant: Tenant, sources: Sequence[Source], now: datetime) -> list[Full]:
    """What is used up of all that binds *sources*, which ask for one thing: theirs, their senders', the account's."""
    if not sources:
        return []
    senders = _senders(session, sources)
    subjects = {
        "source": {name for source in sources for name in (source.name, source.campaign) if name},
        "sender": {sender.address for sender in senders},
        "brand": {sender.brand for sender in senders if sender.brand},
    }
    named = [
        and_(Allowance.level == level, Allowance.subject.in_(names)) for level, names in subjects.items()
    ]
    rows = session.scalars(
        select(Allowance)
        .where(or_(Allowance.tenant_id.is_(None), Allowance.tenant_id == tenant.id))
        .where(or_(Allowance.level == "account", *named))
        .where(Allowance.channel.in_({"", *(source.channel for source in sources)}))
        .where(Allowance.period != "second")
        .order_by(Allowance.id)
    )
    is_marketing = sources[0].purpose == "marketing"
    prices = settings_of(tenant).prices
    return [
        Full(
            row.level,
            row.subject,
            row.unit,
            row.period,
            row.most,
            prices.currency if prices else "",
            goes_on_at(row, tenant, now),
        )
        for row in rows
        if not _is_sample(row) and not spare(row, is_marketing, tenant, now)
    ]


def _is_sample(row: Allowance) -> bool:
    """What holds a campaign to its sample is told as such."""
    return (row.level, row.unit, row.period) == ("source", "sends", "total")


def _senders(session: Session, sources: Sequence[Source]) -> list[Sender]:
    ids = [source.id for source in sources]
    named = set(session.scalars(select(SourceSender.sender_id).where(SourceSender.source_id.in_(ids))))
    channels = {source.channel for source in sources}
    every = session.scalars(select(Sender).where(Sender.channel.in_(channels), Sender.state == "open"))
    return [sender for sender in every if not named or sender.id in named]
