"""
Two transactions that want the same rows never wait for each other crosswise: PostgreSQL would end one of them, and what it knew
of sends would be lost. Each pair is held up by a third until both have what they take first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, text, update

from core import clock
from core.carriers.base import Report, Unavailable
from core.db import ALL_TENANTS, Database
from customers import suppression
from customers.importing.storing import lock_file
from customers.models import Customer, CustomerNumber
from outbound import inbound, receipts
from outbound.allowances import Allowance
from outbound.claim import claim
from outbound.models import Attempt, Delivery, Sender, Source
from outbound.reconcile import Answer, _settle
from outbound.record import Sent, record
from outbound.work import Work
from tests.outbound.desk import NUMBERS, Desk, receipt
from tests.outbound.test_rivals import until, waiting

pytestmark = pytest.mark.storage
PEOPLE = [f"+1415555200{n}" for n in range(3)]
FIRST, MIDDLE, LAST = range(3)
Act = Callable[[Desk], None]


@pytest.fixture
def desk(postgres_url: str, frozen: datetime) -> Iterator[Desk]:
    desk = Desk(Database(postgres_url))
    yield desk
    desk.database.close()


def texted(desk: Desk) -> None:
    """A text to each, under way, and one more text to the last by the campaign that calls the first."""
    for n, address in enumerate(PEOPLE):
        desk.attempt(address=address, token=f"t{n}", carrier_id=f"SM{n}")


def called(desk: Desk) -> None:
    """A call that costs something, under way, and a text of the same campaign that waits for the same person."""
    limit = {"level": "account", "unit": "money", "period": "day", "most": 9_000}
    with desk.session() as session:
        session.add(Allowance(tenant_id=1, subject="", **limit))
    desk.attempt("voice", token="call", carrier_id="CA1", cost=100)
    desk.attempt(token="text", state="released")
    with desk.session() as session:
        session.execute(update(Source).values(campaign="campaign:1"))
        session.execute(update(Delivery).where(Delivery.id == 2).values(state="pending", customer_id=1))
        session.execute(update(Delivery).where(Delivery.id == 2).values(due_at=clock.now()))


def claimed(desk: Desk) -> None:
    """A text that is posted, one that waits, and an allowance of sends."""
    limit = {"level": "account", "unit": "sends", "period": "day", "most": 9}
    with desk.session() as session:
        session.add(Allowance(tenant_id=1, subject="", **limit))
    desk.attempt(state="submitting", address=PEOPLE[FIRST], token="posted")
    desk.attempt(state="released", address=PEOPLE[LAST], token="waits", delivery="pending")


def words(*order: int) -> Act:
    """Receipts of one host, in the order they came."""

    def apply(desk: Desk) -> None:
        with desk.session() as session:
            receipts.apply(session, [receipt("delivered", token=f"t{n}", carrier_id=f"SM{n}") for n in order])

    return apply


def stops(*order: int) -> Act:
    """STOPs that came to one host."""

    def apply(desk: Desk) -> None:
        came = [
            {"MessageSid": f"IN{order[0]}{n}", "From": PEOPLE[n], "To": NUMBERS["sms"], "Body": "STOP"}
            for n in order
        ]
        with desk.session() as session:
            inbound.apply(session, [inbound.noted(form) for form in came])

    return apply


def opt_outs(*order: int) -> Act:
    """Keys pressed in calls one host had, by people who are in no file."""

    def apply(desk: Desk) -> None:
        wish = {"tenant_id": 1, "scope": "all", "reason": "key", "source": "call:1", "at": clock.now()}
        with desk.session() as session:
            suppression.opt_out_all(session, [{**wish, "address": f"+1415555900{n}"} for n in order])

    return apply


def answered(desk: Desk) -> None:
    with desk.session() as session:
        word = {"token": "call", "channel": "voice", "carrier_id": "CA1", "duration_s": 30}
        receipts.apply(session, [receipt("completed", **word)])


def asked_after(desk: Desk) -> None:
    """What the carrier said when it was asked about each."""
    now = clock.now()
    with desk.session() as session:
        attempts = session.execute(select(Attempt.id, Attempt.carrier_id, Attempt.address)).all()
        said = {
            one.id: Answer((Report(one.carrier_id, one.address, NUMBERS["sms"], "delivered", now),))
            for one in attempts
        }
    with desk.session() as session:
        _settle(session, said)


def claims(desk: Desk) -> None:
    with desk.session() as session:
        sender = session.scalars(select(Sender.id).where(Sender.channel == "sms")).one()
    with desk.database.session(1) as session:
        claim(session, sender, 60)


def outage(desk: Desk) -> None:
    """The carrier is away: what was posted was surely not sent, and the sender waits."""
    with desk.session() as session:
        attempt = session.scalars(select(Attempt).where(Attempt.token == "posted")).one()
        known = {name: getattr(attempt, name) for name in ("delivery_id", "source_id", "sender_id", "token")}
        work: Any = {**known, "tenant_id": 1, "attempt_id": attempt.id, "channel": "sms"}
        more = {"sender": NUMBERS["sms"], "language": "en", "content": {}, "variables": {}, "place": 0}
        lease = {"lease_until": clock.real(), "ring_s": 25}
        sent = Sent(Work(**work, **more, **lease, address=attempt.address), Unavailable("503", 5.0, "sender"))
        record(session, [sent], clock.real(), clock.now())


PAIRS = [
    pytest.param(
        *(texted, "SELECT 1 FROM attempt WHERE token = 't1' FOR UPDATE"),
        *(words(FIRST, MIDDLE, LAST), words(LAST, MIDDLE, FIRST)),
        id="receipts of two hosts",
    ),
    pytest.param(
        *(texted, "SELECT 1 FROM attempt WHERE token = 't1' FOR UPDATE"),
        *(asked_after, words(LAST, MIDDLE, FIRST)),
        id="receipts of those who are asked after",
    ),
    pytest.param(
        *(texted, "SELECT 1 FROM customer WHERE id = 2 FOR UPDATE"),
        *(stops(FIRST, MIDDLE, LAST), stops(LAST, MIDDLE, FIRST)),
        id="STOPs to two hosts",
    ),
    pytest.param(
        *(texted, "INSERT INTO suppression (tenant_id, address, scope, reason, source, at)"
          " VALUES (1, '+14155559001', 'all', 'key', 'x', now())"),
        *(opt_outs(FIRST, MIDDLE, LAST), opt_outs(LAST, MIDDLE, FIRST)),
        id="opt-outs of numbers nobody holds",
    ),
    pytest.param(
        *(called, "SELECT 1 FROM delivery WHERE id = 1 FOR UPDATE"),
        *(answered, claims),
        id="a success that gives up what is being claimed",
    ),
    pytest.param(
        *(claimed, "SELECT 1 FROM allowance FOR UPDATE"),
        *(outage, claims),
        id="an outage written down while the same sender claims",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("furnish", "held", "one", "other"), PAIRS)
def test_two_who_want_the_same_rows_both_get_them(
    desk: Desk, furnish: Act, held: str, one: Act, other: Act
) -> None:
    furnish(desk)
    with ThreadPoolExecutor(2) as threads:
        with desk.session() as session:
            session.execute(text(held))
            first = threads.submit(one, desk)
            until(lambda: waiting(desk) >= 1)
            second = threads.submit(other, desk)
            until(lambda: second.done() or waiting(desk) >= 2)
        first.result(60)
        second.result(60)


def test_an_import_under_way_keeps_no_opt_out_waiting(desk: Desk) -> None:
    texted(desk)
    with ThreadPoolExecutor(1) as thread, desk.session() as session:
        lock_file(session, 1)
        thread.submit(stops(FIRST), desk).result(60)
        session.rollback()

    with desk.database.reading(ALL_TENANTS) as session:
        assert session.scalars(select(suppression.Suppression.address)).all() == [PEOPLE[FIRST]]


def test_whoever_shares_the_number_is_locked_as_well(desk: Desk) -> None:
    texted(desk)
    with desk.session() as session:
        other = Customer(tenant_id=1, name="Ben", created_at=clock.now())
        session.add(other)
        session.flush()
        session.add(CustomerNumber(tenant_id=1, customer_id=other.id, address=PEOPLE[FIRST], kind="mobile"))
        held = other.id
    with ThreadPoolExecutor(1) as thread:
        with desk.session() as session:
            session.execute(select(Customer.id).where(Customer.id == held).with_for_update())
            word = thread.submit(words(FIRST), desk)
            until(lambda: waiting(desk) == 1)
            assert not word.done()
        word.result(60)
