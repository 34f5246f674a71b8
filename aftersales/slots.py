"""
Times that can be booked (R-58): opened by a week's pattern, asked for where places are free.

    slot: a resource (a bay, an adviser), a beginning and an end (UTC), so many places; no places: it is closed
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from sqlalchemy import ColumnElement, Integer, Select, func, select
from sqlalchemy.orm import Session

from aftersales import settings
from aftersales.days import DAY, WORKDAYS, Days
from aftersales.models import Appointment, Slot
from aftersales.models.appointments import TAKING
from core import audit, clock
from core.bulk import insert_new
from core.db import MAX_ID, clean
from core.errors import Conflict, Fault, NotFound, WrongFields
from core.models import Tenant
from core.sentences import Sentence
from customers.windows import is_holiday

MAX_RESOURCE, MAX_PLACES, MAX_MINUTES, MAX_DAYS, MAX_SLOTS = 60, 50, 12 * 60, 370, 5000
YEARS = (2000, 2200)
# nobody plans further ahead, and the last years a calendar knows stay out of reach
MAX_AHEAD = timedelta(days=740)


@dataclass(frozen=True)
class Pattern:
    """
    A week's pattern by the tenant's clocks: on *weekdays* (0 Monday) from *first_on* to *last_on* a slot every *minutes* between
    *opens* and *closes*, as long as that; public holidays are left out if *skips_holidays*.
    """

    resource: str
    first_on: date
    last_on: date
    opens: time
    closes: time
    minutes: int
    places: int = 1
    weekdays: Collection[int] = field(default=WORKDAYS)
    skips_holidays: bool = True


@dataclass(frozen=True)
class Opened:
    """How many slots a pattern opened, and how many were there already."""

    opened: int
    there: int


@dataclass(frozen=True)
class Free:
    """A slot and how many of its places nobody has."""

    slot: Slot
    places: int

    @property
    def is_free(self) -> bool:
        """Whether it can be booked now."""
        return self.places > 0 and self.slot.starts_at > clock.now()


def open_slots(session: Session, tenant: Tenant, pattern: Pattern, who: str) -> Opened:
    """
    Open the slots of *pattern* that are yet to begin; those that are there stay as they are, closed ones open again.

    Raises WrongFields, or Conflict if one would begin before another of that resource has ended.
    """
    resource = clean(pattern.resource).strip()
    _check(settings.days_of(tenant), pattern, resource)
    # one at a time: two patterns that overlap would each see none of the other's slots
    session.execute(select(Tenant.id).where(Tenant.id == tenant.id).with_for_update())
    times = [span for span in spans(settings.days_of(tenant), pattern) if span[0] > clock.now()]
    if len(times) > MAX_SLOTS:
        raise WrongFields(
            [Fault("last_on", "too_many", "enter an earlier last day: these are too many slots")]
        )
    there = _there(session, tenant.id, resource, times)
    _check_apart(resource, times, there, settings.days_of(tenant))
    ends = dict(times)
    again = [slot for slot in there.values() if not slot.places and slot.starts_at in ends]
    for slot in again:
        slot.ends_at, slot.places = ends[slot.starts_at], pattern.places
    session.flush()
    values = {"tenant_id": tenant.id, "resource": resource, "places": pattern.places}
    new = [{**values, "starts_at": start, "ends_at": end} for start, end in times if start not in there]
    insert_new(session, Slot, new)
    opened = len(new) + len(again)
    if opened:
        audit.record(
            session, tenant.id, who, "slots_opened", f"slots:{resource}", slots=opened, places=pattern.places,
            first_on=str(pattern.first_on), last_on=str(pattern.last_on),
        )  # fmt: skip
    return Opened(opened, len(times) - opened)


def spans(days: Days, pattern: Pattern) -> Iterator[tuple[datetime, datetime]]:
    """
    Beginning and end (UTC) of each slot of *pattern*. Pure.

    Times the clocks skip have no slot, those they show twice have one, and none begins before the one before has ended.
    """
    length, ended = timedelta(minutes=pattern.minutes), datetime.min.replace(tzinfo=UTC)
    for day in days_of(pattern):
        if pattern.skips_holidays and is_holiday(days.holidays, day):
            continue
        wall, closes = datetime.combine(day, pattern.opens), datetime.combine(day, pattern.closes)
        while wall + length <= closes:
            start = wall.replace(tzinfo=days.clock).astimezone(UTC)
            is_shown = start.astimezone(days.clock).replace(tzinfo=None) == wall
            if is_shown and start >= ended:
                ended = start + length
                yield start, ended
            wall += length


def days_of(pattern: Pattern) -> Iterator[date]:
    """The days of *pattern*, holidays among them."""
    day = pattern.first_on
    while day <= pattern.last_on:
        if day.weekday() in pattern.weekdays:
            yield day
        day += DAY


def window(days: Days, first_on: date, last_on: date, most: int = MAX_DAYS) -> tuple[datetime, datetime]:
    """The instants (UTC) at which the first of some days begins and the last is over. Raises WrongFields for more than *most* days."""
    if not YEARS[0] <= first_on.year <= YEARS[1]:
        raise WrongFields([Fault("first_on", "bad_day", "enter a day such as 2026-12-24")])
    if not first_on <= last_on <= first_on + most * DAY:
        said = Sentence("enter a last day from the first on, at most {most} days later", most=most)
        raise WrongFields([Fault("last_on", "bad_day", said)])
    return days.starts(first_on), days.ends(last_on)


def get(session: Session, slot_id: int, *, share: bool = False) -> Slot:
    """A slot of the session's tenant; *share*: until the end of the transaction nobody closes it. Raises NotFound."""
    one = select(Slot).where(Slot.id == min(slot_id, MAX_ID))
    if share:
        one = one.with_for_update(read=True).execution_options(populate_existing=True)
    found = session.scalar(one)
    if found is None:
        raise NotFound("no_slot", "there is no slot {number}", number=slot_id)
    return found


