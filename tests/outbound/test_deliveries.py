"""How others have something delivered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.db import Database, ScopedSession
from core.errors import Conflict
from customers.models import Customer
from outbound import deliveries, following
from outbound.deliveries import Wanted
from outbound.models import Attempt, Delivery, Source
from tests.outbound.desk import ADDRESS, Desk

pytestmark = pytest.mark.storage
LATER = timedelta(days=1)


@pytest.fixture
def desk(database_url: str, frozen: datetime) -> Iterator[Desk]:
    database = Database(database_url)
    yield Desk(database)
    database.close()


@pytest.fixture
def session(desk: Desk) -> Iterator[ScopedSession]:
    with desk.session() as found:
        found.add_all(
            [Customer(id=number, tenant_id=1, name="Ann", created_at=clock.now()) for number in (1, 2, 3)]
        )
        found.flush()
        yield found


def a_source(session: ScopedSession, name: str = "wave:1") -> Source:
    return deliveries.open_source(
        session, 1, name, channel="sms", purpose="marketing", content={"texts": {"en": {"text": "Hello"}}}
    )


def add(session: ScopedSession, source: Source, *wanted: tuple[int, str]) -> set[int | None]:
    rows = [Wanted(customer_id, address, "en", {"name": "Ann"}) for customer_id, address in wanted]
    return deliveries.add(session, source, rows, clock.now(), clock.now() + LATER)


def states(session: ScopedSession) -> list[tuple[str, str]]:
    return [
        tuple(row) for row in session.execute(select(Delivery.state, Delivery.reason).order_by(Delivery.id))
    ]


def test_an_address_gets_one_delivery_of_a_source(session: ScopedSession) -> None:
    source = a_source(session)

    assert add(session, source, (1, "+1"), (2, "+2"), (3, "+1")) == {1, 2}
    assert add(session, source, (1, "+1"), (3, "+3")) == {3}
    assert add(session, source) == set()
    assert len(states(session)) == 3


def test_two_sources_may_go_to_one_address(session: ScopedSession) -> None:
    assert add(session, a_source(session), (1, "+1")) == {1}
    assert add(session, a_source(session, "wave:2"), (1, "+1")) == {1}


def test_a_delivery_is_as_it_was_wanted(session: ScopedSession) -> None:
    add(session, a_source(session), (1, "+1"))

    delivery = session.scalars(select(Delivery)).one()
    assert (delivery.state, delivery.channel, delivery.variables) == ("pending", "sms", {"name": "Ann"})
    assert (delivery.due_at, delivery.expires_at) == (clock.now(), clock.now() + LATER)
    assert (delivery.attempts, delivery.reason, delivery.cause, delivery.value) == (0, "", "", "")


def test_pausing_and_going_on(session: ScopedSession) -> None:
    source = a_source(session)
    deliveries.pause(session, source, "lunch")
    assert (source.state, source.reason) == ("paused", "lunch")
    with pytest.raises(Conflict):
        deliveries.pause(session, source, "again")
    deliveries.resume(session, source)
    assert (source.state, source.reason) == ("open", "")


def test_stopping_gives_up_what_waits_and_nothing_else(session: ScopedSession) -> None:
    source, other = a_source(session), a_source(session, "wave:2")
    add(session, source, (1, "+1"), (2, "+2"), (3, "+3"))
    add(session, other, (1, "+1"))
    rows = list(session.scalars(select(Delivery).order_by(Delivery.id)))
    rows[1].state, rows[2].state = "active", "held"
    session.flush()

    assert deliveries.stop(session, source, "cancelled") == 2
    assert states(session)[0] == ("pending", ""), "the rows follow"
    assert following.cancel(session) == 2
    assert following.cancel(session) == 0
    assert states(session) == [
        ("cancelled", "cancelled"),
        ("active", ""),
        ("cancelled", "cancelled"),
        ("pending", ""),
    ]
    with pytest.raises(Conflict):
        deliveries.resume(session, source)


def test_many_are_added_in_one_go(session: ScopedSession) -> None:
    source = a_source(session)
    wanted = [(1, f"+1415555{number:04}") for number in range(1_500)]

    assert add(session, source, *wanted) == {1}
    assert len(states(session)) == 1_500


def test_an_answered_call_finds_what_it_is_about(desk: Desk) -> None:
    desk.attempt("voice")
    with desk.session() as session:
        found = deliveries.answered(session, "voice")

        assert found is not None
        assert (found.tenant_id, found.flow, found.language) == (1, "hash", "en")
        assert found.variables["name"] == "Ann"


def test_a_token_that_is_no_calls_is_about_nothing(desk: Desk) -> None:
    desk.attempt("sms")
    with desk.session() as session:
        assert deliveries.answered(session, "sms") is None
        assert deliveries.answered(session, "nobody") is None
        assert session.scalars(select(Attempt.address)).one() == ADDRESS
