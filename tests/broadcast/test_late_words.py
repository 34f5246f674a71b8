"""
Staff decide that an attempt was not sent, and then the carrier's late word proves that it was: whoever is late wins before the
second send, and where that was faster it is told.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from broadcast import campaigns
from core import clock
from core.carriers.base import Accepted
from core.db import ALL_TENANTS
from core.errors import Conflict
from core.models import Tenant
from core.states import move_each
from customers import suppression
from customers.models import ConsentEvent, Touch
from outbound import doubts, receipts
from outbound.claim import claim
from outbound.models import Attempt, Delivery, Sender
from outbound.reconcile import expire, give_up
from outbound.record import Sent, record
from outbound.work import Work
from tests.broadcast.conftest import House
from tests.outbound.desk import receipt

pytestmark = pytest.mark.storage
ANN = "ann@lakeside.example"
BAD = {"code": "30005"}


@dataclass
class Kept:
    """A database in memory, and the claims of it."""

    copy: sqlite3.Connection
    works: tuple[Work, ...] = ()


@dataclass
class Doubt:
    """A campaign to two, of which one was perhaps sent to; *works* are the claims of that delivery."""

    house: House
    works: list[Work] = field(default_factory=list)

    def session(self) -> Any:
        return self.house.runtime.database.session(ALL_TENANTS)

    def decide(self) -> None:
        with self.session() as session:
            doubts.decide(session, self.works[0].attempt_id, "not_sent", ANN)

    def claim(self) -> None:
        with self.session() as session:
            sender = session.scalars(select(Sender.id).where(Sender.channel == "sms")).one()
            session.execute(update(Sender).values(next_at=clock.real()))
        with self.house.session() as session:
            self.works += claim(session, sender, 60).work

    def submit(self) -> None:
        with self.session() as session:
            row = {"id": self.works[-1].attempt_id, "submitted_at": clock.real()}
            move_each(session, Attempt, [row], "submitting")

    def record(self, at: int = -1) -> None:
        with self.session() as session:
            sent = Sent(self.works[at], Accepted(f"SM{at % len(self.works) + 1}", "queued", 0.0))
            record(session, [sent], clock.real(), clock.now())

    def word(self, status: str, at: int = 0, **more: str) -> None:
        with self.session() as session:
            word = {"token": self.works[at].token, "carrier_id": f"SM{at % len(self.works) + 1}", **more}
            receipts.apply(session, [receipt(status, **word)])

    def cancel(self) -> None:
        with self.house.session() as session:
            campaigns.cancel(session, campaigns.get(session, 1), ANN)
        self.house.settle()

    def opt_out(self) -> None:
        with self.session() as session:
            suppression.opt_out(session, 1, self.works[0].address, "all", "key", "call:1", clock.now())

    def expire(self) -> None:
        with self.session() as session:
            session.execute(update(Delivery).values(expires_at=clock.now()))
            expire(session)

    def left(self) -> int:
        """How many tries the carrier has, or may have."""
        with self.session() as session:
            ids = [work.attempt_id for work in self.works]
            states = session.scalars(select(Attempt.state).where(Attempt.id.in_(ids)))
            return sum(state in ("submitting", "accepted", "unknown", "ended") for state in states)


@pytest.fixture(scope="module")
def kept() -> Iterator[Kept]:
    """The doubt on SQLite, once it is made."""
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as copy:
        yield Kept(copy)


@pytest.fixture
def doubt(both: House, kept: Kept) -> Doubt:
    """The same doubt each time; on SQLite it is made once and copied."""
    if not both.runtime.database.is_sqlite:
        return _doubtful(both)
    with closing(sqlite3.connect(both.runtime.database.engine.url.database or "")) as fresh:
        if not kept.works:
            kept.works = tuple(_doubtful(both).works)
            fresh.backup(kept.copy)
        kept.copy.backup(fresh)
    return Doubt(both, [*kept.works])


def _doubtful(both: House) -> Doubt:
    first, second = both.crowd(2)
    with both.session() as session:
        agreed = {"purpose": "service", "level": "express_written", "source": "test", "at": clock.now()}
        session.add_all([ConsentEvent(tenant_id=1, customer_id=who, **agreed) for who in (first, second)])
    both.running()
    with both.runtime.database.session(ALL_TENANTS) as session:
        later = update(Delivery).where(Delivery.customer_id == second)
        session.execute(later.values(due_at=clock.now() + timedelta(hours=1)))
    found = Doubt(both)
    found.claim()
    found.submit()
    with found.session() as session:
        attempt = session.get_one(Attempt, found.works[0].attempt_id)
        move_each(session, Attempt, [{"id": attempt.id}], "unknown")
        session.refresh(attempt)
        give_up(session, attempt, clock.real(), clock.now())
    both.settle()
    assert (both.recipients()[0], found.left()) == ("unknown:unknown", 1)
    return found


STEPS: Mapping[str, Callable[[Doubt], None]] = {
    "decide": Doubt.decide,
    "claim": Doubt.claim,
    "submit": Doubt.submit,
    "record": Doubt.record,
    "late answer": lambda doubt: doubt.record(0),
    "sent": lambda doubt: doubt.word("sent"),
    "delivered": lambda doubt: doubt.word("delivered"),
    "undelivered": lambda doubt: doubt.word("undelivered", **BAD),
    "off": lambda doubt: doubt.word("undelivered", code="30003"),
    "2 delivered": lambda doubt: doubt.word("delivered", -1),
    "2 undelivered": lambda doubt: doubt.word("undelivered", -1, **BAD),
    "2 off": lambda doubt: doubt.word("undelivered", -1, code="30003"),
    "settle": lambda doubt: doubt.house.settle(),  # type: ignore[dict-item,return-value]  # what it counts is nothing here
    "cancel": Doubt.cancel,
    "opt out": Doubt.opt_out,
    "expire": Doubt.expire,
}
AGAIN = "decide, claim, submit, record"
# what happens, in order; how the delivery and the recipient stand then; tries that left; contacted twice
ORDERS = [
    # the late word is faster than the second send
    ("decide, delivered", "reached", "reached", 1, 0),
    ("decide, sent", "unknown:unknown", "unknown:unknown", 1, 0),
    ("decide, late answer", "unknown:unknown", "unknown:unknown", 1, 0),
    ("decide, late answer, delivered", "reached", "reached", 1, 0),
    ("decide, sent, claim", "unknown:unknown", "unknown:unknown", 1, 0),
    ("decide, sent, delivered", "reached", "reached", 1, 0),
    ("decide, sent, undelivered", "failed:bad_number", "failed:bad_number", 1, 0),
    ("decide, undelivered", "failed:bad_number", "failed:bad_number", 1, 0),
    ("decide, settle, delivered", "reached", "reached", 1, 0),
    ("decide, claim, delivered", "reached", "reached", 1, 0),
    ("decide, claim, delivered, submit, settle", "reached", "reached", 1, 0),
    ("decide, claim, sent, submit", "unknown:unknown", "unknown:unknown", 1, 0),
    ("decide, claim, sent, submit, delivered", "reached", "reached", 1, 0),
    ("decide, claim, undelivered, submit", "failed:bad_number", "failed:bad_number", 1, 0),
    # the second send was faster
    ("decide, claim, submit, delivered, record", "reached", "reached", 2, 1),
    ("decide, claim, submit, delivered, record, 2 delivered", "reached", "reached", 2, 1),
    ("decide, claim, submit, sent, record, 2 delivered", "reached", "reached", 2, 1),
    (f"{AGAIN}, delivered", "reached", "reached", 2, 1),
    (f"{AGAIN}, delivered, 2 delivered", "reached", "reached", 2, 1),
    (f"{AGAIN}, 2 delivered, delivered", "reached", "reached", 2, 1),
    (f"{AGAIN}, 2 delivered, settle, delivered", "reached", "reached", 2, 1),
    (f"{AGAIN}, sent, 2 undelivered", "unknown:unknown", "unknown:unknown", 2, 1),
    (f"{AGAIN}, sent, 2 off", "unknown:unknown", "unknown:unknown", 2, 1),
    (f"{AGAIN}, sent, 2 off, claim, delivered", "reached", "reached", 2, 1),
    (f"{AGAIN}, 2 undelivered, delivered", "reached", "reached", 2, 1),
    (f"{AGAIN}, 2 undelivered, settle, delivered", "reached", "reached", 2, 1),
    (f"{AGAIN}, undelivered, 2 delivered", "reached", "reached", 2, 0),
    (f"{AGAIN}, off", "active", "unknown:unknown", 2, 0),
    (f"{AGAIN}, off, 2 delivered", "reached", "reached", 2, 0),
    (f"{AGAIN}, 2 delivered, undelivered", "reached", "reached", 2, 0),
    # the second try fails and a third would be due
    (f"{AGAIN}, 2 off, delivered", "reached", "reached", 2, 1),
    # whoever else has ended it meanwhile
    ("decide, cancel, delivered", "reached", "reached", 1, 0),
    ("decide, cancel, undelivered", "cancelled:cancelled", "blocked:cancelled", 1, 0),
    ("decide, sent, cancel, delivered", "reached", "reached", 1, 0),
    ("decide, opt out, claim", "blocked:suppressed", "blocked:suppressed", 0, 0),
    ("decide, opt out, claim, settle, delivered", "reached", "reached", 1, 0),
    ("decide, opt out, delivered, claim", "reached", "reached", 1, 0),
    ("decide, expire, settle, delivered", "reached", "reached", 1, 0),
    ("decide, expire, undelivered", "expired", "blocked:expired", 1, 0),
    # without any word the decision stands
    ("decide", "pending", "unknown:unknown", 0, 0),
    (f"{AGAIN}, 2 delivered", "reached", "reached", 1, 0),
]


@pytest.mark.parametrize(
    ("steps", "delivery", "recipient", "left", "twice"), [pytest.param(*row, id=row[0]) for row in ORDERS]
)
def test_whoever_is_late_wins_or_is_told(
    doubt: Doubt, steps: str, delivery: str, recipient: str, left: int, twice: int
) -> None:
    for step in steps.split(", "):
        STEPS[step](doubt)
    doubt.house.settle()

    with doubt.session() as session:
        stands = session.get_one(Delivery, doubt.works[0].delivery_id)
        assert f"{stands.state}:{stands.cause or stands.reason}".strip(":") == delivery
        assert stands.told == stands.state or stands.state in ("pending", "held", "active")
    assert doubt.house.recipients()[0] == recipient
    assert doubt.left() == left
    proof = doubt.house.certificate(1)
    assert proof["contacted_twice"] == twice
    assert proof["attempted"] == (left > 0)
    before = len(doubt.works)
    doubt.claim()
    assert (len(doubt.works) > before) == (delivery == "pending"), "nobody is sent to again"


def test_the_carriers_word_makes_a_touch_count_again(doubt: Doubt) -> None:
    def touches() -> list[str]:
        with doubt.session() as session:
            return list(session.scalars(select(Touch.state).order_by(Touch.id)))

    doubt.decide()
    assert touches() == ["void"]
    doubt.claim()
    doubt.word("sent")
    assert touches() == ["made", "void"]


@pytest.mark.parametrize("first", ["sent", "late answer"])
def test_what_the_carrier_has_is_not_decided_to_be_unsent(doubt: Doubt, first: str) -> None:
    STEPS[first](doubt)
    assert doubt.left() == 1
    with pytest.raises(Conflict, match="the carrier has attempt 1 as SM1: it was sent"):
        doubt.decide()


def test_who_was_reached_otherwise_is_not_sent_to_again(doubt: Doubt) -> None:
    with doubt.session() as session:
        stands = session.get_one(Delivery, doubt.works[0].delivery_id)
        other = update(Delivery).where(Delivery.customer_id != stands.customer_id)
        session.execute(other.values(customer_id=stands.customer_id, state="reached"))
        assert session.scalars(select(Tenant.id)).all()
    with pytest.raises(Conflict, match="was tried otherwise meanwhile, or reached"):
        doubt.decide()
