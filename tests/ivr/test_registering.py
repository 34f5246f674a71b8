"""Calls reach after-sales: each on record, what was complained of as a case, once, in whatever order they come."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from aftersales.models import CallRecord, Case, FollowUp
from core import clock
from core.db import ALL_TENANTS
from core.models import Staff
from core.runtime import Runtime
from customers.models import Customer
from flows.language.turn import Effect, State, Step, Turn
from ivr import records
from ivr.leg import Leg
from outbound.models import Delivery, Source
from tests.ivr.phone import CALLER, HOTLINE

Rows = Callable[[type[Any]], list[Any]]
Entries = list[tuple[str, dict[str, Any]]]
SID = "CA" + "1" * 32
COMPLAINT = Effect("case", {"kind": "complaint", "urgency": "urgent", "about": "the pump = broken"})


def turn(number: int, *effects: Effect) -> Turn:
    state = State("9f" * 8, f"node{number}", number, "en")
    return Turn(state, (), effects, (Step(f"node{number}", "menu", ("Say this.",), "key"),), None)


class Kept:
    """A stand-in for the spool's file."""

    def __init__(self) -> None:
        self.entries: Entries = []

    def append(self, kind: str, data: dict[str, Any]) -> None:
        self.entries.append((kind, data))


def call(
    *heard: str, direction: str = "in", delivery_id: int | None = None, effects: tuple[Effect, ...] = ()
) -> Entries:
    """A call in which these keys were pressed; *effects* come with the last turn."""
    kept: Any = Kept()
    numbers = (CALLER, HOTLINE) if direction == "in" else (HOTLINE, CALLER)
    leg = Leg(SID, "AC1", *numbers, direction)
    records.started(kept, 1, leg, turn(0, *(() if heard else effects)), "hotline", delivery_id, clock.now())
    for number, keys in enumerate(heard, 1):
        last = effects if number == len(heard) else ()
        records.went_on(kept, 1, leg, turn(number, *last), keys, clock.now() + timedelta(seconds=number))
    entries: Entries = kept.entries
    return entries


def keep(runtime: Runtime, entries: Entries) -> None:
    for kind, data in entries:
        with runtime.database.session(ALL_TENANTS) as session:
            records.SPOOLED[kind](session, [data])


def follow_up(runtime: Runtime) -> int:
    """An automated follow-up call under way; its delivery's id."""
    with runtime.database.session(1) as session:
        customer = Customer(tenant_id=1, name="Li Na", created_at=clock.now())
        source = Source(
            tenant_id=1, name="follow_up:first", channel="voice", purpose="service", priority=2, created_at=clock.now()
        )  # fmt: skip
        session.add_all((customer, source))
        session.flush()
        delivery = Delivery(
            tenant_id=1, source_id=source.id, customer_id=customer.id, channel="voice", address=CALLER, language="en",
            due_at=clock.now(), expires_at=clock.now(), created_at=clock.now(),
        )  # fmt: skip
        session.add(delivery)
        session.flush()
        today = clock.now().date()
        session.add(
            FollowUp(
                tenant_id=1, key="a", step="first", customer_id=customer.id, earliest_on=today, due_on=today,
                owner_id=session.query(Staff).first().id, delivery_id=delivery.id, created_at=clock.now(),
            )
        )  # fmt: skip
        return delivery.id


@pytest.mark.parametrize(
    ("heard", "outcome"),
    [
        pytest.param((), "no_content", id="hung up before anything was said"),
        pytest.param(("",), "no_content", id="nothing was pressed"),
        pytest.param(("1", "2"), "reached", id="keys were pressed"),
    ],
)
@pytest.mark.parametrize("seed", range(4))
def test_every_call_that_comes_in_is_on_record(
    runtime: Runtime, rows: Rows, heard: tuple[str, ...], outcome: str, seed: int
) -> None:
    entries = call(*heard) * 2
    random.Random(seed).shuffle(entries)
    keep(runtime, entries)

    (record,) = rows(CallRecord)
    assert (record.call_id, record.direction, record.outcome, record.address) == (SID, "in", outcome, CALLER)
    assert record.noted_at is None


def test_a_complaint_is_a_case_once_with_owner_and_due_time(runtime: Runtime, rows: Rows) -> None:
    keep(runtime, call("3", effects=(COMPLAINT,)) * 2)

    (case,) = rows(Case)
    assert (case.kind, case.is_urgent, case.address) == ("complaint", True, CALLER)
    assert case.text == "the pump = broken"
    assert case.owner_id
    assert case.due_at > clock.now()


def test_a_case_nobody_can_own_stops_no_other_record(runtime: Runtime, rows: Rows) -> None:
    with runtime.database.session(1) as session:
        for staff in session.query(Staff):
            staff.is_active = False
    keep(runtime, call("3", effects=(COMPLAINT,)))

    assert not rows(Case)
    assert len(rows(CallRecord)) == 1


def test_a_follow_up_by_machine_is_on_record_with_its_score(runtime: Runtime, rows: Rows) -> None:
    rating = Effect("answer", {"name": "satisfaction", "value": "4"})
    keep(runtime, call("4", direction="out", delivery_id=follow_up(runtime), effects=(rating,)))

    (record,) = rows(CallRecord)
    assert (record.direction, record.satisfaction, record.outcome) == ("out", 4, "reached")
    assert record.follow_up_id
    assert record.customer_id


def test_a_call_of_a_campaign_is_none_of_after_sales_but_for_its_cases(runtime: Runtime, rows: Rows) -> None:
    keep(runtime, call("1", direction="out", effects=(COMPLAINT,)))

    assert not rows(CallRecord)
    assert len(rows(Case)) == 1
