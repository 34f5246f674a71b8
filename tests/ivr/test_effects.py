"""What flows ask for outside the call is done, once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import flows.language
from core import clock
from core.db import ALL_TENANTS
from core.runtime import Runtime
from customers.models import Customer, CustomerNumber, Suppression
from flows.language.turn import Effect, State, Turn
from ivr.effects import EFFECTS, carry_out
from ivr.leg import Leg
from ivr.models import CallStep, Voicemail
from tests.ivr.phone import CALLER, HOTLINE, Caller
from tests.outage import away, busy

Rows = Callable[[type[Any]], list[Any]]
SLOW_S = 5.0
LEG = Leg("CA1", "AC1", CALLER, HOTLINE, "in")


def _cause(runtime: Runtime, leg: Leg, *effects: Effect) -> None:
    carry_out(runtime, 1, leg, Turn(State("f", "n", 1, "en"), (), effects, (), None), clock.now())


def test_every_kind_of_effect_that_flows_cause_is_carried_out() -> None:
    sources = Path(flows.language.__file__).parent.rglob("*.py")
    caused = {
        kind
        for file in sources
        for kind in re.findall(r'Effect\(\s*"(\w+)"', file.read_text(encoding="utf-8"))
    }
    assert caused == set(EFFECTS)


@pytest.mark.parametrize(
    ("asked", "scope"), [("marketing", "marketing"), ("all", "all"), ("service", "all"), ("odd", "all")]
)
def test_an_opt_out_counts_at_once_and_for_every_number_of_the_customer(
    runtime: Runtime, rows: Rows, asked: str, scope: str
) -> None:
    with runtime.database.session(ALL_TENANTS) as session:
        session.add(Customer(id=5, tenant_id=1, name="Li Na", created_at=clock.now()))
        session.flush()
        for address in (CALLER, "+14155550777"):
            session.add(CustomerNumber(tenant_id=1, customer_id=5, address=address, kind="mobile"))
    for _ in range(2):
        _cause(runtime, LEG, Effect("opt_out", {"scope": asked}))
    kept = {(row.tenant_id, row.address, row.scope) for row in rows(Suppression)}
    assert kept == {(1, CALLER, scope), (1, "+14155550777", scope)}


def test_on_a_call_we_placed_the_called_person_opts_out(runtime: Runtime, rows: Rows) -> None:
    leg = replace(LEG, caller=HOTLINE, called=CALLER, direction="out")
    _cause(runtime, leg, Effect("opt_out", {"scope": "all"}))
    assert [row.address for row in rows(Suppression)] == [CALLER]


def test_a_withheld_number_has_nothing_to_be_suppressed(runtime: Runtime, rows: Rows) -> None:
    _cause(runtime, replace(LEG, caller="anonymous"), Effect("opt_out", {"scope": "all"}))
    assert rows(Suppression) == []


def test_without_the_database_an_opt_out_is_spooled_and_follows(
    runtime: Runtime, rows: Rows, drain: Callable[[], int]
) -> None:
    with away(runtime.database):
        _cause(runtime, LEG, Effect("opt_out", {"scope": "marketing"}))
    assert rows(Suppression) == []
    assert drain() == 1
    assert [(row.address, row.scope, row.at) for row in rows(Suppression)] == [
        (CALLER, "marketing", clock.now())
    ]


@pytest.mark.storage
def test_an_opt_out_waits_on_disk_for_a_slow_database_not_the_caller(
    runtime: Runtime, rows: Rows, drain: Callable[[], int]
) -> None:
    began = time.monotonic()
    with busy(runtime.database, "suppression"):
        _cause(runtime, LEG, Effect("opt_out", {"scope": "all"}))
    assert time.monotonic() - began < SLOW_S
    assert rows(Suppression) == []
    assert drain() == 1
    assert [row.address for row in rows(Suppression)] == [CALLER]


def test_a_case_and_its_details_stand_among_the_steps(
    caller: Caller, rows: Rows, drain: Callable[[], int]
) -> None:
    caller.ring()
    for keys in ("2", "1", "1", "4711", "1", "1234"):
        caller.press(keys)
    drain()
    assert "kind=repair_status urgency=normal job=4711" in [step.effect for step in rows(CallStep)]


def test_a_recordings_address_stays_out_of_the_steps(
    caller: Caller, rows: Rows, drain: Callable[[], int]
) -> None:
    caller.ring()
    for keys in ("2", "1", "3"):
        caller.press(keys)
    caller.post(caller.target("Record"), RecordingUrl="https://c/Recordings/RE9", RecordingDuration="4")
    drain()
    assert [message.recording_id for message in rows(Voicemail)] == ["RE9"]
    assert not [step for step in rows(CallStep) if "https" in step.effect + step.said + step.heard]
