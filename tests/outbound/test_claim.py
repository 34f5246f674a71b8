"""Who is contacted next through one sender, and who must wait."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core import clock, holds
from core.carriers.base import Accepted, Call, Unknown
from core.carriers.orders import call_form
from core.db import ALL_TENANTS, Database, is_sqlite
from core.models import Tenant
from customers import suppression
from customers.models import ConsentEvent, Customer, Touch
from outbound import breaker, ceilings, deliveries, dispatch, due
from outbound.channels import CHANNELS
from outbound.claim import Claim, claim
from outbound.deliveries import Wanted
from outbound.links import Links
from outbound.models import Attempt, Delivery, Sender, Source
from tests.outbound.desk import ADDRESS, Desk

pytestmark = pytest.mark.storage
OTHER = "+14155552002"


@pytest.fixture
def desk(database_url: str, frozen: datetime) -> Iterator[Desk]:
    database = Database(database_url)
    yield Desk(database)
    database.close()


def deliver(desk: Desk, *addresses: str, customer_id: int | None = 0, **more: Any) -> int:
    """A source with a delivery for each address, to a new customer each unless one is named; the source's id."""
    purpose = more.pop("purpose", "service")
    with desk.session() as session:
        name = more.pop("name", f"wave:{len(session.scalars(select(Source.id)).all()) + 1}")
        source = deliveries.open_source(
            session, 1, name, channel=more.pop("channel", "sms"), purpose=purpose, content={"texts": {}}
        )
        wanted = [
            Wanted(a_customer(session) if customer_id == 0 else customer_id, address, "en", {})
            for address in addresses
        ]
        deliveries.add(session, source, wanted, clock.now(), clock.now() + timedelta(days=1))
        return source.id


def a_customer(session: Session) -> int:
    customer = Customer(tenant_id=1, name="Ann", created_at=clock.now())
    session.add(customer)
    session.flush()
    for purpose in ("service", "marketing"):
        session.add(
            ConsentEvent(
                tenant_id=1,
                customer_id=customer.id,
                purpose=purpose,
                level="express_written",
                source="test",
                at=clock.now(),
            )
        )
    return customer.id


def take(desk: Desk, channel: str = "sms", **more: Any) -> Claim:
    with desk.database.session(1) as session:
        sender = session.scalars(select(Sender.id).where(Sender.channel == channel)).one()
        return claim(session, sender, 60, **more)


def addresses(claimed: Claim) -> list[str]:
    return [one.address for one in claimed.work]


def states(desk: Desk) -> list[str]:
    with desk.database.reading(ALL_TENANTS) as session:
        rows = session.scalars(select(Delivery).order_by(Delivery.id))
        return [f"{row.state}:{row.reason}".strip(":") for row in rows]


def test_service_goes_before_promotion_which_has_what_is_left(desk: Desk) -> None:
    promotion = [f"+141555521{n:02}" for n in range(30)]
    service = [f"+141555522{n:02}" for n in range(15)]
    deliver(desk, *promotion, purpose="marketing")
    deliver(desk, *service)

    found = addresses(take(desk))

    assert found[:15] == service
    assert len(found) == 20, "two seconds' worth"


def test_sources_of_one_priority_share(desk: Desk) -> None:
    deliver(desk, *[f"+141555521{n:02}" for n in range(30)])
    deliver(desk, *[f"+141555522{n:02}" for n in range(30)])

    found = addresses(take(desk))

    assert len([address for address in found if address.startswith("+141555521")]) == 10
    assert len(found) == 20


def test_a_source_with_a_ceiling_has_no_more_under_way_at_once(desk: Desk) -> None:
    slow = [f"+141555521{n:02}" for n in range(9)]
    deliver(desk, *slow, purpose="marketing")
    service = deliver(desk, "+14155552299")
    with desk.session() as session:
        assert ceilings.put(session, 1, "marketing", 2) == 1
        assert ceilings.put(session, 1, "marketing", 2) == 0

    assert addresses(take(desk)) == ["+14155552299", *slow[:2]]
    clock.advance(timedelta(seconds=3))
    assert addresses(take(desk)) == []
    with desk.session() as session:
        session.execute(update(Attempt).where(Attempt.address == slow[0]).values(state="ended"))
    assert addresses(take(desk)) == [slow[2]]
    with desk.session() as session:
        assert session.get_one(Source, service).ceiling is None
        assert ceilings.put(session, 1, "marketing", None) == 1
    assert len(addresses(take(desk))) == 6


