"""What a workshop's system tells: signed or refused, once, in any order; nothing hostile leaves a trace."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from aftersales import work_orders
from aftersales.models import FollowUp, WorkOrder, WorkOrderStep
from aftersales.workshop import keys
from core import clock
from core.db import ALL_TENANTS
from core.errors import Conflict
from core.models import Tenant
from core.runtime import Runtime
from customers.models import Customer, CustomerNumber, Vehicle

pytestmark = pytest.mark.storage
URL = "/workshop/orders"


@dataclass
class Workshop:
    """A system that signs with *secret* and tells of job A-1."""

    app: Flask
    secret: str
    now: datetime

    def at(self, minutes: int) -> str:
        return (self.now + timedelta(minutes=minutes)).isoformat()

    def tell(self, event: str = "e1", minutes: int = -60, **values: Any) -> TestResponse:
        whose = {"customer": {"reference": "K-1"}}
        return self.send({"event": event, "number": "A-1", "at": self.at(minutes), **whose, **values})

    def send(
        self, body: Any, *, secret: str = "", shift_s: int = 0, header: str | None = None
    ) -> TestResponse:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        t = int(clock.real().timestamp()) + shift_s
        mark = keys.signature((secret or self.secret).encode(), t, sent)
        return self.app.test_client().post(
            URL, data=sent, content_type="application/json",
            headers={keys.HEADER: f"t={t},v1={mark}" if header is None else header},
        )  # fmt: skip


@pytest.fixture
def workshop(app: Flask, runtime: Runtime, frozen: datetime) -> Workshop:
    with runtime.database.session(1) as session:
        session.add(Customer(id=1, tenant_id=1, reference="K-1", name="Li Lei", created_at=frozen))
        session.flush()
        session.add(CustomerNumber(tenant_id=1, customer_id=1, address="+12135550100", kind="mobile"))
        _, secret = keys.add(session, runtime.config, 1, "dms", "test")
    return Workshop(app, secret, frozen)


def result(answer: TestResponse) -> tuple[str, str]:
    assert answer.status_code == 200, answer.text
    assert answer.json is not None
    return answer.json["result"], answer.json["step"]


def code(answer: TestResponse) -> tuple[int, str]:
    assert answer.mimetype == "application/problem+json", answer.text
    assert answer.json is not None
    first = answer.json.get("errors", [answer.json])[0]
    return answer.status_code, first["code"]


def rows(runtime: Runtime) -> tuple[int | None, ...]:
    with runtime.database.reading(1) as session:
        return tuple(
            session.scalar(select(func.count(m.id))) for m in (WorkOrder, WorkOrderStep, FollowUp, Vehicle)
        )


def order(runtime: Runtime) -> WorkOrder:
    with runtime.database.reading(1) as session:
        return work_orders.by_number(session, 1, "A-1")


def test_a_job_comes_in_and_goes_on(workshop: Workshop, runtime: Runtime) -> None:
    promised = workshop.at(600)
    opened = workshop.tell(
        plate="B-1", kind="brakes", promised_at=promised, odometer_km=5000, department="workshop",
        items=[{"text": "pads", "price_cents": 9900}], currency="USD",
    )  # fmt: skip
    assert result(opened) == ("opened", "reception")
    assert result(workshop.tell("e2", -50, step="workshop")) == ("advanced", "workshop")
    assert result(workshop.tell("e3", -10, step="delivered", customer=None)) == ("advanced", "delivered")

    found = order(runtime)
    assert (found.kind, found.odometer_km, found.department, found.currency) == (
        "brakes",
        5000,
        "workshop",
        "USD",
    )
    assert found.items == [{"text": "pads", "price_cents": 9900}]
    assert found.promised_at == datetime.fromisoformat(promised)
    assert found.delivered_at == workshop.now - timedelta(minutes=10)
    assert found.origin == "workshop:dms"
    with runtime.database.reading(1) as session:
        assert session.scalars(select(Vehicle.plate)).all() == ["B-1"]
        assert session.scalars(select(FollowUp.step)).all() == ["first"]


def test_what_is_told_again_changes_nothing(workshop: Workshop, runtime: Runtime) -> None:
    workshop.tell(plate="B-1")
    workshop.tell("e2", -50, step="delivered")
    before = rows(runtime)

    assert result(workshop.tell(plate="B-1")) == ("repeated", "delivered")
    assert result(workshop.tell("e2", -50, step="delivered")) == ("repeated", "delivered")
    assert rows(runtime) == before


def test_steps_in_the_wrong_order_end_where_they_should(workshop: Workshop, runtime: Runtime) -> None:
    assert result(workshop.tell("e3", -10, step="ready", promised_at=workshop.at(60))) == ("opened", "ready")
    assert result(workshop.tell("e2", -20, step="workshop", promised_at=workshop.at(30))) == ("late", "ready")
    assert result(workshop.tell("e1", -30, step="intake")) == ("late", "ready")

    found = order(runtime)
    assert found.promised_at == workshop.now + timedelta(minutes=60)
    with runtime.database.reading(1) as session:
        assert [s.what for s in work_orders.steps_of(session, found.id) if s.event] == [
            "intake",
            "workshop",
            "ready",
        ]


def test_extra_work_leads_back_into_the_workshop(workshop: Workshop) -> None:
    for event, minutes, step in (("e1", -40, "workshop"), ("e2", -30, "extra_work"), ("e3", -20, "workshop")):
        answer = workshop.tell(event, minutes, step=step)
    assert result(answer) == ("advanced", "workshop")
    assert result(workshop.tell("e0", -35, step="extra_work")) == ("late", "workshop")


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        pytest.param({"step": "workshop"}, "step_back", id="a job that went back since"),
        pytest.param({"step": "cancelled"}, "step_back", id="cancelled after it was delivered"),
        pytest.param({"event": ""}, "too_short", id="an event without a name"),
        pytest.param({"event": 7}, "string_type", id="a number for a text"),
        pytest.param({"event": "x" * 81}, "too_long", id="a long name"),
        pytest.param({"step": "lunch"}, "literal_error", id="a step that is none"),
        pytest.param({"at": "yesterday"}, "datetime_parsing", id="no instant"),
        pytest.param({"at": "2026-03-02T10:00:00"}, "timezone_aware", id="an instant without a zone"),
        pytest.param({"at": "2999-01-01T00:00:00Z"}, "in_the_future", id="an instant to come"),
        pytest.param({"odometer_km": -1}, "greater_than_equal", id="a negative distance"),
        pytest.param({"odometer_km": 1e30}, "int_type", id="an endless distance"),
        pytest.param({"items": [{"price_cents": 1}]}, "missing", id="an item without words"),
        pytest.param({"items": [{"text": "x"}] * 101}, "too_long", id="too many items"),
        pytest.param({"number": "A\u0000"}, "bad_text", id="NUL"),
        pytest.param({"tenant_id": 2}, "extra_forbidden", id="a field that is none"),
        pytest.param(
            {"number": "A-2", "customer": {"reference": "K-9"}}, "unknown_customer", id="unknown reference"
        ),
        pytest.param(
            {"number": "A-2", "customer": {"number": "+12135550199"}}, "unknown_customer", id="unknown number"
        ),
        pytest.param({"number": "A-2", "customer": {"number": "call me"}}, "number_letters", id="no number"),
        pytest.param({"number": "A-2", "customer": None}, "customer_missing", id="no customer"),
        pytest.param(
            {"number": "A-2", "department": "kitchen"}, "unknown_department", id="unknown department"
        ),
        pytest.param(
            {"number": "A-2", "promised_at": "2020-01-01T00:00:00Z"}, "bad_date", id="promised before it came"
        ),
        pytest.param({"number": "\t"}, "too_short", id="a number of spaces"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_done(
    workshop: Workshop, runtime: Runtime, values: dict[str, Any], refused: str
) -> None:
    workshop.tell("e1", -60, step="delivered")
    before = rows(runtime)

    answer = workshop.tell(**{"event": "bad", "minutes": -5, **values})

    assert code(answer) == (422, refused)
    assert rows(runtime) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 422, id="nothing"),
        pytest.param(b"[1]", 422, id="a list"),
        pytest.param(b"{", 422, id="broken JSON"),
        pytest.param(b"\xff\xfe", 422, id="no UTF-8"),
        pytest.param(b'{"event": ' + b"[" * 5000, 422, id="deeply nested"),
        pytest.param(b" " * 70_000, 413, id="too large"),
    ],
)
def test_a_body_that_is_none_is_refused(
    workshop: Workshop, runtime: Runtime, body: bytes, status: int
) -> None:
    answer = workshop.send(body)

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert rows(runtime) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("how", "refused"),
    [
        pytest.param({"secret": "carillon_workshop_guessed"}, "bad_signature", id="forged"),
        pytest.param({"shift_s": -301}, "stale_signature", id="stale"),
        pytest.param({"shift_s": 301}, "stale_signature", id="from the future"),
        pytest.param({"header": ""}, "bad_signature", id="none"),
        pytest.param({"header": "t=1,v1="}, "bad_signature", id="empty"),
        pytest.param({"header": "t=x,v1=" + "0" * 64}, "bad_signature", id="no time"),
        pytest.param({"header": "t=" + "9" * 60 + ",v1=" + "0" * 64}, "bad_signature", id="endless time"),
        pytest.param({"header": "t=1,t=2,v1=" + "0" * 64}, "bad_signature", id="two times"),
        pytest.param({"header": "t=1" + ",v1=00" * 5000}, "bad_signature", id="thousands of signatures"),
        pytest.param({"header": "v1=é"}, "bad_signature", id="no ASCII"),
    ],
)
def test_who_did_not_sign_is_refused(
    workshop: Workshop, runtime: Runtime, how: dict[str, Any], refused: str
) -> None:
    event = {"event": "e1", "number": "A-1", "at": workshop.at(-1), "customer": {"reference": "K-1"}}

    assert code(workshop.send(event, **how)) == (403, refused)
    assert rows(runtime) == (0, 0, 0, 0)


def test_a_signature_is_of_one_body_at_one_time(workshop: Workshop) -> None:
    t = int(clock.real().timestamp())
    mark = keys.signature(workshop.secret.encode(), t, b"{}")

    assert code(workshop.send({"event": "e1"}, header=f"t={t},v1={mark}"))[0] == 403
    assert code(workshop.send(b"{}", header=f"t={t + 1},v1={mark}"))[0] == 403
    assert code(workshop.send(b"{}", header=f"t={t},v1={mark}"))[0] == 422


def test_five_minutes_are_within_the_skew(workshop: Workshop) -> None:
    event = {"event": "e1", "number": "A-1", "at": workshop.at(-1), "customer": {"reference": "K-1"}}
    assert result(workshop.send(event, shift_s=-300)) == ("opened", "reception")
    assert result(workshop.send(event, shift_s=300)) == ("repeated", "reception")


def test_two_keys_are_good_until_one_is_revoked(workshop: Workshop, runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        old = keys.every(session)[0].id
        _, second = keys.add(session, runtime.config, 1, "dms new", "test")
        with pytest.raises(Conflict, match="revoke one"):
            keys.add(session, runtime.config, 1, "third", "test")
    for secret in (workshop.secret, second):
        assert code(workshop.send({}, secret=secret))[0] == 422

    with runtime.database.session(1) as session:
        keys.revoke(session, old, "test")
    assert code(workshop.send({})) == (403, "bad_signature")
    assert code(workshop.send({}, secret=second))[0] == 422


def test_a_key_opens_its_own_tenant_only(workshop: Workshop, runtime: Runtime) -> None:
    with runtime.database.session(ALL_TENANTS) as session:
        session.add(Tenant(id=2, slug="theirs", name="Theirs", created_at=clock.now()))
        session.flush()
    with runtime.database.session(2) as session:
        _, theirs = keys.add(session, runtime.config, 2, "dms", "test")
    event = {"event": "e1", "number": "A-1", "at": workshop.at(-1), "customer": {"reference": "K-1"}}

    assert code(workshop.send(event, secret=theirs)) == (422, "unknown_customer")
    assert rows(runtime) == (0, 0, 0, 0)


def test_a_secret_is_not_kept_in_the_clear(workshop: Workshop, runtime: Runtime) -> None:
    with runtime.database.reading(1) as session:
        assert workshop.secret not in keys.every(session)[0].secret


def test_several_customers_with_one_number_are_told_apart_by_reference(
    workshop: Workshop, runtime: Runtime
) -> None:
    by_number = {"customer": {"number": "(213) 555-0100"}}
    with runtime.database.session(1) as session:
        session.add(Customer(id=2, tenant_id=1, name="Han Mei", created_at=clock.now()))
        session.flush()
        session.add(CustomerNumber(tenant_id=1, customer_id=2, address="+12135550100", kind="mobile"))

    assert code(workshop.tell(**by_number)) == (422, "several_customers")
    with runtime.database.session(1) as session:
        session.delete(session.scalars(select(CustomerNumber).where(CustomerNumber.customer_id == 2)).one())
    assert result(workshop.tell(**by_number)) == ("opened", "reception")


@pytest.fixture
def run(app: Flask) -> Any:
    return lambda *args: app.test_cli_runner().invoke(args=["aftersales", "workshop-key", *args])


def test_keys_are_made_listed_and_revoked_by_command(workshop: Workshop, run: Any) -> None:
    made = run("add", "second")
    assert (made.exit_code, made.stdout.startswith("carillon_workshop_")) == (0, True)
    assert "second" in run("list").stdout
    assert run("add", "third").exit_code == 1
    assert "is revoked" in run("revoke", "1").stdout
    assert "revoked" in run("list").stdout
    assert run("revoke", "99").exit_code == 1
    assert code(workshop.send({}, secret=made.stdout.strip()))[0] == 422
