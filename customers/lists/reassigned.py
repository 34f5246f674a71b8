"""
Answers of the database of reassigned numbers (US-13): address, day, answer.

The day is that of the consent the database was asked about, or of the question: it answers whether the number has got
another subscriber since. The answer about the latest day stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import audit
from core.bulk import batches, in_chunks, insert_new
from core.db import Database
from core.errors import Invalid
from core.models import Tenant
from core.phone import to_e164
from customers.lists.reading import Line, Loaded, Tell, parsed, reading
from customers.models import REASSIGNED, ReassignedNumber


@dataclass(frozen=True)
class Answered:
    """What the database said of *address* for the time from *asked_on* on."""

    address: str
    asked_on: date
    answer: str


def load(
    database: Database,
    tenant: Tenant,
    stream: BinaryIO,
    region: str,
    *,
    at: datetime,
    source: str,
    tell: Tell,
) -> Loaded:
    """
    Take in *stream*: a line is number, day and answer (yes, no or no data).

    Numbers without + are read as dialled in *region*. *tell* is told of each line refused; the others count. Raises
    Invalid if none is left.
    """
    loaded = Loaded()
    today = at.astimezone(ZoneInfo(tenant.zone)).date()
    with reading(stream) as lines:
        found = parsed(lines, lambda line: _answered(line, region, today), loaded, tell)
        for chunk in batches(found):
            with database.session(tenant.id) as session:
                loaded.accepted += _store(session, tenant.id, chunk, source)
    if loaded.lines == loaded.rejected:
        raise Invalid("no_numbers", "no line of the file holds number, day and answer; nothing was changed")
    with database.session(tenant.id) as session:
        audit.record(
            session,
            tenant.id,
            source,
            "reassigned_loaded",
            "reassigned",
            lines=loaded.lines,
            rejected=loaded.rejected,
        )
    return loaded


def answers(session: Session, tenant_id: int, addresses: Sequence[str]) -> dict[str, Answered]:
    """What is known of each of *addresses*; those nobody asked about are left out."""
    found: dict[str, Answered] = {}
    for chunk in in_chunks(addresses):
        statement = select(
            ReassignedNumber.address, ReassignedNumber.asked_on, ReassignedNumber.answer
        ).where(ReassignedNumber.tenant_id == tenant_id, ReassignedNumber.address.in_(chunk))
        found.update((row.address, Answered(*row)) for row in session.execute(statement))
    return found


def _answered(line: Line, region: str, today: date) -> Answered:
    if len(line.cells) < 3:
        raise Invalid("too_few_cells", "enter number, day and answer, such as +14155550123,2026-11-02,no")
    address = to_e164(line.cells[0], region)
    try:
        asked_on = date.fromisoformat(line.cells[1])
    except ValueError:
        raise Invalid(
            "bad_date", "enter a day like 2026-11-02, not {written}", written=line.cells[1][:20]
        ) from None
    if asked_on > today:
        raise Invalid("bad_date", "{day} is still to come; enter the day that was asked about", day=asked_on)
    answer = line.cells[2].lower().replace(" ", "_")
    if answer not in REASSIGNED:
        raise Invalid("bad_answer", "enter yes, no or no data, not {written}", written=line.cells[2][:20])
    return Answered(address, asked_on, answer)


def _store(session: Session, tenant_id: int, chunk: Sequence[Answered], source: str) -> int:
    latest: dict[str, Answered] = {}
    for one in chunk:
        if one.address not in latest or one.asked_on >= latest[one.address].asked_on:
            latest[one.address] = one
    known = answers(session, tenant_id, list(latest))
    fresh = [
        one
        for one in latest.values()
        if one.address not in known
        or (one != known[one.address] and one.asked_on >= known[one.address].asked_on)
    ]
    addresses = [one.address for one in fresh]
    session.execute(
        delete(ReassignedNumber).where(
            ReassignedNumber.tenant_id == tenant_id, ReassignedNumber.address.in_(addresses)
        )
    )
    rows = [
        {
            "tenant_id": tenant_id,
            "address": one.address,
            "answer": one.answer,
            "asked_on": one.asked_on,
            "source": source,
        }
        for one in fresh
    ]
    return insert_new(session, ReassignedNumber, rows)
