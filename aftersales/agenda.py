"""What after-sales has to do on each day: calls, cases, files, appointments, events, for the calendar it shares with campaigns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aftersales import appointment_lists
from aftersales.days import DAY, Days
from aftersales.follow_ups import WAITING
from aftersales.models import Case, CustomerFile, Event, FollowUp

WEEK = timedelta(weeks=1)


@dataclass
class Due:
    """What is due on one of the tenant's days; *automated* of the *calls* are not made by a person, at first."""

    on: date
    calls: int = 0
    automated: int = 0
    cases: int = 0
    appointments: int = 0
    files: int = 0
    events: list[Event] = field(default_factory=list)


def weeks_of(first: date, last: date) -> Iterator[date]:
    """The Mondays of the weeks that *first* to *last* lie in."""
    monday = first - first.weekday() * DAY
    while monday <= last:
        yield monday
        monday += WEEK


def due(
    session: Session, days: Days, first: date, last: date, *, owner_ids: Collection[int] | None = None
) -> Mapping[date, Due]:
    """What waits to be done on each day from *first* to *last*, both included; of one person, or of all."""
    found = {first + number * DAY: Due(first + number * DAY) for number in range((last - first).days + 1)}
    automated = func.count().filter(FollowUp.means != "person")
    calls = select(FollowUp.due_on, func.count(), automated).where(
        FollowUp.due_on.between(first, last), FollowUp.state.in_(WAITING)
    )
    files = select(CustomerFile.due_on, func.count()).where(
        CustomerFile.due_on.between(first, last), CustomerFile.state == "open"
    )
    cases = select(Case.due_at).where(
        Case.due_at > days.starts(first), Case.due_at <= days.ends(last), Case.state == "open"
    )
    if owner_ids:
        calls = calls.where(FollowUp.owner_id.in_(owner_ids))
        files = files.where(CustomerFile.owner_id.in_(owner_ids))
        cases = cases.where(Case.owner_id.in_(owner_ids))
    for on, count, of_them in session.execute(calls.group_by(FollowUp.due_on)):
        found[on].calls, found[on].automated = count, of_them
    for on, count in session.execute(files.group_by(CustomerFile.due_on)):
        found[on].files = count
    for due_at in session.scalars(cases):
        # the end of a day is the first instant of the next
        found[days.on(due_at - timedelta(seconds=1))].cases += 1
    for on, count in appointment_lists.counted(session, days, first, last).items():
        found[on].appointments = count
    for event in session.scalars(select(Event).where(Event.held_on <= last, Event.ends_on >= first)):
        for number in range((min(event.ends_on, last) - max(event.held_on, first)).days + 1):
            found[max(event.held_on, first) + number * DAY].events.append(event)
    return found
