"""
What is kept of a period, for the forms of R-50: files of intakes, records of calls, letters; and the entry of each.

A period is a month or a year of the tenant's calendar: 2026-03, 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from aftersales.days import Days
from aftersales.models import CallRecord, CallRecording, Case, CustomerFile, Event, Letter, WorkOrder
from core.db import MAX_ID
from core.errors import Invalid, NotFound
from core.models import Staff
from customers.models import Customer, CustomerNumber, Vehicle
from customers.queries import numbers_of

PERIOD = re.compile(r"(?P<year>20\d\d)(-(?P<month>0[1-9]|1[0-2]))?", re.ASCII)
BATCH = 500


@dataclass(frozen=True)
class Period:
    """From *since* on and before *until* (UTC); the tenant's days from *first* to *last*, both included."""

    name: str
    first: date
    last: date
    since: datetime
    until: datetime


@dataclass(frozen=True)
class FileEntry:
    """A file with everything a form about it says."""

    file: CustomerFile
    customer: Customer
    vehicle: Vehicle | None
    order: WorkOrder | None
    owner: str
    numbers: Sequence[CustomerNumber] = ()


@dataclass(frozen=True)
class CallEntry:
    """A call with whoever it was with, who spoke, whom they stood in for and the carrier's id of its recording ("" where there is none)."""

    record: CallRecord
    customer: str
    agent: str
    stood_in_for: str
    recording: str


@dataclass(frozen=True)
class LetterEntry:
    """A letter with its recipient, what it invited to and the case it answered ("" if none)."""

    letter: Letter
    customer: str
    event: str
    case: str


def period(days: Days, name: str) -> Period:
    """The month or the year called *name*. Raises Invalid for what is neither."""
    found = PERIOD.fullmatch(name)
    if not found:
        raise Invalid(
            "bad_period",
            "{name!r} is no period; enter a month such as 2026-03, or a year such as 2026",
            name=name,
        )
    year, month = int(found["year"]), int(found["month"] or 0)
    first = date(year, month or 1, 1)
    after = date(year + (month in (0, 12)), month % 12 + 1 if month else 1, 1)
    last = after - timedelta(days=1)
    return Period(name, first, last, days.starts(first), days.starts(after))


def files(session: Session, over: Period) -> Iterator[FileEntry]:
    """Files of intakes on the days of a period, in order."""
    wanted = _files().where(CustomerFile.intake_on.between(over.first, over.last))
    ordered = wanted.order_by(CustomerFile.intake_on, CustomerFile.created_at, CustomerFile.id)
    for rows in session.execute(ordered, execution_options={"yield_per": BATCH}).partitions():
        entries = [FileEntry(*row) for row in rows]
        numbers = numbers_of(session, [entry.customer.id for entry in entries])
        yield from (_with_numbers(entry, numbers) for entry in entries)


def file(session: Session, file_id: int) -> FileEntry:
    """One file of the session's tenant. Raises NotFound."""
    row = session.execute(_files().where(CustomerFile.id == min(file_id, MAX_ID))).one_or_none()
    if row is None:
        raise NotFound("no_file", "there is no such file")
    entry = FileEntry(*row)
    return _with_numbers(entry, numbers_of(session, [entry.customer.id]))


def calls(session: Session, over: Period) -> Iterator[CallEntry]:
    """Calls of a period in order, in and out, with and without content."""
    wanted = _calls().where(CallRecord.at >= over.since, CallRecord.at < over.until)
    ordered = wanted.order_by(CallRecord.at, CallRecord.id)
    for rows in session.execute(ordered, execution_options={"yield_per": BATCH}).partitions():
        yield from (_call(*row) for row in rows)


def call(session: Session, record_id: int) -> CallEntry:
    """One call of the session's tenant. Raises NotFound."""
    row = session.execute(_calls().where(CallRecord.id == min(record_id, MAX_ID))).one_or_none()
    if row is None:
        raise NotFound("no_record", "there is no such call record")
    return _call(*row)


def letters(session: Session, over: Period) -> Iterator[LetterEntry]:
    """Letters made in a period, in order."""
    wanted = _letters().where(Letter.made_at >= over.since, Letter.made_at < over.until)
    ordered = wanted.order_by(Letter.made_at, Letter.id)
    for rows in session.execute(ordered, execution_options={"yield_per": BATCH}).partitions():
        yield from (_letter(*row) for row in rows)


def letter(session: Session, letter_id: int) -> LetterEntry:
    """One letter of the session's tenant. Raises NotFound."""
    row = session.execute(_letters().where(Letter.id == min(letter_id, MAX_ID))).one_or_none()
    if row is None:
        raise NotFound("no_letter", "there is no such letter")
    return _letter(*row)


def _letters() -> Select[Letter, str, str, str]:
    joined = select(Letter, Customer.name, Event.name, Case.number)
    joined = joined.join(Customer, Customer.id == Letter.customer_id)
    joined = joined.outerjoin(Event, Event.id == Letter.event_id)
    return joined.outerjoin(Case, Case.id == Letter.case_id)


def _letter(letter: Letter, customer: str, event: str | None, case: str | None) -> LetterEntry:
    return LetterEntry(letter, customer, event or "", case or "")


def _files() -> Select[CustomerFile, Customer, Vehicle, WorkOrder, str]:
    joined = select(CustomerFile, Customer, Vehicle, WorkOrder, Staff.name)
    joined = joined.join(Customer, Customer.id == CustomerFile.customer_id)
    joined = joined.join(Staff, Staff.id == CustomerFile.owner_id)
    joined = joined.outerjoin(Vehicle, Vehicle.id == CustomerFile.vehicle_id)
    return joined.outerjoin(WorkOrder, WorkOrder.id == CustomerFile.work_order_id)


def _with_numbers(entry: FileEntry, numbers: Mapping[int, Sequence[CustomerNumber]]) -> FileEntry:
    return FileEntry(
        entry.file,
        entry.customer,
        entry.vehicle,
        entry.order,
        entry.owner,
        numbers.get(entry.customer.id, ()),
    )


def _calls() -> Select[CallRecord, str, str, str, str]:
    agent, stood_in_for = aliased(Staff), aliased(Staff)
    joined = select(CallRecord, Customer.name, agent.name, stood_in_for.name, CallRecording.recording_id)
    kept = (CallRecording.call_id == CallRecord.call_id) & CallRecording.audio_deleted_at.is_(None)
    joined = joined.outerjoin(CallRecording, kept)
    joined = joined.outerjoin(Customer, Customer.id == CallRecord.customer_id)
    joined = joined.outerjoin(agent, agent.id == CallRecord.agent_id)
    return joined.outerjoin(stood_in_for, stood_in_for.id == CallRecord.for_id)


def _call(record: CallRecord, *named: str | None) -> CallEntry:
    return CallEntry(record, *(name or "" for name in named))
