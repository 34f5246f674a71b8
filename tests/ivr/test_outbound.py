"""A call we placed finds its flow on its delivery, and ends with its attempt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from core import clock
from core.db import ALL_TENANTS
from core.runtime import Runtime
from ivr import jobs
from ivr.models import Call
from outbound.models import Attempt, Delivery
from tests.ivr.outgoing import place
from tests.ivr.phone import CALLER, HOTLINE, URL, Caller, words
from tests.ivr.twiml_rules import check
from tests.outage import away

Rows = Callable[[type[Any]], list[Any]]
VARIABLES = {
    "company": "安美 & <Co>",
    "offer": "Ten percent off",
    "event_date": "2026-12-24",
    "venue": "1 Main St",
}


@pytest.fixture
def called(runtime: Runtime, caller: Caller) -> Caller:
    place(runtime, "promotion", "tok", VARIABLES, CALLER, HOTLINE)
    caller.from_, caller.to, caller.direction = HOTLINE, CALLER, "outbound-api"
    return caller


def test_it_speaks_of_what_the_delivery_brings(called: Caller) -> None:
    check(called.ring("/ivr/answer/tok"))
    assert "安美 & <Co>" in words(called.document)
    assert "Ten percent off" in words(called.document)
    assert "December 24" in words(called.document)


def test_the_answer_asked_for_twice_is_the_same(called: Caller) -> None:
    first = called.ring("/ivr/answer/tok")
    assert called.post("/ivr/answer/tok").text == first
    assert called.post("/ivr/fallback", ErrorUrl=f"{URL}/ivr/answer/tok", ErrorCode="11200").text == first


def test_an_unknown_attempt_is_apologised_for(called: Caller, drain: Callable[[], int]) -> None:
    root = check(called.ring("/ivr/answer/unknown"))
    assert [verb.tag for verb in root][-1] == "Hangup"
    assert drain() == 0


def test_without_the_database_it_apologises_and_the_delivery_waits_for_its_receipt(
    called: Caller, runtime: Runtime, rows: Rows
) -> None:
    with away(runtime.database):
        root = check(called.ring("/ivr/answer/tok"))
        assert {verb.tag for verb in root} == {"Say", "Hangup"}
    assert [row.state for row in rows(Delivery)] == ["active"]


def test_the_rest_of_the_call_needs_no_database(called: Caller, runtime: Runtime) -> None:
    called.ring("/ivr/answer/tok")
    with away(runtime.database):
        assert "we have noted that you are coming" in words(called.press("1"))


def _attempt(runtime: Runtime, **values: object) -> None:
    with runtime.database.session(ALL_TENANTS) as session:
        session.execute(update(Attempt).values(**values))


def test_its_record_ends_with_its_attempt(
    called: Caller, runtime: Runtime, rows: Rows, drain: Callable[[], int]
) -> None:
    called.ring("/ivr/answer/tok")
    called.press("1")
    called.post("/ivr/status", CallStatus="completed", CallDuration="12")
    drain()
    _attempt(runtime, carrier_id=called.sid)
    jobs.end_calls(runtime, None)  # type: ignore[arg-type]  # needs no pool
    assert [(row.state, row.delivery_id, row.customer_id) for row in rows(Call)] == [("live", 1, 1)]
    _attempt(runtime, state="ended", ended_at=clock.now(), duration_s=12)
    jobs.end_calls(runtime, None)  # type: ignore[arg-type]  # as above
    assert [(row.state, row.duration_s, row.reason) for row in rows(Call)] == [("ended", 12, "goodbye")]


def test_a_call_whose_end_nobody_reported_is_closed_after_five_hours(
    caller: Caller, runtime: Runtime, rows: Rows, drain: Callable[[], int]
) -> None:
    caller.ring()
    drain()
    clock.advance(timedelta(hours=4, minutes=59))
    assert jobs.end_calls(runtime, None)["never_reported"] == 0  # type: ignore[arg-type]  # as above
    clock.advance(timedelta(minutes=2))
    assert jobs.end_calls(runtime, None)["never_reported"] == 1  # type: ignore[arg-type]  # as above
    assert [row.state for row in rows(Call)] == ["ended"]
