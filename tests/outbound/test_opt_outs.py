"""What is committed before a POST starts is honoured, however the wish came and wherever the delivery stood."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import pytest
from werkzeug.datastructures import MultiDict

from core import clock
from core.jobs import drain
from customers import consent
from customers.models import CustomerNumber
from customers.suppression import opt_out
from outbound import deliveries, inbound
from outbound.claim import claim
from outbound.dispatch import send_all, senders
from outbound.models import Delivery, Sender
from outbound.slices import Slice, open_lane
from outbound.work import Work
from tests.outbound.conftest import Build
from tests.plant import SMS, Plant

ANN, BOB, OTHER = "+14155552001", "+14155552002", "+14155552009"


def by_staff(plant: Plant) -> None:
    with plant.session() as session:
        opt_out(session, 1, ANN, "marketing", "staff", "staff:1", clock.now())


def by_a_key(plant: Plant) -> None:
    wish = {"tenant_id": 1, "address": ANN, "scope": "marketing", "reason": "keypress", "source": "call:CA1"}
    plant.runtime.spool.append("opt_out", {**wish, "at": clock.now().isoformat()})
    drain(plant.runtime, plant.pool)


def by_text(plant: Plant) -> None:
    form = MultiDict({"MessageSid": "SM" + "9" * 32, "From": ANN, "To": SMS, "Body": "STOP"})
    plant.runtime.spool.append("inbound_text", inbound.noted(form))
    drain(plant.runtime, plant.pool)


def by_another_number(plant: Plant) -> None:
    with plant.session() as session:
        opt_out(session, 1, OTHER, "all", "staff", "staff:1", clock.now())


def sms_sender(plant: Plant) -> tuple[int, int, str]:
    return next(row for row in senders(plant.runtime) if row[2] == "sms")


def send(plant: Plant, work: list[Work]) -> None:
    """What has been claimed leaves."""
    lane = open_lane(plant.runtime, plant.pool, *sms_sender(plant))
    slice_ = Slice(lane, work, clock.monotonic() + 60, clock.monotonic(), 0.0)
    send_all(lane, deque(slice_.chunks()), lambda: False)


def claimed(plant: Plant) -> list[Work]:
    with plant.session() as session:
        return sorted(claim(session, sms_sender(plant)[0], 60).work, key=lambda work: work.address)


@pytest.mark.storage
@pytest.mark.parametrize("boundary", ["before the claim", "after the claim", "while others are being sent"])
@pytest.mark.parametrize(
    "wish",
    [
        pytest.param(by_staff, id="entered by staff"),
        pytest.param(by_a_key, id="a key, through the spool"),
        pytest.param(by_text, id="STOP, through the spool"),
        pytest.param(by_another_number, id="of another number"),
    ],
)
def test_an_opt_out_at_any_boundary_stops_the_send(
    build: Build, wish: Callable[[Plant], None], boundary: str, database_url: str
) -> None:
    plant = build(url=database_url)
    plant.deliver("sms", BOB, ANN, purpose="marketing")
    with plant.session() as session:
        owner = session.query(CustomerNumber).filter_by(address=ANN).one().customer_id
        session.add(CustomerNumber(tenant_id=1, customer_id=owner, address=OTHER, kind="mobile", position=1))
        session.get_one(Sender, sms_sender(plant)[0]).rate_per_s = 10.0
    if boundary == "before the claim":
        wish(plant)
    else:
        work = claimed(plant)
        ann, bob = work
        if boundary == "while others are being sent":
            send(plant, [bob])
            wish(plant)
            send(plant, [ann])
        else:
            wish(plant)
            send(plant, work)

    plant.run_until(plant.is_over)

    by_all = wish is by_another_number
    assert plant.states() == {
        ANN: "blocked:suppressed" if by_all else "blocked:opted_out",
        BOB: "reached",
    }
    assert [row["to"] for row in plant.contacts()] == [BOB]


@pytest.mark.storage
def test_consent_withdrawn_between_two_claims_counts(build: Build, database_url: str) -> None:
    plant = build(url=database_url)
    plant.deliver("sms", BOB, ANN, purpose="marketing")
    with plant.session() as session:
        owner = session.query(CustomerNumber).filter_by(address=ANN).one().customer_id
        session.get_one(Sender, sms_sender(plant)[0]).rate_per_s = 0.5
    plant.run_slice(*sms_sender(plant))
    with plant.session() as session:
        consent.withdraw(session, 1, [owner], ("marketing",), "letter", clock.now())
        session.get_one(Sender, sms_sender(plant)[0]).rate_per_s = 10.0

    plant.run_until(plant.is_over)

    assert plant.states() == {BOB: "reached", ANN: "blocked:consent"}
    assert [row["to"] for row in plant.contacts()] == [BOB]


@pytest.mark.storage
def test_a_cap_reached_between_two_claims_holds_the_second_campaign(build: Build, database_url: str) -> None:
    plant = build(url=database_url)
    plant.deliver("sms", ANN, purpose="marketing")
    with plant.session() as session:
        owner = session.query(CustomerNumber).filter_by(address=ANN).one().customer_id
        content = {"texts": {"en": {"text": "Hello"}}}
        second = deliveries.open_source(
            session, 1, "wave:2", channel="sms", purpose="marketing", content=content, campaign="wave:2"
        )
        wanted = [deliveries.Wanted(owner, ANN, "en", {})]
        deliveries.add(session, second, wanted, clock.now(), clock.now().replace(year=2027))

    plant.run_until(lambda: sorted(_states(plant)) == ["held", "reached"])

    assert len(plant.contacts()) == 1


def _states(plant: Plant) -> list[str]:
    with plant.session() as session:
        return [row.state for row in session.query(Delivery).all()]
