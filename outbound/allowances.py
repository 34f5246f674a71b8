"""
How much may leave, from the carrier's account down to one source: account → sender → brand → source.

A claim reserves what it takes, under the rows' locks and in id order, so that two senders never wait for each other
crosswise. What is released or refused is given back; what a call or fax took in the end is written when it ends.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, and_, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, BigId
from core.models import Tenant
from outbound.models import Sender, Source

LEVELS = ("account", "sender", "brand", "source")
PERIODS = ("day", "total", "second")
# what a channel's carrier bills by
BILLED = {"voice": "calls", "sms": "segments", "fax": "pages"}
UNITS = ("sends", *BILLED.values(), "money")


class Allowance(Base):
    """
    How much may leave: *most* of *unit* in *period*, of which only callbacks and service may use the last *kept_back*.

    *level* and *subject* say of what: account "" (of every tenant where *tenant_id* is null), sender (its number), brand
    (its name), source (a source's or campaign's name). *channel* is "" where all count together. Of what is *reserved*,
    which counts for *day* where *period* is one, *promoted* is marketing's. *full_at* tells since when nothing
    more fits. Where *period* is a second, *next_at* (real) is when the next may leave.
    """

    __tablename__ = "allowance"
    __table_args__ = (
        UniqueConstraint("tenant_id", "level", "subject", "channel", "unit", "period"),
        Index(
            "uq_allowance_of_everybody",
            *("level", "subject", "channel", "unit", "period"),
            unique=True,
            sqlite_where=text("tenant_id IS NULL"),
            postgresql_where=text("tenant_id IS NULL"),
        ),
    )

    tenant_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("tenant.id"))
    level: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(String(40), default="")
    channel: Mapped[str] = mapped_column(String(8), default="")
    unit: Mapped[str] = mapped_column(String(8))
    period: Mapped[str] = mapped_column(String(6))
    most: Mapped[int] = mapped_column(BigId)
    kept_back: Mapped[int] = mapped_column(BigId, default=0)
    day: Mapped[date | None]
    reserved: Mapped[int] = mapped_column(BigId, default=0)
    promoted: Mapped[int] = mapped_column(BigId, default=0)
    full_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Use:
    """What one try takes: *amounts* by unit, from the allowances of *subjects* (level, subject), at *at* (business time)."""

    tenant_id: int
    channel: str
    is_marketing: bool
    at: datetime
    subjects: frozenset[tuple[str, str]]
    amounts: Mapping[str, int]


def subjects_of(sender_address: str, brand: str, source: str, campaign: str) -> frozenset[tuple[str, str]]:
    """Whose allowances bind what leaves from one sender for one source."""
    chain = {("account", ""), ("sender", sender_address), ("source", source)}
    if brand:
        chain.add(("brand", brand))
    if campaign:
        chain.add(("source", campaign))
    return frozenset(chain)


def amounts(channel: str, units: int, cost: int) -> dict[str, int]:
    """What a try counts in every unit."""
    return {"sends": 1, BILLED[channel]: units, "money": cost}


def binding(
    session: Session,
    tenant_id: int,
    senders: Collection[Sender],
    sources: Collection[Source],
    *,
    lock: bool = False,
) -> list[Allowance]:
    """
    Every allowance of the tenant and of everybody that binds one of *senders* or *sources*, in id order; with *lock* as nobody
    else can change it.
    """
    subjects = {
        "sender": {sender.address for sender in senders},
        "brand": {sender.brand for sender in senders if sender.brand},
        "source": {name for source in sources for name in (source.name, source.campaign) if name},
    }
    named = [
        and_(Allowance.level == level, Allowance.subject.in_(names)) for level, names in subjects.items()
    ]
    channels = {source.channel for source in sources}
    units = {"sends", "money", *(BILLED[channel] for channel in channels)}
    chosen = (
        select(Allowance)
        .where(or_(Allowance.tenant_id.is_(None), Allowance.tenant_id == tenant_id))
        .where(Allowance.channel.in_({"", *channels}), Allowance.unit.in_(units))
        .where(or_(Allowance.level == "account", *named))
        .order_by(Allowance.id)
    )
    if lock:
        chosen = chosen.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(chosen))


def binds(row: Allowance, use: Use) -> bool:
    """Whether *row* has a say in *use*."""
    return (
        row.period != "second"
        and row.tenant_id in (None, use.tenant_id)
        and row.channel in ("", use.channel)
        and (row.level, row.subject) in use.subjects
        and row.unit in use.amounts
    )


def day_in(tenant: Tenant, at: datetime) -> date:
    """The tenant's day at instant *at*."""
    return at.astimezone(ZoneInfo(tenant.zone)).date()


def day_of(row: Allowance, tenant: Tenant, at: datetime) -> date:
    """The day *at* belongs to for *row*: the tenant's; where it is every tenant's, UTC's."""
    return day_in(tenant, at) if row.tenant_id else at.astimezone(UTC).date()


def goes_on_at(row: Allowance, tenant: Tenant, at: datetime) -> datetime | None:
    """When a full *row* has room again by itself: the next day's beginning, or never."""
    if row.period != "day":
        return None
    zone = ZoneInfo(tenant.zone) if row.tenant_id else UTC
    tomorrow = day_of(row, tenant, at) + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, zone).astimezone(UTC)


def spare(row: Allowance, is_marketing: bool, tenant: Tenant, at: datetime) -> int:
    """
    How much of *row* may still be taken at *at*. A new day begins with everything.

    What did not fit once would not fit again, so nothing is left then; but of what is kept back service may have the rest.
    """
    if _is_over(row, tenant, at):
        return row.most - (row.kept_back if is_marketing else 0)
    if row.full_at and (is_marketing or not row.kept_back):
        return 0
    left = row.most - row.reserved
    return max(0, min(left, row.most - row.kept_back - row.promoted) if is_marketing else left)


def reserve(rows: Sequence[Allowance], use: Use, tenant: Tenant) -> bool:
    """Take what *use* needs from every one of *rows* (locked) that binds it, or from none; whether it fitted."""
    bound = [row for row in rows if binds(row, use)]
    for row in bound:
        _renew(row, tenant, use.at)
    short = [row for row in bound if use.amounts[row.unit] > spare(row, use.is_marketing, tenant, use.at)]
    for row in () if short else bound:
        row.reserved += use.amounts[row.unit]
        row.promoted += use.amounts[row.unit] if use.is_marketing else 0
    for row in short or bound:
        if short or not spare(row, use.is_marketing, tenant, use.at):
            row.full_at = row.full_at or use.at
    return not short


def give_back(rows: Sequence[Allowance], use: Use, tenant: Tenant) -> None:
    """Return what *use* had taken from *rows* (locked), unless its day is over."""
    for row in rows:
        if not binds(row, use) or (row.period == "day" and row.day != day_of(row, tenant, use.at)):
            continue
        amount = use.amounts[row.unit]
        row.reserved = max(0, row.reserved - amount)
        row.promoted = max(0, row.promoted - (amount if use.is_marketing else 0))
        row.full_at = None if amount > 0 else row.full_at


def _renew(row: Allowance, tenant: Tenant, at: datetime) -> None:
    if _is_over(row, tenant, at):
        row.day, row.reserved, row.promoted, row.full_at = day_of(row, tenant, at), 0, 0, None


def _is_over(row: Allowance, tenant: Tenant, at: datetime) -> bool:
    """Whether what is reserved was so on an earlier day."""
    return row.period == "day" and (row.day is None or row.day < day_of(row, tenant, at))