def test_a_service_that_must_wait_does_not_keep_promotions_waiting(desk: Desk) -> None:
    deliver(desk, ADDRESS)
    assert addresses(take(desk)) == [ADDRESS]
    deliver(desk, ADDRESS)
    deliver(desk, OTHER, purpose="marketing")

    assert addresses(take(desk)) == [OTHER]


def test_a_person_is_claimed_once_in_a_slice_whatever_the_number(desk: Desk) -> None:
    with desk.session() as session:
        customer = a_customer(session)
    deliver(desk, ADDRESS, customer_id=customer)
    deliver(desk, OTHER, customer_id=customer)

    assert addresses(take(desk)) == [ADDRESS]


def test_an_address_two_sources_want_is_claimed_once_in_a_slice(desk: Desk) -> None:
    deliver(desk, ADDRESS)
    deliver(desk, ADDRESS)

    assert addresses(take(desk)) == [ADDRESS]


def test_nobody_in_the_file_is_nobody_to_contact(desk: Desk) -> None:
    deliver(desk, ADDRESS, customer_id=None)

    first, second = take(desk), take(desk)

    assert (addresses(first), states(desk)) == ([], ["blocked:no_customer"])
    assert first.decided["blocked"] == 1
    assert second.decided.total() == 0


def test_a_customer_who_is_deleted_is_not_contacted(desk: Desk) -> None:
    deliver(desk, ADDRESS)
    with desk.session() as session:
        session.delete(session.scalars(select(ConsentEvent).limit(1)).one())
        session.execute(update(Delivery).values(customer_id=None))

    assert addresses(take(desk)) == []
    assert states(desk) == ["blocked:no_customer"]


@pytest.mark.parametrize(
    ("second", "lead_s", "state"),
    [
        pytest.param(50, 15, "held:quiet_hours", id="it would leave after closing time"),
        pytest.param(30, 15, "active", id="there is time"),
        pytest.param(50, 5, "active", id="there is just time"),
    ],
)
def test_what_is_claimed_may_leave_until_its_last_second(
    desk: Desk, second: int, lead_s: float, state: str
) -> None:
    closes = clock.now().replace(hour=4, minute=59, second=second) + timedelta(days=1)  # 20:59 in Los Angeles
    clock.freeze(closes)
    deliver(desk, ADDRESS, purpose="marketing")

    take(desk, lead_s=lead_s)

    assert states(desk) == [state]


@pytest.mark.parametrize("tenant_id", [1, None])
def test_nothing_is_claimed_while_a_hold_is_open(desk: Desk, tenant_id: int | None) -> None:
    deliver(desk, ADDRESS)
    with desk.session() as session:
        holds.hold(session, tenant_id, "stopped", "test")
    assert addresses(take(desk)) == []

    with desk.session() as session:
        holds.lift(session, tenant_id, "stopped", "test")
    assert addresses(take(desk)) == [ADDRESS]


def test_lines_are_counted_until_they_are_free(desk: Desk) -> None:
    numbers = [f"+141555521{n:02}" for n in range(9)]
    deliver(desk, *numbers, channel="voice")
    assert len(addresses(take(desk, "voice"))) == 5
    rest = take(desk, "voice")
    assert addresses(rest) == []

    with desk.session() as session:
        session.execute(
            update(Attempt)
            .where(Attempt.id < 4)
            .values(state="accepted", line_until=clock.real() - timedelta(days=9999))
        )
        session.execute(update(Sender).values(next_at=clock.real()))
    assert len(addresses(take(desk, "voice"))) == 3


def unknowns(desk: Desk, count: int, **more: Any) -> None:
    for number in range(count):
        desk.attempt(state="unknown", address=f"+1415555{3000 + number}", token=f"unknown{number}", **more)


@pytest.mark.parametrize(
    ("count", "ago_s", "room"),
    [
        pytest.param(2, 0, None, id="two may be chance"),
        pytest.param(3, 0, 0, id="three are an outage"),
        pytest.param(3, 11, 1, id="a probe each ten seconds"),
    ],
)
def test_a_dumb_carrier_gets_no_more_than_a_probe(
    desk: Desk, count: int, ago_s: float, room: int | None
) -> None:
    unknowns(desk, count, submitted_at=clock.real() - timedelta(seconds=ago_s))
    with desk.session() as session:
        sender = session.scalars(select(Sender.id).where(Sender.channel == "sms")).one()
        other = session.scalars(select(Sender.id).where(Sender.channel == "fax")).one()

        assert breaker.room(session, sender, clock.real()) == room
        assert breaker.room(session, other, clock.real()) is None


