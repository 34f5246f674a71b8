"""Customers are told, once for each date, that a vehicle is due for service (R-33, R-66), where the company wants that; in writing if need be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice

from babel.dates import format_skeleton
from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, select
from sqlalchemy.orm import Session

from aftersales import outreach, settings
from aftersales.appointments import COMING
from aftersales.days import DAY, Days
from aftersales.models import Appointment, Letter, Outreach, WorkOrder
from aftersales.next_service import months_after
from aftersales.outreach import SLICE, Wish
from aftersales.work_orders import OVER
from core.db import ScopedSession
from core.models import Tenant
from core.states import move
from customers.models import Customer, Vehicle

KIND = "service_due"
# whoever has not been told by then is not told of this date
WITHIN = timedelta(days=7)
# a month's length varies by so much, and a day's by its zone
SLACK = timedelta(days=4)


def tell(session: ScopedSession, tenant: Tenant, now: datetime) -> int:
    """Have those told whose vehicle is due so soon; how many, at most SLICE. Who comes anyway, or is here, is not told."""
    rules, days = settings.of(tenant).automated, settings.days_of(tenant)
    if not rules.service_due:
        return 0
    first = days.on(now)
    found = list(islice(_due(session, days, first, first + rules.service_due_days * DAY), SLICE))
    for vehicle, on in found:
        _ask(session, tenant, days, vehicle, on, now)
    return len(found)


def is_needed(session: Session, one: Outreach) -> bool:
    """Whether that vehicle is neither expected nor here."""
    free = select(Vehicle.id).where(Vehicle.id == one.subject_id, *_free_to_tell())
    return session.scalar(free) is not None


def take_back(session: ScopedSession, tenant: Tenant, now: datetime) -> int:
    """Letters to those who come anyway by now are not posted any more; how many, at most SLICE."""
    waiting = (
        select(Outreach)
        .join(Letter, Letter.id == Outreach.letter_id)
        .join(Vehicle, Vehicle.id == Outreach.subject_id)
        .where(Outreach.tenant_id == tenant.id, Outreach.kind == KIND, Outreach.state == "sent")
        .where(Letter.state == "made", ~and_(*_free_to_tell()))
    )
    found = session.scalars(waiting.order_by(Outreach.id).limit(SLICE)).all()
    for one in found:
        move(session, one, "withdrawn", reason="not_needed")
        outreach.stop_lines(session, one)
    return len(found)


def _due(session: Session, days: Days, first: date, last: date) -> Iterator[tuple[Vehicle, date]]:
    """Vehicles due from *first* to *last* and not told of yet: by the day somebody entered, else so long after they were here."""
    entered = _untold().where(Vehicle.next_service_on.between(first, last)).limit(SLICE)
    for vehicle in session.scalars(entered):
        if vehicle.next_service_on:
            yield vehicle, vehicle.next_service_on
    lengths = select(Vehicle.service_every_months).where(
        Vehicle.service_every_months > 0, Vehicle.next_service_on.is_(None)
    )
    for months in session.scalars(lengths.distinct()).all():
        yield from _by_interval(session, days, months, first, last)


def _by_interval(
    session: Session, days: Days, months: int, first: date, last: date
) -> Iterator[tuple[Vehicle, date]]:
    delivered = (
        select(func.max(WorkOrder.delivered_at)).where(WorkOrder.vehicle_id == Vehicle.id).correlate(Vehicle)
    ).scalar_subquery()
    earliest, latest = months_after(first, -months) - SLACK, months_after(last, -months) + SLACK
    was_here = delivered.between(days.starts(earliest), days.ends(latest))
    was_sold = delivered.is_(None) & Vehicle.sold_on.between(earliest, latest)
    mine = select(Vehicle, delivered).where(
        Vehicle.service_every_months == months, Vehicle.next_service_on.is_(None), was_here | was_sold, *_free_to_tell()
    )  # fmt: skip
    for vehicle, at in session.execute(mine.order_by(Vehicle.id)):
        since = days.on(at) if at else vehicle.sold_on
        on = months_after(since, months) if since else None
        if on and first <= on <= last and not _is_told(session, vehicle.id, on):
            yield vehicle, on


def _untold() -> Select[Vehicle]:
    on = cast(Vehicle.next_service_on, String)
    key = literal(f"{KIND}:").concat(cast(Vehicle.id, String)).concat(":").concat(on)
    told = select(Outreach.id).where(Outreach.tenant_id == Vehicle.tenant_id, Outreach.key == key).exists()
    return select(Vehicle).where(~told, *_free_to_tell()).order_by(Vehicle.next_service_on, Vehicle.id)


def _free_to_tell() -> Sequence[ColumnElement[bool]]:
    """Whose customer is there, with no appointment for that vehicle, and no job under way."""
    there = (
        select(Customer.id).where(Customer.id == Vehicle.customer_id, Customer.erased_at.is_(None)).exists()
    )
    comes = select(Appointment.id).where(
        Appointment.customer_id == Vehicle.customer_id, Appointment.state.in_(COMING),
        Appointment.vehicle_id.is_(None) | (Appointment.vehicle_id == Vehicle.id),
    ).exists()  # fmt: skip
    is_here = (
        select(WorkOrder.id).where(WorkOrder.vehicle_id == Vehicle.id, WorkOrder.state.not_in(OVER)).exists()
    )
    return there, ~comes, ~is_here


def _is_told(session: Session, vehicle_id: int, on: date) -> bool:
    return session.scalar(select(Outreach.id).where(Outreach.key == f"{KIND}:{vehicle_id}:{on}")) is not None


def _ask(session: Session, tenant: Tenant, days: Days, vehicle: Vehicle, on: date, now: datetime) -> None:
    channels = settings.of(tenant).automated.service_due
    prefers = session.scalar(select(Customer.preferred_channel).where(Customer.id == vehicle.customer_id))
    if prefers in ("sms", "fax"):
        channels = tuple(channel for channel in channels if channel == prefers) or channels
    language = outreach.language_of(session, tenant, vehicle.customer_id)
    variables = {
        "vehicle": vehicle.plate or vehicle.model or vehicle.serial,
        "day": str(format_skeleton("MMMEd", on, locale=language)),
    }
    by = min(now + WITHIN, max(days.ends(on), now + DAY))
    wish = Wish(KIND, f"{KIND}:{vehicle.id}:{on}", vehicle.customer_id, vehicle.id, channels, variables, by)
    outreach.begin(session, tenant.id, wish)
