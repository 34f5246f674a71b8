"""Who missed our call and rings back was reached by that, once, and is rung no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.db import Database
from outbound import returned
from outbound.due import due_next
from outbound.models import Attempt, Delivery, Source
from outbound.success import has_reached
from tests.outbound.desk import ADDRESS, Desk

pytestmark = pytest.mark.storage
THEIRS = "CA" + "f" * 32
DAY = timedelta(days=1)


@pytest.fixture
def desk(database_url: str, frozen: datetime) -> Iterator[Desk]:
    database = Database(database_url)
    yield Desk(database)
    database.close()


def missed_one(desk: Desk, outcome: str = "no_answer", delivery: str = "pending", **more: object) -> int:
    known = {"state": "ended", "outcome": outcome, "delivery": delivery, "carrier_id": "CA1", **more}
    return desk.attempt("voice", **known)


def find(desk: Desk, address: str = ADDRESS, tenant_id: int = 1) -> returned.Missed | None:
    with desk.session() as session:
        return returned.missed(session, tenant_id, address, clock.now() - DAY)


def take(desk: Desk, delivery_id: int = 1, call: str = THEIRS) -> bool:
    with desk.session() as session:
        return returned.took(session, delivery_id, call, clock.now())


def hang_up(desk: Desk, call: str = THEIRS) -> int:
    with desk.session() as session:
        return returned.over(session, {call: (40, clock.now())})


@pytest.mark.parametrize(
    ("outcome", "delivery", "is_missed"),
    [
        pytest.param("no_answer", "pending", True, id="nobody answered, another try waits"),
        pytest.param("no_answer", "failed", True, id="nobody answered, the last try"),
        pytest.param("busy", "held", True, id="they were on the telephone"),
        pytest.param("message_left", "failed", True, id="their machine has the message"),
        pytest.param("reached", "reached", False, id="they were reached"),
        pytest.param("failed", "failed", False, id="the number does not exist"),
        pytest.param("no_answer", "reached", False, id="they were reached otherwise since"),
    ],
)
def test_what_counts_as_missed(desk: Desk, outcome: str, delivery: str, is_missed: bool) -> None:
    missed_one(desk, outcome, delivery)

    assert (find(desk) is not None) is is_missed


@pytest.mark.parametrize(
    ("address", "tenant_id", "age"),
    [
        pytest.param("+14155552999", 1, timedelta(), id="by somebody else"),
        pytest.param(ADDRESS, 2, timedelta(), id="of another company"),
        pytest.param(ADDRESS, 1, 2 * DAY, id="long ago"),
    ],
)
def test_nothing_was_missed(desk: Desk, address: str, tenant_id: int, age: timedelta) -> None:
    missed_one(desk)
    with desk.session() as session:
        session.get_one(Attempt, 1).started_at = clock.now() - age

    assert find(desk, address, tenant_id) is None


@pytest.mark.parametrize(
    "delivery", ["pending", "held", "failed", "expired", "blocked", "cancelled", "unknown"]
)
def test_whoever_rings_back_was_reached_by_that(desk: Desk, delivery: str) -> None:
    missed_one(desk, delivery=delivery)

    assert take(desk)
    assert not take(desk), "a second key is no news"
    assert not take(desk, call="CA2"), "nor is a second call"
    hang_up(desk)

    assert desk.delivery().state == "reached"
    assert (desk.one(2).state, desk.one(2).outcome, desk.one(2).carrier_id) == ("ended", "reached", THEIRS)
    assert find(desk) is None


def test_while_they_listen_nobody_rings_them(desk: Desk) -> None:
    missed_one(desk)
    assert take(desk)
    who = desk.delivery().customer_id

    with desk.session() as session:
        source = session.scalars(select(Source)).one()
        assert due_next(session, [(source, 10)], clock.now() + DAY, 10) == []
        assert not has_reached(session, source, who), "their call is not over"
    assert desk.delivery().state == "active"

    assert hang_up(desk) == 1
    assert hang_up(desk) == 0
    assert desk.one(2).duration_s == 40


def test_what_was_to_leave_at_once_is_taken_back(desk: Desk) -> None:
    missed_one(desk)
    with desk.session() as session:
        first = session.get_one(Attempt, 1)
        session.add(
            Attempt(
                tenant_id=1, delivery_id=1, source_id=1, sender_id=first.sender_id, channel="voice", address=ADDRESS,
                token="second", state="claimed", started_at=clock.now(), lease_until=clock.real() + DAY,
            )
        )  # fmt: skip
        session.get_one(Delivery, 1).state = "active"

    assert take(desk)

    assert (desk.one(2).state, desk.one(2).code) == ("released", "returned")
    assert (desk.one(3).state, desk.one(3).carrier_id) == ("accepted", THEIRS)


def test_a_call_of_ours_that_is_on_its_way_decides_itself(desk: Desk) -> None:
    desk.attempt("voice", state="submitting")

    assert not take(desk)

    assert desk.delivery().state == "active"
    with desk.session() as session:
        assert len(session.scalars(select(Attempt)).all()) == 1


def test_other_calls_that_end_are_none_of_ours(desk: Desk) -> None:
    missed_one(desk)

    assert hang_up(desk, "CA1") == 0
    assert not take(desk, delivery_id=99)


def test_the_rest_of_the_campaign_ends_with_their_call(desk: Desk) -> None:
    """A call whose tries are over had been followed by a text; who rings back needs none."""
    missed_one(desk, delivery="failed")
    who = desk.delivery().customer_id
    with desk.session() as session:
        call = session.scalars(select(Source)).one()
        text = Source(
            tenant_id=1, name="wave:2", channel="sms", purpose="service", priority=2, campaign=call.campaign, created_at=clock.now()
        )  # fmt: skip
        session.add(text)
        session.flush()
        session.add(
            Delivery(
                tenant_id=1, source_id=text.id, customer_id=who, channel="sms", address=ADDRESS,
                language="en", due_at=clock.now(), expires_at=clock.now() + DAY, created_at=clock.now(),
            )
        )  # fmt: skip

    assert take(desk)

    with desk.session() as session:
        states = {one.channel: (one.state, one.reason) for one in session.scalars(select(Delivery))}
    assert states == {"voice": ("reached", ""), "sms": ("cancelled", "reached")}
