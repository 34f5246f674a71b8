"""Whole calls: a subscriber of the exchange rings the hotline, or is rung, and what is left is in the database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from aftersales.models import Case, WorkOrder
from core import clock
from core.carriers.base import Accepted
from core.carriers.base import Call as Order
from core.config import Config
from core.db import ALL_TENANTS
from core.runtime import Runtime
from customers.models import Customer, CustomerNumber, Suppression, Vehicle
from exchange.server import InThread, run_in_thread
from ivr import jobs, recordings
from ivr.models import Call, CallStep, Voicemail
from outbound.models import Attempt
from tests.ivr.conftest import NOON, settled
from tests.ivr.outgoing import place
from tests.ivr.phone import ACCOUNT, AGENT, CALLER, HOTLINE, TOKEN

Rows = Callable[[type[Any]], list[Any]]
SPEED = 200


@dataclass
class Office:
    """A running hotline and the exchange that connects it."""

    exchange: InThread
    runtime: Runtime
    base: str

    def call(self, keys: str, **more: str | int) -> list[str]:
        """What a subscriber who enters *keys* hears, until the call is over."""
        sid = self.exchange.call(CALLER, HOTLINE, keys, **more)
        self.exchange.wait_idle(20)
        return self.steps(sid)

    def steps(self, sid: str) -> list[str]:
        """What was said and done in a call."""
        return [
            f"{kind}: {value}"
            for step in self.exchange.transcript(sid)["steps"]
            for kind, value in step.items()
        ]


@pytest.fixture
def office(config: Config, template: Path, tmp_path: Path) -> Iterator[Office]:
    server = make_server("127.0.0.1", 0, Flask("empty"), threaded=True)
    base = f"http://127.0.0.1:{server.server_port}"
    number = {
        "account": ACCOUNT,
        "voice_url": f"{base}/ivr/answer",
        "voice_fallback_url": f"{base}/ivr/fallback",
        "status_callback": f"{base}/ivr/status",
    }
    population = {
        "accounts": [{"sid": ACCOUNT, "token": TOKEN, "cps": 50}],
        "numbers": {HOTLINE: number},
        "subscribers": {"numbers": {CALLER: {"voice": "human", "keys": ["1", "5", "5", "1", "", "9"]}}},
    }
    with run_in_thread(population, speed=SPEED, ledger=tmp_path / "ledger.db") as exchange:
        at_work = config.model_copy(update={"public_url": base, "exchange_url": exchange.base_url})
        with settled(at_work, template) as app:
            server.app = app
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            yield Office(exchange, app.extensions["carillon"], base)
            exchange.wait_idle(20)
            server.shutdown()
            thread.join()
    server.server_close()


def _said(steps: list[str]) -> str:
    return " ".join(step.removeprefix("said: ") for step in steps if step.startswith("said"))


def test_a_caller_asks_in_english_how_far_a_repair_is(
    office: Office, rows: Rows, drain: Callable[[], int]
) -> None:
    with office.runtime.database.session(1) as session:
        session.add(Customer(id=1, tenant_id=1, name="Ann", created_at=NOON))
        session.flush()
        session.add(CustomerNumber(tenant_id=1, customer_id=1, address=CALLER, kind="mobile"))
        session.add(Vehicle(tenant_id=1, customer_id=1, plate="AB-1234"))
        job = {"number": "WS-4711", "state": "workshop", "promised_at": NOON + timedelta(days=2)}
        session.add(
            WorkOrder(tenant_id=1, customer_id=1, received_at=NOON, origin="staff", created_at=NOON, **job)
        )

    heard = _said(office.call("2,1,1,4711,1,1234"))

    assert "Welcome to Acme" in heard
    assert "You entered 4 7 1 1." in heard
    assert "Your vehicle is in our workshop. It will be ready on Friday, November 20." in heard
    drain()
    (call,) = rows(Call)
    assert (call.state, call.language, call.flow_name) == ("ended", "en", "hotline")
    assert call.duration_s > 0
    keyed = [step.heard for step in rows(CallStep) if step.heard]
    assert keyed[:6] == ["2", "1", "1", "4711", "1", "••••"]
    assert {step.kind for step in rows(CallStep)} >= {"verify", "lookup"}


@pytest.mark.parametrize("plate", ["9999", "1"])
def test_whoever_cannot_prove_it_only_hears_that_we_call_back(
    office: Office, rows: Rows, drain: Callable[[], int], plate: str
) -> None:
    heard = _said(office.call(f"2,1,1,4711,1,{plate},,"))

    assert "We will look it up and call you back." in heard
    assert heard.endswith("Thank you for your time. Goodbye.")
    drain()
    assert rows(Call)[0].reason == "goodbye"
    assert [(case.kind, case.text) for case in rows(Case)] == [("repair_status", "work order 4711")]


def test_a_caller_reports_a_fault_in_chinese_and_the_message_can_be_heard(
    office: Office, rows: Rows, drain: Callable[[], int]
) -> None:
    heard = _said(office.call("1,1,3", MessageSeconds=14))
    assert "欢迎致电Acme" in heard
    assert heard.endswith("您的留言已收到，再见。")
    drain()
    (message,) = rows(Voicemail)
    assert (message.topic, message.duration_s, message.caller) == ("repairs", 14, CALLER)
    assert recordings.fetch(office.runtime.config, message.recording_id)[:4] == b"RIFF"
    assert rows(Call)[0].reason == "message_taken"


def test_who_hangs_up_while_speaking_still_leaves_the_message(
    office: Office, rows: Rows, drain: Callable[[], int]
) -> None:
    office.call("1,1,3", MessageSeconds=100, HangUpAfter=60)
    drain()
    (message,) = rows(Voicemail)
    assert message.topic == "repairs"
    assert message.duration_s > 0
    assert rows(Call)[0].state == "ended"


def test_three_keys_stop_all_advertising(office: Office, rows: Rows, drain: Callable[[], int]) -> None:
    heard = _said(office.call("2,3,3"))
    assert heard.endswith("You will receive no more advertising from us. Goodbye.")
    assert [(row.address, row.scope) for row in rows(Suppression)] == [(CALLER, "marketing")], (
        "before any drain"
    )
    drain()
    assert rows(Call)[0].reason == "opted_out"


def test_zero_connects_with_a_person(office: Office, rows: Rows, drain: Callable[[], int]) -> None:
    steps = office.call("2,0")
    assert any(step.startswith(f"dialled: {AGENT}") for step in steps)
    assert any(step.startswith("connected") for step in steps)
    drain()
    assert rows(Call)[0].reason == "transferred"


def test_silence_leads_to_a_person_and_never_to_a_silent_end(office: Office) -> None:
    steps = office.call("2,,,")
    assert "I did not hear a key." in _said(steps)
    assert any(step.startswith(f"dialled: {AGENT}") for step in steps)


def test_who_hangs_up_at_once_is_on_record(office: Office, rows: Rows, drain: Callable[[], int]) -> None:
    office.call("", HangUpAfter=1)
    drain()
    (call,) = rows(Call)
    assert (call.state, call.reason, call.caller) == ("ended", "hung_up", CALLER)


def test_a_customer_we_ring_answers_the_survey_and_stops_it(
    office: Office, rows: Rows, drain: Callable[[], int]
) -> None:
    place(office.runtime, "survey", "token-1", {"company": "Acme", "name": "Li Na"}, CALLER, HOTLINE)
    order = Order(
        CALLER,
        HOTLINE,
        f"{office.base}/ivr/answer/token-1",
        f"{office.base}/ivr/status",
        f"{office.base}/ivr/fallback",
    )
    sent = office.runtime.carriers["voice"].send(order)
    assert isinstance(sent, Accepted)
    office.exchange.wait_idle(20)
    with office.runtime.database.session(ALL_TENANTS) as session:
        attempt = session.get(Attempt, 1)
        assert attempt is not None
        attempt.carrier_id, attempt.state, attempt.ended_at, attempt.duration_s = (
            sent.carrier_id,
            "ended",
            clock.now(),
            33,
        )
    assert "Acme" in _said(office.steps(sent.carrier_id))
    drain()
    (call,) = rows(Call)
    assert (call.direction, call.delivery_id, call.customer_id, call.state) == ("out", 1, 1, "live")
    for job in jobs.JOBS:
        job.run(office.runtime, None)  # type: ignore[arg-type]  # these jobs need no pool
    (call,) = rows(Call)
    assert (call.state, call.duration_s) == ("ended", 33)
    assert any(step.effect.startswith("name=") for step in rows(CallStep))


@pytest.fixture
def runtime(office: Office) -> Runtime:
    """The fixtures that look into the database look into this hotline's."""
    return office.runtime
