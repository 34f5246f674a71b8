"""What screens show: everybody targeted is counted once, at every moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from broadcast.models import Campaign, Recipient
from broadcast.queries import campaigns, latest_attempts
from core import clock
from core.db import ALL_TENANTS
from outbound.models import Attempt, Delivery, Sender
from tests.broadcast.conftest import House

STATES = [
    {"state": "pending", "reason": "", "cause": ""},
    {"state": "held", "reason": "quiet_hours", "cause": ""},
    {"state": "active", "reason": "", "cause": ""},
    {"state": "reached", "reason": "", "cause": ""},
    {"state": "failed", "reason": "", "cause": "busy"},
    {"state": "blocked", "reason": "consent", "cause": ""},
    {"state": "blocked", "reason": "frequency", "cause": "busy"},
    {"state": "unknown", "reason": "unknown", "cause": ""},
    {"state": "expired", "reason": "", "cause": ""},
    {"state": "cancelled", "reason": "cancelled", "cause": ""},
]
PEOPLE = 6


@pytest.fixture
def running(house: House) -> House:
    house.crowd(PEOPLE)
    house.customer("Nobody")
    house.customer("Twin", "+14155552000")
    house.running()
    return house


@given(chosen=st.lists(st.sampled_from(STATES), min_size=PEOPLE, max_size=PEOPLE))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_progress_adds_up_whatever_becomes_of_people(running: House, chosen: list[dict[str, str]]) -> None:
    with running.session() as session:
        session.execute(update(Campaign).values(state="running"))
        session.execute(
            update(Recipient).where(Recipient.customer_id <= PEOPLE).values(state="open", cause="")
        )
    for customer_id, state in enumerate(chosen, 1):
        running.change(customer_id, told="", **state)
    running.settle()

    found = running.progress(1)

    assert found.targeted == PEOPLE + 2
    assert found.reached == sum(one["state"] == "reached" for one in chosen)
    assert found.blocked["shared_address"] == found.blocked["no_number"] == 1


@pytest.mark.storage
def test_progress_names_rule_and_cause(both: House) -> None:
    ids = both.crowd(len(STATES))
    both.running()
    for customer_id, state in zip(ids, STATES, strict=True):
        both.change(customer_id, **state)
    both.settle()

    found = both.progress(1)

    assert (found.reached, found.unknown, found.waiting, found.in_flight) == (1, 1, 1, 1)
    assert found.held == {"quiet_hours": 1}
    assert found.failed == {"busy": 2}
    assert found.blocked == {"consent": 1, "expired": 1, "cancelled": 1}
    assert (found.ended, found.targeted) == (7, 10)


@pytest.mark.storage
def test_progress_and_certificate_agree_once_all_has_settled(both: House) -> None:
    ids = both.crowd(len(STATES))
    both.running()
    for customer_id, state in zip(ids, STATES[3:] + STATES[3:6], strict=True):
        both.change(customer_id, **state)
    both.settle()

    shown, proof = both.progress(1), both.certificate(1)

    assert (shown.targeted, shown.reached, shown.unknown) == (
        proof["targeted"],
        proof["reached"],
        proof["unknown"],
    )
    assert dict(shown.blocked) == proof["blocked"]
    assert dict(shown.failed) == proof["failed"]
    assert shown.ended == shown.targeted


def test_a_draft_has_nobody_yet(house: House) -> None:
    house.crowd(2)
    house.said("create", str(house.write()))

    found = house.progress(1)
    assert (found.state, found.targeted, found.rate_per_min, found.eta_at) == ("draft", 0, 0.0, None)


def sent(house: House, count: int, every_s: float, ago_s: float) -> None:
    """Attempts sent every so many seconds, the last *ago_s* ago."""
    with house.runtime.database.session(ALL_TENANTS) as session:
        delivery = session.scalars(select(Delivery).limit(1)).one()
        rows: list[dict[str, Any]] = [
            {
                "tenant_id": 1,
                "delivery_id": delivery.id,
                "source_id": delivery.source_id,
                "sender_id": session.scalars(select(Sender.id).limit(1)).one(),
                "channel": "sms",
                "address": delivery.address,
                "token": f"token{n}",
                "state": "ended",
                "outcome": "reached",
                "started_at": clock.now(),
                "submitted_at": clock.real() - timedelta(seconds=ago_s + every_s * (count - 1 - n)),
            }
            for n in range(count)
        ]
        session.execute(insert(Attempt), rows)


@pytest.mark.parametrize(
    ("count", "every_s", "ago_s", "rate"),
    [
        pytest.param(11, 1.0, 0, 60.0, id="one a second"),
        pytest.param(300, 0.5, 0, 120.0, id="the newest count"),
        pytest.param(1, 1.0, 0, 0.0, id="one says nothing"),
        pytest.param(11, 1.0, 301, 0.0, id="nothing in the last five minutes"),
        pytest.param(11, 0.0, 0, 600.0, id="all at once"),
    ],
)
def test_a_rate_is_that_of_the_last_sends(
    running: House, count: int, every_s: float, ago_s: float, rate: float
) -> None:
    sent(running, count, every_s, ago_s)

    assert running.progress(1).rate_per_min == pytest.approx(rate)


def test_when_it_will_be_over(running: House) -> None:
    sent(running, 11, 1.0, 0)
    found = running.progress(1)
    assert found.eta_at == clock.now() + timedelta(seconds=PEOPLE)

    later = clock.now() + timedelta(hours=9)
    for customer_id in range(1, PEOPLE + 1):
        running.change(customer_id, state="held", reason="quiet_hours", due_at=later)
    assert (running.progress(1).eta_at, running.progress(1).next_due_at) == (later, later)


@pytest.mark.storage
def test_the_list_counts_those_who_have_ended(both: House) -> None:
    first, *_ = both.crowd(3)
    both.running(name="First")
    both.said("create", str(both.write(name="Second")))
    both.change(first, state="reached")
    with both.session() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.source_id == 1, Delivery.customer_id == first)
            .values(state="reached")
        )
    both.settle()

    with both.runtime.database.reading(1) as session:
        rows = campaigns(session)

    assert [(row.name, row.targeted, row.ended) for row in rows] == [("Second", 0, 0), ("First", 3, 1)]


def test_the_newest_attempts_come_first(running: House) -> None:
    sent(running, 30, 1.0, 0)
    with running.runtime.database.reading(1) as session:
        rows = latest_attempts(session, running.campaign(1), 5)

    assert [row.id for row in rows] == [30, 29, 28, 27, 26]
    assert {row.name for row in rows} == {"Ann 0"}