@pytest.mark.parametrize("state", ["claimed", "submitting"])
def test_one_probe_is_under_way_at_a_time(desk: Desk, state: str) -> None:
    """Whoever claims ahead asks while the last probe still waits for its answer."""
    unknowns(desk, 3, submitted_at=clock.real() - timedelta(seconds=11))
    desk.attempt(state=state, address=ADDRESS, token="probe")
    with desk.session() as session:
        sender = session.scalars(select(Sender.id).where(Sender.channel == "sms")).one()

        assert breaker.room(session, sender, clock.real()) == 0


@pytest.mark.parametrize(
    ("pattern", "is_open"),
    [
        pytest.param("a" * 95 + "uauauauau", True, id="five of the last hundred"),
        pytest.param("uauauauaua" + "a" * 2, False, id="three answered since"),
        pytest.param("uauauauaua" + "a", True, id="two answered since"),
        pytest.param("uauauaua" + "a" * 2, False, id="four"),
        pytest.param("u" + "a" * 97 + "uauauau", False, id="five of more than a hundred"),
        pytest.param("u" + "a" * 92 + "uauauau", True, id="five of just a hundred"),
    ],
)
def test_too_many_unknown_among_many_stop_a_sender(desk: Desk, pattern: str, is_open: bool) -> None:
    deliver(desk, *[f"+1415555{3000 + n}" for n in range(len(pattern))])
    with desk.session() as session:
        sender = session.scalars(select(Sender.id).where(Sender.channel == "sms")).one()
        for number, delivery in enumerate(session.scalars(select(Delivery).order_by(Delivery.id)).all()):
            attempt = Attempt(
                tenant_id=1,
                delivery_id=delivery.id,
                source_id=delivery.source_id,
                sender_id=sender,
                channel="sms",
                address=delivery.address,
                token=f"t{number}",
                state="unknown" if pattern[number] == "u" else "ended",
                started_at=clock.now(),
                submitted_at=clock.real(),
            )
            session.add(attempt)
            session.flush()

        assert breaker.room(session, sender, clock.real()) == (0 if is_open else None)


@pytest.mark.parametrize(
    ("pattern", "trips"),
    [
        pytest.param("uu", False, id="two"),
        pytest.param("auuu", True, id="three in a row"),
        pytest.param("uaauau" + "a" * 80 + "u", False, id="four of many"),
        pytest.param("uaauau" + "a" * 80 + "uau", True, id="five of a hundred"),
        pytest.param("uaauau" + "a" * 97 + "uau", False, id="the first of them too long ago"),
    ],
)
def test_a_slice_stops_by_the_same_figures(pattern: str, trips: bool) -> None:
    results = [Unknown("reset") if one == "u" else Accepted("SM1", "queued") for one in pattern]

    assert breaker.trips(results) == trips


@pytest.mark.parametrize("state", ["accepted", "ended", "refused"])
def test_an_answer_closes_the_breaker(desk: Desk, state: str) -> None:
    unknowns(desk, 3)
    desk.attempt(state=state, token="answered")  # a name
    with desk.session() as session:
        sender = session.scalars(select(Sender.id).where(Sender.channel == "sms")).one()

        assert breaker.room(session, sender, clock.real()) is None


def test_a_claim_under_an_open_breaker_is_one_probe(fresh_url: str, frozen: datetime) -> None:
    desk = Desk(Database(fresh_url))
    unknowns(desk, 3, submitted_at=clock.real() - timedelta(seconds=11))
    deliver(desk, *[f"+141555521{n:02}" for n in range(9)])

    assert len(addresses(take(desk))) == 1
    desk.database.close()


def test_a_customer_who_is_opting_out_waits_and_nobody_for_him(postgres_url: str, frozen: datetime) -> None:
    desk = Desk(Database(postgres_url))
    deliver(desk, ADDRESS, OTHER)
    with desk.database.session(1) as opting_out:
        first = select(Customer.id).order_by(Customer.id).limit(1).with_for_update()
        assert opting_out.scalars(first).one()

        assert addresses(take(desk)) == [OTHER]
    assert states(desk) == ["pending", "active"]
    desk.database.close()


