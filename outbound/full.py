"""Limits with nothing left, and when they have room again: what screens say of sources that wait for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.models import Tenant
from outbound.allowances import Allowance, binding, goes_on_at, spare
from outbound.models import Source
from outbound.senders import bringing
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
    rows = binding(session, tenant.id, bringing(session, sources), sources)
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
        if row.period != "second" and not _is_sample(row) and not spare(row, is_marketing, tenant, now)
    ]


def _is_sample(row: Allowance) -> bool:
    """What holds a campaign to its sample is told as such."""
    return (row.level, row.unit, row.period) == ("source", "sends", "total")
