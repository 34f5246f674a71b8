"""
What customers are invited to (R-36, R-46, R-47): told of by telephone two weeks ahead, by letter within two days of that call.

`timing` is pure; what may be launched for an event is asked in broadcast/notices.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from babel.dates import format_date
from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.days import Days
from aftersales.models import Event
from aftersales.models.events import EVENT_KINDS
from aftersales.settings import AfterSales
from core import audit, clock
from core.characters import unfit, unfit_line
from core.db import MAX_ID
from core.errors import Fault, NotFound, WrongFields
from core.models import Tenant
from core.sentences import Sentence

LANGUAGES = ("en", "zh")
MAX_CONTENT, LIMITS = 2000, {"name": 120, "hours": 60, "address": 200}
LONGEST, AHEAD = timedelta(days=366), timedelta(days=5 * 366)


@dataclass(frozen=True)
class Timing:
    """
    When an event is told of (UTC): calls until *calls_until*, everything until *over_at*.

    *is_late*: it is too late for the two weeks, so that calls may go on until the event begins.
    """

    calls_until: datetime
    over_at: datetime
    is_late: bool


def timing(event: Event, rules: AfterSales, days: Days, now: datetime) -> Timing:
    """When an event is to be told of, if that begins *now*: calls end with the last day that is early enough (R-46)."""
    last_on, begins = days.before(event.held_on, rules.event_ahead), days.starts(event.held_on)
    calls_until = days.ends(last_on)
    if now >= calls_until:
        return Timing(begins, begins, True)
    letters_until = days.ends(days.after(last_on, rules.letter_within))
    return Timing(calls_until, max(calls_until, min(letters_until, begins)), False)


@dataclass(frozen=True)
class Details:
    """What is said of an event; *content* by language. It lasts from *held_on* until *ends_on*, that day alone if there is none."""

    name: str
    kind: str
    held_on: date | None
    ends_on: date | None = None
    hours: str = ""
    address: str = ""
    content: Mapping[str, str] = field(default_factory=dict)


def enter(session: Session, tenant: Tenant, details: Details, who: str) -> Event:
    """
    A new event. What it is about and where may be left open; nothing is launched for it until they are there (R-36).

    Raises WrongFields naming each field.
    """
    made = Event(tenant_id=tenant.id, created_by=who, created_at=clock.now())
    _fill(made, details)
    session.add(made)
    session.flush()
    audit.record(session, tenant.id, who, "event_entered", f"event:{made.id}", held_on=str(made.held_on))
    return made


def change(session: Session, event: Event, details: Details, who: str) -> None:
    """Everything about an event anew. What was launched for it keeps its times. Raises WrongFields."""
    _fill(event, details)
    session.flush()
    audit.record(
        session, event.tenant_id, who, "event_changed", f"event:{event.id}", held_on=str(event.held_on)
    )


def get(session: Session, event_id: int) -> Event:
    """An event of the session's tenant. Raises NotFound."""
    found = session.scalar(select(Event).where(Event.id == min(event_id, MAX_ID)))
    if found is None:
        raise NotFound("no_event", "there is no event {number}", number=event_id)
    return found


def every(session: Session, limit: int = 200) -> Sequence[Event]:
    """Events, those furthest ahead first."""
    return session.scalars(select(Event).order_by(Event.held_on.desc(), Event.id.desc()).limit(limit)).all()


def lacking(event: Event) -> list[str]:
    """What customers must be told of and is not there: content, address. An event always has its date."""
    parts = {"content": any(event.content.values()), "address": event.address}
    return [name for name, value in parts.items() if not value]


def variables(event: Event) -> dict[str, str]:
    """What texts and flows may say of it: event_name, event_address, event_hours, and by language event_content_en, event_date_en."""
    said = {"event_name": event.name, "event_address": event.address, "event_hours": event.hours}
    for language in LANGUAGES:
        said[f"event_content_{language}"] = event.content.get(language, "")
        dates = [
            format_date(day, "long", locale=language) for day in dict.fromkeys((event.held_on, event.ends_on))
        ]
        said[f"event_date_{language}"] = " – ".join(dates)
    return said


def _fill(event: Event, details: Details) -> None:
    lines = {name: getattr(details, name).strip() for name in LIMITS}
    content = {language: text.strip() for language, text in details.content.items() if text.strip()}
    faults = [*_line_faults(lines), *_content_faults(content), *_day_faults(details.held_on, details.ends_on)]
    if details.kind not in EVENT_KINDS:
        kinds = Sentence("choose what kind of event it is: {words}", words=EVENT_KINDS)
        faults.append(Fault("kind", "unknown_kind", kinds))
    if faults or details.held_on is None:
        raise WrongFields(faults)
    event.kind, event.content = details.kind, content
    event.held_on, event.ends_on = details.held_on, details.ends_on or details.held_on
    event.name, event.hours, event.address = lines["name"], lines["hours"], lines["address"]


def _line_faults(lines: Mapping[str, str]) -> Iterator[Fault]:
    for name, text in lines.items():
        if said := unfit_line(text):
            yield Fault(name, "bad_text", said)
        elif len(text) > LIMITS[name]:
            yield Fault(name, "too_long", Sentence("shorten this to {most} characters", most=LIMITS[name]))
    if not lines["name"]:
        yield Fault("name", "missing", "enter what the event is called")


def _content_faults(content: Mapping[str, str]) -> Iterator[Fault]:
    for language, text in content.items():
        where = f"content.{language}"
        if language not in LANGUAGES:
            yield Fault(
                where, "unknown_language", Sentence("enter it in one of {languages}", languages=LANGUAGES)
            )
        elif said := unfit(text):
            yield Fault(where, "bad_text", said)
        elif len(text) > MAX_CONTENT:
            yield Fault(where, "too_long", Sentence("shorten this to {most} characters", most=MAX_CONTENT))


def _day_faults(held_on: date | None, ends_on: date | None) -> Iterator[Fault]:
    if held_on is None:
        yield Fault("held_on", "missing", "enter the day of the event")
    elif not -LONGEST <= held_on - clock.now().date() <= AHEAD:
        yield Fault("held_on", "too_far", "enter a day within the last year or the next five")
    elif ends_on and not held_on <= ends_on <= held_on + LONGEST:
        yield Fault("ends_on", "past_end", "enter a last day that is not before the first, within a year")
