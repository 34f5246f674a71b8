"""Times that can be booked, and who has booked them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated

from flask import Blueprint
from pydantic import Field

from aftersales import closing_slots, settings, slots
from aftersales.api.work_orders import EDITORS
from aftersales.days import DAY, WORKDAYS
from aftersales.slots import Free, Pattern
from core import clock
from core.api.checks import Asked, Sent, Text, Told
from core.api.document import PREFIX
from core.api.endpoint import caller, endpoint, writing
from core.models import READERS
from core.runtime import runtime

MONTH = timedelta(days=31)
Resource = Annotated[Text, Field(min_length=1, max_length=60)]
bp = Blueprint("slots_api", __name__, url_prefix=PREFIX)


class SlotsAsked(Asked):
    """Slots of the company's days *first_on* (today) to *last_on* (two weeks later), at most 31 days; *is_free*: only those with a place."""

    first_on: date | None = None
    last_on: date | None = None
    resource: Annotated[Text, Field(max_length=60)] = ""
    is_free: bool = False


class NewSlots(Sent):
    """
    A week's pattern by the company's clocks: on *weekdays* (0 is Monday) a slot every *minutes* from *opens* to *closes*, as long as that,
    with *places*; public holidays are left out unless *skips_holidays* is false.
    """

    resource: Resource
    first_on: date
    last_on: date
    opens: time
    closes: time
    minutes: int
    places: int = 1
    weekdays: Annotated[list[int], Field(max_length=7)] = Field(default_factory=lambda: sorted(WORKDAYS))
    skips_holidays: bool = True


class SlotsOpened(Told):
    """How many were opened, and how many were there already."""

    opened: int
    there: int


class ToClose(Sent):
    """What of *resource* is to be closed; with *moves* whoever has a place gets the next free one and a call."""

    resource: Resource
    first_on: date
    last_on: date
    moves: bool = False


class SlotsClosed(Told):
    """How many were closed, and the appointments that have another time for it."""

    slots: int
    moved: list[int]


class SlotTold(Told):
    """A slot; *free* of its *places* nobody has."""

    id: int
    resource: str
    starts_at: datetime
    ends_at: datetime
    places: int
    free: int


class SlotsTold(Told):
    """Slots, the earliest first."""

    data: list[SlotTold]


def _told(one: Free) -> SlotTold:
    slot = one.slot
    return SlotTold(
        id=slot.id, resource=slot.resource, starts_at=slot.starts_at, ends_at=slot.ends_at, places=slot.places, free=one.places
    )  # fmt: skip


@bp.get("/slots")
@endpoint(*READERS, tag="appointments", query=SlotsAsked, answer=SlotsTold)
def list_slots(query: SlotsAsked) -> SlotsTold:
    """Slots that are open, with how many places are free, past ones too unless only free ones are asked for."""
    days = settings.days_of(caller().tenant)
    first = query.first_on or days.on(clock.now())
    last = query.last_on or min(first, date.max - MONTH) + 13 * DAY
    starts, ends = slots.window(days, first, last, MONTH.days)
    with runtime().database.reading(caller().tenant_id) as session:
        found = slots.between(session, starts, ends, query.resource)
        return SlotsTold(data=[_told(one) for one in found if not query.is_free or one.is_free])


@bp.post("/slots")
@endpoint(*EDITORS, tag="appointments", body=NewSlots, answer=SlotsOpened)
def open_slots(body: NewSlots) -> SlotsOpened:
    """Open slots by a week's pattern; those that are there stay as they are."""
    done = slots.open_slots(writing(), caller().tenant, Pattern(**body.model_dump()), caller().who)
    return SlotsOpened(opened=done.opened, there=done.there)


@bp.post("/slots/close")
@endpoint(*EDITORS, tag="appointments", body=ToClose, answer=SlotsClosed)
def close_slots(body: ToClose) -> SlotsClosed:
    """Close slots: 409 `booked` while a customer has a place and may not be moved."""
    done = closing_slots.close_days(
        writing(), caller().tenant, body.resource, body.first_on, body.last_on, caller().who, moves=body.moves
    )
    return SlotsClosed(slots=done.slots, moved=[one.id for one in done.moved])
