"""The proof: what adds up, and everything that counts as contacted twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from core import clock
from core.db import ALL_TENANTS
from outbound.models import Attempt, Delivery, Receipt, Sender
from tests.broadcast.conftest import House

pytestmark = pytest.mark.storage


@pytest.fixture
def running(both: House) -> House:
    both.crowd(2)
    both.running()
    return both


def attempt(house: House, state: str, place: int = 0, **more: Any) -> int:
    """An attempt at the delivery in *place*, begun a minute after the one before; its id."""
    with house.runtime.database.session(ALL_TENANTS) as session:
        delivery = session.scalars(select(Delivery).order_by(Delivery.id).offset(place).limit(1)).one()
        count = len(session.scalars(select(Attempt.id)).all())
        begun = clock.now() + timedelta(minutes=count)
        values = {
            "tenant_id": 1,
            "delivery_id": delivery.id,
            "source_id": delivery.source_id,
            "sender_id": session.scalars(select(Sender.id).where(Sender.channel == "sms")).one(),
            "channel": delivery.channel,
            "address": delivery.address,
            "token": f"token{count}",
            "state": state,
            "carrier_id": f"SM{count}",
            "started_at": begun,
            "ended_at": begun + timedelta(seconds=30) if state in ("ended", "released", "refused") else None,
        }
        return int(session.scalars(insert(Attempt).values({**values, **more}).returning(Attempt.id)).one())


def receipt(house: House, attempt_id: int, carrier_id: str, status: str = "sent") -> None:
    with house.runtime.database.session(ALL_TENANTS) as session:
        session.add(
            Receipt(tenant_id=1, attempt_id=attempt_id, carrier_id=carrier_id, status=status, at=clock.now())
        )


def twice(house: House) -> int:
    found: int = house.certificate(1)["contacted_twice"]
    return found


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [
        pytest.param({"state": "ended", "outcome": "reached"}, "accepted", 1, id="reached, then sent again"),
        pytest.param({"state": "ended", "outcome": "reached"}, "ended", 1, id="reached, then ended again"),
        pytest.param({"state": "ended", "outcome": "reached"}, "unknown", 1, id="reached, then perhaps sent"),
        pytest.param({"state": "accepted"}, "accepted", 1, id="the first was still open"),
        pytest.param({"state": "unknown"}, "accepted", 1, id="the first may have left"),
        pytest.param(
            {"state": "ended", "outcome": "busy", "ended_at": clock.datetime(2030, 1, 1, tzinfo=clock.UTC)},
            "accepted",
            1,
            id="the first ended after the second began",
        ),
        pytest.param({"state": "ended", "outcome": "busy"}, "accepted", 0, id="tried again after busy"),
        pytest.param({"state": "released"}, "accepted", 0, id="the first never left"),
        pytest.param({"state": "refused"}, "accepted", 0, id="the first was refused"),
        pytest.param({"state": "ended", "outcome": "reached"}, "claimed", 0, id="the second has not left"),
        pytest.param({"state": "ended", "outcome": "reached"}, "released", 0, id="the second never left"),
        pytest.param(
            {"state": "ended", "outcome": "failed", "channel": "fax", "pages": 1},
            "accepted",
            1,
            id="a page of the fax had arrived",
        ),
        pytest.param(
            {"state": "ended", "outcome": "failed", "channel": "fax", "pages": 0},
            "accepted",
            0,
            id="no page of the fax had arrived",
        ),
    ],
)
def test_two_sends_to_one_person(running: House, first: dict[str, Any], second: str, count: int) -> None:
    attempt(running, **first)
    assert twice(running) == 0, "one alone is no second"
    attempt(running, second)

    assert twice(running) == count


def test_one_send_each_to_two_people_is_none(running: House) -> None:
    attempt(running, "ended", 0, outcome="reached")
    attempt(running, "ended", 1, outcome="reached")

    assert twice(running) == 0


def test_a_person_sent_to_three_times_is_one_person(running: House) -> None:
    for _ in range(3):
        attempt(running, "ended", outcome="reached")

    assert twice(running) == 1


@pytest.mark.parametrize(
    ("ids", "count"),
    [
        pytest.param(["SM0"], 0, id="its own"),
        pytest.param(["SM0", "SM0"], 0, id="its own again"),
        pytest.param(["", "SM0"], 0, id="a word without an id"),
        pytest.param(["SM9"], 1, id="another"),
        pytest.param(["SM0", "SM9"], 1, id="its own and another"),
        pytest.param(["SM8", "SM9"], 1, id="two others are one doubled attempt"),
    ],
)
def test_a_second_id_under_one_token_is_a_second_send(running: House, ids: list[str], count: int) -> None:
    made = attempt(running, "accepted")
    for place, carrier_id in enumerate(ids):
        receipt(running, made, carrier_id, f"word{place}")

    assert twice(running) == count


def test_what_was_taken_back_and_is_reported_on_has_left(running: House) -> None:
    first = attempt(running, "released", carrier_id=None)
    attempt(running, "ended", outcome="reached")
    assert twice(running) == 0
    receipt(running, first, "SM77")

    assert twice(running) == 1


def test_everybody_is_counted_once(both: House) -> None:
    reached, failed, blocked, unknown, waiting = both.crowd(5)
    both.customer("Nobody")
    both.customer("Twin", "+14155552000")
    both.running()
    both.change(reached, state="reached", attempts=1)
    both.change(failed, state="failed", cause="busy", attempts=3)
    both.change(blocked, state="blocked", reason="consent")
    both.change(unknown, state="unknown", attempts=1)
    both.settle()

    assert both.certificate(1) == {
        "campaign": "Autumn",
        "state": "running",
        "targeted": 7,
        "allowed": 4,
        "attempted": 3,
        "reached": 1,
        "blocked": {"consent": 1, "no_number": 1, "shared_address": 1},
        "failed": {"busy": 1},
        "unknown": 1,
        "contacted_twice": 0,
        "abandonment": [],
    }
    assert waiting


def test_other_campaigns_do_not_count(running: House) -> None:
    running.running(name="Second")
    for _ in range(2):
        attempt(running, "ended", 0, outcome="reached")

    assert running.certificate(1)["contacted_twice"] == 1
    assert running.certificate(2)["contacted_twice"] == 0
