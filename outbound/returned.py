"""
Who missed our call and rings back.

A call of theirs brings what ours was to bring: it becomes one more attempt at that delivery, begun by their first key (which proves
a person) and ended with their call. So while they listen nobody rings them, and afterwards they were reached like anybody else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.bulk import insert_tuples
from core.carriers.words import HUMAN, REACHED
from core.db import instant
from core.states import move_all
from customers.models import CustomerNumber
from outbound import locking
from outbound.deliveries import Answered, about
from outbound.ending import Ended, release, settle_ends
from outbound.models import Attempt, Delivery, Source
from outbound.proving import terms
from outbound.success import has_reached

RETURNED = "returned"
"""The code of an attempt that was their call, not ours."""
# a phone rang, or may show that it would have
MISSED = ("busy", "no_answer", "machine", "message_left")
WAITING = ("pending", "held", "active")


@dataclass(frozen=True)
class Missed:
    """A call of ours nobody took: of which delivery, when, for whom by name of its source, and in which language."""

    delivery_id: int
    at: datetime
    source: str
    purpose: str
    language: str


def missed(session: Session, tenant_id: int, address: str, since: datetime) -> Missed | None:
    """The last call to *address* (E.164) that nobody took, if it was after *since* and has not been made up for."""
    holders = select(CustomerNumber.customer_id).where(
        CustomerNumber.tenant_id == tenant_id, CustomerNumber.address == address
    )
    found = session.execute(
        select(Attempt, Delivery, Source)
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .join(Source, Source.id == Delivery.source_id)
        .where(
            Delivery.customer_id.in_(holders), Delivery.address == address, Delivery.tenant_id == tenant_id
        )
        .where(Attempt.channel == "voice", Attempt.state == "ended", Attempt.started_at > since)
        .order_by(Attempt.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    attempt, delivery, source = found
    if attempt.outcome not in MISSED or delivery.state == "reached":
        return None
    if has_reached(session, source, delivery.customer_id):
        return None
    return Missed(delivery.id, attempt.started_at, source.name, source.purpose, delivery.language)


def message(session: Session, delivery_id: int) -> Answered | None:
    """What the missed call was to say."""
    found = session.execute(
        select(Delivery, Source)
        .join(Source, Source.id == Delivery.source_id)
        .where(Delivery.id == delivery_id, Delivery.channel == "voice")
    ).one_or_none()
    return about(*found) if found else None


def took(session: Session, delivery_id: int, call_id: str, at: datetime) -> bool:
    """
    Somebody who rang back, in the call the carrier names *call_id*, has pressed a key: no further call is made for this delivery,
    nor to this number as long as theirs lasts. Whether that is news; while a call of ours is on its way, that one decides.
    """
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or delivery.state == "reached" or _is_known(session, call_id):
        return False
    if delivery.customer_id is not None:
        locking.customers(session, [delivery.customer_id])
    mine = select(Attempt.id).where(Attempt.delivery_id == delivery_id, Attempt.state == "claimed")
    claimed = locking.attempts(session, Attempt.id.in_(session.scalars(mine).all()))
    release(session, [(one.id, one.delivery_id, one.token) for one in claimed], at, code=RETURNED)
    if not (attempt_id := _begin(session, delivery, call_id, at)):
        return False
    moved = move_all(session, Delivery, Delivery.id == delivery_id, "active", reason="", value="")
    if not moved:  # nothing was to be tried any more: what came after it ends now
        settle_ends(session, [Ended(attempt_id, delivery_id, REACHED, RETURNED, at)])
    return True


def over(session: Session, ended: Mapping[str, tuple[int, datetime]]) -> int:
    """Those of the calls *ended* (carrier's id -> seconds, instant) that brought something of ours are over; how many."""
    mine = Attempt.carrier_id.in_(ended) & (Attempt.code == RETURNED) & (Attempt.state == "accepted")
    if session.scalar(select(Attempt.id).where(mine).limit(1)) is None:
        return 0
    return settle_ends(
        session, [_ended(one, *ended[one.carrier_id or ""]) for one in locking.attempts(session, mine)]
    )


def apply(session: Session, entries: Sequence[Mapping[str, str | int]]) -> None:
    """Carry spooled first keys into the database."""
    for entry in entries:
        took(
            session,
            int(entry["delivery_id"]),
            str(entry["call_id"]),
            datetime.fromisoformat(str(entry["at"])),
        )


def _is_known(session: Session, call_id: str) -> bool:
    return session.scalar(select(Attempt.id).where(Attempt.carrier_id == call_id).limit(1)) is not None


def _ended(attempt: Attempt, duration_s: int, at: datetime) -> Ended:
    return Ended(attempt.id, attempt.delivery_id, REACHED, RETURNED, at, "completed", duration_s)


def _begin(session: Session, delivery: Delivery, call_id: str, at: datetime) -> int | None:
    """Their call as an attempt from the number of ours that they had missed; None if a call to their number is on its way."""
    last = select(Attempt.sender_id).where(Attempt.delivery_id == delivery.id).order_by(Attempt.id.desc())
    sender_id = session.scalar(last.limit(1))
    real = instant(session)
    row = {
        "tenant_id": delivery.tenant_id,
        "delivery_id": delivery.id,
        "source_id": delivery.source_id,
        "sender_id": sender_id,
        "channel": "voice",
        "address": delivery.address,
        "token": clock.new_token(),
        "state": "accepted",
        "outcome": "",
        "code": RETURNED,
        "cost": 0,
        "carrier_id": call_id,
        "status": "in-progress",
        "duration_s": 0,
        "pages": 0,
        "answered_by": HUMAN,
        "left_message": False,
        "started_at": at,
        "submitted_at": real,
        # it takes no line of those we ring by
        "line_until": real,
        "expect_by": terms("voice", real)["expect_by"],
    }
    found = insert_tuples(session, Attempt, tuple(row), [tuple(row.values())], only_free=True, returning="id")
    return found[0] if found else None


SPOOLED = {"returned_call": apply}
