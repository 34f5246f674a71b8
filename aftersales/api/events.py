"""Events customers are invited to."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from flask import Blueprint
from pydantic import Field
from sqlalchemy import select

from aftersales import events
from aftersales.models import Event
from core.api import paging
from core.api.checks import Sent, Text, Told
from core.api.document import PREFIX
from core.api.endpoint import caller, endpoint, writing
from core.api.paging import Listed, Page
from core.models import READERS
from core.runtime import runtime

WRITERS = ("marketing", "after_sales", "supervisor")
bp = Blueprint("events_api", __name__, url_prefix=PREFIX)


class EventSent(Sent):
    """
    An event; *content* by language. What it is about and where may be left open: nothing is launched for it until they are there.
    """

    name: Annotated[Text, Field(min_length=1, max_length=120)]
    kind: Literal["social", "discount", "free_service"]
    held_on: date
    ends_on: date | None = None
    hours: Annotated[Text, Field(max_length=60)] = ""
    address: Annotated[Text, Field(max_length=200)] = ""
    content: dict[Literal["en", "zh"], Annotated[Text, Field(max_length=2000)]] = Field(default_factory=dict)

    def given(self) -> events.Details:
        """As the domain takes it."""
        return events.Details(**self.model_dump())


class EventTold(Told):
    """An event."""

    id: int
    name: str
    kind: str
    content: dict[str, str]
    held_on: date
    ends_on: date
    hours: str
    address: str


@bp.get("/events")
@endpoint(*READERS, tag="events", query=Page, answer=Listed[EventTold])
def list_events(query: Page) -> Listed[EventTold]:
    """Events, the latest entered first."""
    with runtime().database.reading(caller().tenant_id) as session:
        found, next_ = paging.rows(session, select(Event), Event.id, "events", query, newest_first=True)
        return paging.listed(found, EventTold.model_validate, next_)


@bp.post("/events")
@endpoint(
    *WRITERS, tag="events", body=EventSent, answer=EventTold, status=201, location=PREFIX + "/events/{id}"
)
def enter_event(body: EventSent) -> EventTold:
    """Enter an event; a campaign names it with `event:`."""
    made = events.enter(writing(), caller().tenant, body.given(), caller().who)
    return EventTold.model_validate(made)


@bp.get("/events/<int:event_id>")
@endpoint(*READERS, tag="events", answer=EventTold)
def get_event(event_id: int) -> EventTold:
    """One event."""
    with runtime().database.reading(caller().tenant_id) as session:
        return EventTold.model_validate(events.get(session, event_id))


@bp.put("/events/<int:event_id>")
@endpoint(*WRITERS, tag="events", body=EventSent, answer=EventTold)
def change_event(event_id: int, body: EventSent) -> EventTold:
    """Everything about an event anew; what was launched for it keeps its times."""
    session = writing()
    found = events.get(session, event_id)
    events.change(session, found, body.given(), caller().who)
    return EventTold.model_validate(found)