def free(
    session: Session,
    after: datetime,
    *,
    before: datetime | None = None,
    resource: str = "",
    limit: int = 200,
) -> list[Free]:
    """Slots that begin after *after*, and before *before*, and have a place that nobody has: the earliest first."""
    wanted = _counted(clock.now()).where(
        Slot.starts_at > max(after, clock.now()), Slot.places > _taken(clock.now())
    )
    wanted = wanted.where(Slot.starts_at < before) if before else wanted
    wanted = wanted.where(Slot.resource == resource) if resource else wanted
    ordered = wanted.order_by(Slot.starts_at, Slot.resource, Slot.id).limit(limit)
    return [Free(slot, slot.places - taken) for slot, taken in session.execute(ordered)]


def between(session: Session, first: datetime, end: datetime, resource: str = "") -> list[Free]:
    """Every open slot that begins from *first* on and before *end*, full ones too."""
    wanted = _counted(clock.now()).where(Slot.starts_at >= first, Slot.starts_at < end, Slot.places > 0)
    wanted = wanted.where(Slot.resource == resource) if resource else wanted
    rows = session.execute(wanted.order_by(Slot.starts_at, Slot.resource, Slot.id).limit(MAX_SLOTS))
    return [Free(slot, max(0, slot.places - taken)) for slot, taken in rows]


def resources(session: Session) -> Sequence[str]:
    """The names slots have been opened under, in order."""
    return session.scalars(select(Slot.resource).distinct().order_by(Slot.resource)).all()


def taking(now: datetime) -> ColumnElement[bool]:
    """Appointments that have their place: an offer only until it lapses."""
    lapsed = (Appointment.state == "offered") & (Appointment.held_until <= now)
    return Appointment.state.in_(TAKING) & ~lapsed


def _taken(now: datetime) -> ColumnElement[int]:
    mine = select(func.count()).where(Appointment.slot_id == Slot.id, taking(now))
    return func.coalesce(mine.correlate(Slot).scalar_subquery(), 0, type_=Integer)


def _counted(now: datetime) -> Select[Slot, int]:
    return select(Slot, _taken(now))


def _there(
    session: Session, tenant_id: int, resource: str, times: Sequence[tuple[datetime, datetime]]
) -> dict[datetime, Slot]:
    """Slots of *resource* by their beginning, closed ones too, from the day before the first of *times* to the end of the last."""
    if not times:
        return {}
    mine = select(Slot).where(
        Slot.tenant_id == tenant_id, Slot.resource == resource, Slot.starts_at > times[0][0] - DAY,
        Slot.starts_at < times[-1][1],
    )  # fmt: skip
    return {slot.starts_at: slot for slot in session.scalars(mine)}


def _check_apart(
    resource: str, times: Sequence[tuple[datetime, datetime]], there: dict[datetime, Slot], days: Days
) -> None:
    wanted = set(times)
    others = {(slot.starts_at, slot.ends_at) for slot in there.values() if slot.places}
    ordered = sorted(wanted | others)
    for (_, end), (start, _end) in pairwise(ordered):
        if start < end:
            raise Conflict(
                "overlap", "{resource} has another slot around {time}; close that first, or choose other times",
                resource=resource, time=f"{start.astimezone(days.clock):%Y-%m-%d %H:%M}",
            )  # fmt: skip


def _check(days: Days, pattern: Pattern, resource: str) -> None:
    faults = []
    if not 1 <= len(resource) <= MAX_RESOURCE:
        faults.append(
            Fault("resource", "bad_resource", "name who or what receives customers, in at most 60 characters")
        )
    if pattern.last_on < pattern.first_on:
        faults.append(Fault("last_on", "bad_day", "enter a last day that is not before the first"))
    elif pattern.last_on < days.on(clock.now()):
        faults.append(Fault("last_on", "past_day", "enter a last day that is not past"))
    elif (
        pattern.last_on - pattern.first_on > MAX_DAYS * DAY
        or pattern.last_on - days.on(clock.now()) > MAX_AHEAD
    ):
        faults.append(
            Fault("last_on", "too_far", "enter a last day within two years, and within 370 days of the first")
        )
    if not pattern.weekdays or not set(pattern.weekdays) <= set(range(7)):
        faults.append(Fault("weekdays", "bad_weekday", "choose at least one day of the week"))
    if not 5 <= pattern.minutes <= MAX_MINUTES:
        faults.append(Fault("minutes", "bad_minutes", "enter how long a slot is, from 5 to 720 minutes"))
    elif _minute(pattern.closes) - _minute(pattern.opens) < pattern.minutes:
        faults.append(Fault("closes", "bad_time", "enter a time late enough for one slot"))
    if not 1 <= pattern.places <= MAX_PLACES:
        faults.append(Fault("places", "bad_places", "enter how many customers fit in, from 1 to 50"))
    if faults:
        raise WrongFields(faults)


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