def test_a_test_to_our_own_number_goes_at_any_hour_and_counts_for_nobody(desk: Desk) -> None:
    clock.advance(timedelta(hours=14))
    deliver(desk, ADDRESS, customer_id=None, name="test:1", purpose="marketing")

    assert addresses(take(desk)) == [ADDRESS]
    with desk.session() as session:
        assert session.scalars(select(Touch)).all() == []


@pytest.mark.parametrize(
    ("name", "stands"),
    [
        pytest.param("test:1", "blocked:suppressed", id="a test"),
        pytest.param("wave:1", "blocked:no_customer", id="a customer who is gone"),
    ],
)
def test_a_test_does_not_go_where_no_contact_is_wanted(desk: Desk, name: str, stands: str) -> None:
    deliver(desk, ADDRESS, customer_id=None, name=name)
    with desk.session() as session:
        suppression.opt_out(session, 1, ADDRESS, "all", "asked", "test", clock.now())

    assert not take(desk).work
    assert states(desk) == [stands]


@pytest.mark.parametrize(
    ("opted_out", "stands"),
    [
        pytest.param(timedelta(minutes=-1), "active", id="before: their own asking is newer"),
        pytest.param(timedelta(minutes=1), "blocked:suppressed", id="since"),
    ],
)
def test_what_was_asked_for_on_the_telephone_is_brought_unless_its_number_opted_out_since(
    desk: Desk, opted_out: timedelta, stands: str
) -> None:
    deliver(desk, ADDRESS, customer_id=None, name="reply:asked:0123456789ab:20260101:0")
    asked_at = clock.now()
    with desk.session() as session:
        suppression.opt_out(session, 1, ADDRESS, "all", "asked", "test", asked_at + opted_out)
    clock.advance(timedelta(minutes=2))

    work = take(desk).work
    assert states(desk) == [stands]
    assert len(work) == (stands == "active")


def test_who_opts_out_between_the_claim_and_the_last_look_gets_nothing_they_asked_for(desk: Desk) -> None:
    deliver(desk, ADDRESS, customer_id=None, name="reply:asked:0123456789ab:20260101:0")
    [one] = take(desk).work
    span = {"tenant": 1, "first": one.attempt_id, "last": one.attempt_id}
    with desk.session() as session:
        assert session.connection().execute(dispatch.STOPPED, span).all() == []
        suppression.opt_out(session, 1, ADDRESS, "all", "asked", "test", clock.now())
        assert len(session.connection().execute(dispatch.STOPPED, span).all()) == 1


def test_a_longer_slice_claims_more(desk: Desk) -> None:
    deliver(desk, *[f"+1415555{number}" for number in range(2000, 2100)])

    assert len(take(desk, slice_s=6.0).work) == 60


def test_a_claim_reads_no_more_deliveries_than_it_takes_and_the_open_attempts_once(desk: Desk) -> None:
    source_id = deliver(desk, ADDRESS)
    with desk.session() as session:
        if is_sqlite(session):
            pytest.skip("the order is in every index of SQLite, and its planner compares row by row")
        asked = due._due_of(session.get_one(Source, source_id), clock.now(), 10)
        words = asked.compile(session.connection(), compile_kwargs={"literal_binds": True}).string
        for avoided in (
            "seqscan",
            "bitmapscan",
            "sort",
        ):  # a table of one row is as good to read from end to end
            session.execute(text(f"SET LOCAL enable_{avoided} = off"))

        plan = "\n".join(session.scalars(text(f"EXPLAIN {words}")))

    assert "ix_delivery_due" in plan
    assert "hashed SubPlan" in plan
    assert "Sort" not in plan


def test_a_call_rings_as_long_as_the_figures_of_its_country_say(desk: Desk) -> None:
    with desk.session() as session:
        tenant = session.get_one(Tenant, 1)
        tenant.policy = {"figures": {"us": {"voice": {"ring_s": 40}}}}
    deliver(desk, ADDRESS, "+14165550123", channel="voice")

    work = take(desk, "voice").work

    links = Links("http://ours", ("key",), "application/pdf")
    orders = [CHANNELS["voice"].order(replace(one, content={}), links) for one in work]
    assert [call_form(order)["Timeout"] for order in orders if isinstance(order, Call)] == [40, 25]
