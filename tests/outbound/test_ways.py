"""Countries a carrier does not let a number of ours reach: the way is closed, nobody is given up."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from core import clock
from core.carriers.base import Accepted, Refused, SendResult
from core.db import ALL_TENANTS, Database
from customers.models import Touch
from outbound import senders, ways
from outbound.claim import claim
from outbound.following import ask_again
from outbound.models import Attempt, Delivery, Sender
from outbound.record import Sent, record
from outbound.work import Work
from tests.outbound.desk import NUMBERS, Desk
from tests.outbound.test_claim import addresses, deliver, states, take

pytestmark = pytest.mark.storage
CHINA = ("+8613800138000", "+8613800138001", "+8613800138002")
BRITAIN = "+447911123456"
NOT_THERE = Refused("21408", "not enabled for the region", "sender", is_about_country=True)


@pytest.fixture
def desk(database_url: str, frozen: datetime) -> Iterator[Desk]:
    database = Database(database_url)
    desk = Desk(database)
    # one at a time
    with desk.session() as session:
        session.execute(update(Sender).values(rate_per_s=1.0))
    yield desk
    database.close()


def answer(desk: Desk, work: Sequence[Work], result: SendResult) -> None:
    with desk.session() as session:
        ids = [one.attempt_id for one in work]
        session.execute(update(Attempt).where(Attempt.id.in_(ids)).values(state="submitting"))
        record(session, [Sent(one, result) for one in work], clock.real(), clock.now())
        session.execute(update(Sender).values(next_at=clock.real()))


def refuse_one(desk: Desk) -> None:
    work = take(desk, slice_s=1.0).work
    assert [one.address for one in work] == [CHINA[0]]
    answer(desk, work, NOT_THERE)


def test_one_refusal_holds_the_country_and_gives_up_nobody(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    deliver(desk, *CHINA, BRITAIN)
    with caplog.at_level(logging.ERROR):
        refuse_one(desk)

    claimed = take(desk, slice_s=60.0)

    assert addresses(claimed) == [BRITAIN]
    assert claimed.decided["held"] == 3
    assert states(desk) == ["held:country_refused"] * 3 + ["active"]
    with desk.session() as session:
        waits = session.scalars(select(Delivery).where(Delivery.state == "held")).all()
        assert {(one.value, one.due_at, one.attempts) for one in waits} == {
            ("21408 CN", clock.now() + timedelta(hours=1), 0)
        }
        assert sorted(session.scalars(select(Touch.state))) == ["intended", "void"]
        assert {one.state for one in session.scalars(select(Sender))} == {"open"}
    assert caplog.messages == [
        f"the carrier does not let {NUMBERS['sms']} reach CN (21408): allow the country there"
    ]


def test_after_an_hour_it_is_tried_again_and_closed_again_or_goes_on(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    deliver(desk, *CHINA)
    refuse_one(desk)
    take(desk, slice_s=60.0)

    clock.freeze(clock.now() + timedelta(hours=1))
    again = take(desk, slice_s=60.0).work
    with caplog.at_level(logging.ERROR):
        answer(desk, again[:1], NOT_THERE)
        answer(desk, again[1:2], NOT_THERE)
    answer(desk, again[2:], Accepted("SM1", "queued"))

    assert [one.address for one in again] == list(CHINA)
    assert len(caplog.messages) == 2, "that it still does not work is told once an hour"
    assert states(desk) == ["pending", "pending", "active"]
    assert not take(desk, slice_s=60.0).work
    assert states(desk) == ["held:country_refused", "held:country_refused", "active"]


def test_another_number_of_ours_may_reach_the_country(desk: Desk) -> None:
    deliver(desk, CHINA[0])
    refuse_one(desk)
    with desk.database.session(1) as session:
        own = {"channel": "sms", "address": "+18005550109", "rate_per_s": 1.0, "next_at": clock.real()}
        session.add(other := Sender(tenant_id=1, state="open", **own))
        session.flush()

        assert addresses(claim(session, other.id, 60)) == [CHINA[0]]


def test_staff_who_have_had_the_country_allowed_need_not_wait(desk: Desk) -> None:
    deliver(desk, *CHINA)
    refuse_one(desk)
    take(desk, slice_s=60.0)
    with desk.session() as session:
        [way] = ways.closed(session.scalars(select(Sender)).all(), clock.now())
        assert (way.number, way.region, way.code) == (NUMBERS["sms"], "CN", "21408")
        sender_id = session.scalars(select(Sender.id).where(Sender.channel == "sms")).one()
        senders.reopen(session, sender_id)
    with desk.session() as session:
        assert ask_again(session) == 3

    assert addresses(take(desk, slice_s=60.0)) == list(CHINA)
    with desk.database.reading(ALL_TENANTS) as session:
        assert ways.closed(session.scalars(select(Sender)).all(), clock.now()) == []
