"""
Campaigns about an event: `event: 3` in the document. Their times come from its date (R-46), not from `ends_after_h`.

Calls and texts end two weeks before the event, and a letter goes within two days of that person's call. All figures are settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from aftersales import events, settings
from aftersales.days import Days
from aftersales.events import Timing
from aftersales.models import Event
from broadcast.definition import Definition
from core import clock
from core.errors import Invalid, NotFound
from core.models import Tenant


@dataclass(frozen=True)
class Notice:
    """When waves about an event end: calls and texts at *calls_until*, letters so many *days* after the person's wave before."""

    calls_until: datetime
    letter_within: int
    days: Days

    def ends(self, channel: str, position: int, since: datetime, ends: datetime) -> datetime:
        """When a wave is given up for a person whose wave before ended at *since*, and which else would end at *ends*."""
        if channel != "fax":
            return min(ends, self.calls_until)
        if position == 1:
            return ends
        return min(ends, self.days.ends(self.days.after(self.days.on(since), self.letter_within)))


def event_of(session: Session, definition: Definition) -> Event | None:
    """The event a campaign is about, if it is about one. Raises Invalid if there is none with that number."""
    if definition.event is None:
        return None
    try:
        return events.get(session, definition.event)
    except NotFound:
        raise Invalid(
            "no_event",
            "event: there is no event {event}; enter it first: flask aftersales events enter",
            event=definition.event,
        ) from None


def timing_of(session: Session, tenant: Tenant, definition: Definition) -> Timing | None:
    """When a campaign that is launched now would be over, if it is about an event."""
    event = event_of(session, definition)
    if event is None:
        return None
    return events.timing(event, settings.of(tenant), settings.days_of(tenant), clock.now())


def over_at(session: Session, tenant: Tenant, definition: Definition) -> datetime:
    """When a campaign that is launched now is over."""
    timing = timing_of(session, tenant, definition)
    return timing.over_at if timing else clock.now() + timedelta(hours=definition.ends_after_h)


def about(event: Event, timing: Timing, tenant: Tenant) -> Mapping[str, Any]:
    """What the sources of such a campaign keep of its event, as it was at the launch."""
    within = settings.of(tenant).letter_within
    return {"event": event.id, "calls_until": timing.calls_until.isoformat(), "letter_within": within}


def notice_of(tenant: Tenant, content: Mapping[str, Any]) -> Notice | None:
    """What `about` kept in a source's *content*."""
    kept = content.get("about", {})
    if "calls_until" not in kept:
        return None
    until = datetime.fromisoformat(kept["calls_until"])
    return Notice(until, kept["letter_within"], settings.days_of(tenant))
