"""Work orders, vehicles and files, as programs see them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from core import clock
from tests.api import Program, said
from tests.console.world import Company


def sent(answer: TestResponse, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    found: dict[str, Any] | None = answer.json
    assert found is not None
    return found


def soon(hours: int) -> str:
    return (clock.now() + timedelta(hours=hours)).isoformat()


@pytest.fixture
def desk(with_role: Callable[[str], Program]) -> Program:
    return with_role("after_sales")


@pytest.fixture
def order(desk: Program, ours: Company) -> dict[str, Any]:
    vehicle = sent(desk.post("/vehicles", {"customer_id": ours.customer_id, "plate": "B-7"}), 201)
    body = {
        "number": "A-1",
        "customer_id": ours.customer_id,
        "vehicle_id": vehicle["id"],
        "promised_at": soon(2),
    }
    return sent(desk.post("/work-orders", {**body, "odometer_km": 12, "items": [{"text": "oil"}]}), 201)


def test_a_job_is_opened_advanced_and_delivered(desk: Program, order: dict[str, Any]) -> None:
    path = f"/work-orders/{order['id']}"
    assert (order["state"], order["odometer_km"], order["items"]) == (
        "reception",
        12,
        [{"text": "oil", "price_cents": 0}],
    )
    sent(desk.post(f"{path}/hand-over", {"department": "workshop", "note": "lift 2"}))
    sent(desk.post(f"{path}/promise", {"promised_at": soon(30), "note": "no parts"}))
    sent(desk.post(f"{path}/urgent", {"note": "flies tomorrow"}))
    sent(desk.ask("PATCH", path, json={"kind": "oil"}))
    done = sent(desk.post(f"{path}/advance", {"to": "delivered"}))

    assert [step["what"] for step in done["history"]] == [
        "reception", "promised", "handed_over", "promised", "urgent", "changed", "delivered",
    ]  # fmt: skip
    assert (done["kind"], done["department"], done["is_urgent"]) == ("oil", "workshop", True)
    assert sent(desk.get(path)) == done
    assert sent(desk.get("/customer-files", state="open"))["data"][0]["work_order_id"] == order["id"]


def test_a_quote_is_sent_once_there_are_prices(desk: Program, order: dict[str, Any]) -> None:
    path = f"/work-orders/{order['id']}"
    assert desk.post(f"{path}/quote", {}).status_code == 400
    sent(desk.ask("PATCH", path, json={"items": [{"text": "oil", "price_cents": 9900}], "currency": "CNY"}))
    for _ in range(2):
        told = sent(desk.post(f"{path}/quote", {}))

    assert [step["what"] for step in told["history"]].count("quoted") == 1


def test_a_job_that_is_there_is_answered_as_it_is(desk: Program, order: dict[str, Any]) -> None:
    again = {
        "number": order["number"],
        "customer_id": order["customer_id"],
        "odometer_km": 99,
        "currency": "EUR",
    }

    assert sent(desk.post("/work-orders", again), 201) == order


def test_jobs_are_found_by_what_they_are(desk: Program, order: dict[str, Any], ours: Company) -> None:
    sent(desk.post("/work-orders", {"number": "A-2", "customer_id": ours.customer_id}), 201)

    def numbers(**query: Any) -> list[str]:
        return [each["number"] for each in sent(desk.get("/work-orders", **query))["data"]]

    assert numbers() == ["A-2", "A-1"]
    assert numbers(number="A-1") == ["A-1"]
    assert numbers(state="workshop") == []
    assert numbers(department="business", customer_id=ours.customer_id, limit=1) == ["A-2"]
    assert numbers(is_late="true") == []
    clock.freeze(clock.now() + timedelta(hours=3))
    assert numbers(is_late="true") == ["A-1"]
    assert numbers(is_late="false") == ["A-2"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        pytest.param("advance", {"to": "reception"}, 409, "step_back", id="where it is"),
        pytest.param("advance", {"to": "lunch"}, 422, "invalid_fields", id="a step that is none"),
        pytest.param(
            "advance", {"to": "ready", "at": "2999-01-01T00:00:00Z"}, 400, "in_the_future", id="to come"
        ),
        pytest.param(
            "promise", {"promised_at": "2020-01-01T00:00:00Z"}, 422, "invalid_fields", id="before it came"
        ),
        pytest.param("hand-over", {"department": "kitchen"}, 400, "unknown_department", id="no department"),
        pytest.param("urgent", {"note": "x" * 401}, 422, "invalid_fields", id="a long note"),
    ],
)
def test_what_makes_no_sense_is_said(
    desk: Program, order: dict[str, Any], path: str, body: dict[str, Any], status: int, code: str
) -> None:
    answer = desk.post(f"/work-orders/{order['id']}/{path}", body)

    assert (answer.status_code, answer.json and answer.json["code"]) == (status, code)
    assert len(sent(desk.get(f"/work-orders/{order['id']}"))["history"]) == len(order["history"])


def test_another_company_s_things_cannot_be_named(
    desk: Program, order: dict[str, Any], theirs: Company
) -> None:
    whose = {"customer_id": theirs.customer_id}
    assert "customer_id" in said(desk.post("/work-orders", {"number": "A-9", **whose}))
    assert "customer_id" in said(desk.post("/vehicles", {"plate": "B-9", **whose}))
    assert "customer_id" in said(desk.post("/customer-files", {"intake": "visit", **whose}))
    assert "vehicle_id" in said(desk.ask("PATCH", f"/work-orders/{order['id']}", json={"vehicle_id": 999}))


def test_a_vehicle_is_entered_changed_and_found(desk: Program, ours: Company) -> None:
    whose = {"customer_id": ours.customer_id}
    made = sent(desk.post("/vehicles", {**whose, "plate": "沪A12345", "next_service_on": "2026-12-31"}), 201)
    path = f"/vehicles/{made['id']}"
    changed = sent(desk.ask("PATCH", path, json={"service_every_months": 6, "next_service_on": None}))

    assert (changed["service_every_months"], changed["next_service_on"]) == (6, None)
    assert sent(desk.get(path)) == changed
    assert sent(desk.get("/vehicles", plate="沪A12345"))["data"] == [changed]
    assert said(desk.post("/vehicles", whose)) == {"plate": "enter a plate, a serial number or a model"}
    assert said(desk.ask("PATCH", path, json={"plate": ""})).keys() == {"plate"}
    assert said(desk.ask("PATCH", path, json={"sold_on": "yesterday"})).keys() == {"sold_on"}
    assert desk.get("/vehicles/9223372036854775807").status_code == 404


def test_a_file_is_opened_and_completed_once(desk: Program, ours: Company) -> None:
    made = sent(desk.post("/customer-files", {"customer_id": ours.customer_id, "intake": "visit"}), 201)
    path = f"/customer-files/{made['id']}"
    assert said(desk.post(f"{path}/complete", {"next_topic": ""})).keys() == {"next_topic", "next_contact_at"}
    body = {"next_topic": "winter tyres", "next_contact_at": soon(500), "wished_services": "pick-up"}
    done = sent(desk.post(f"{path}/complete", body))

    assert (done["state"], done["is_late"], done["next_topic"]) == ("complete", False, "winter tyres")
    assert desk.post(f"{path}/complete", body).status_code == 409
    assert sent(desk.get(path)) == done
    assert sent(desk.get("/customer-files", state="open"))["data"] == []


def test_only_after_sales_changes_jobs(with_role: Callable[[str], Program], order: dict[str, Any]) -> None:
    for role in ("marketing", "auditor", "administrator"):
        assert with_role(role).post(f"/work-orders/{order['id']}/advance", {"to": "ready"}).status_code == 403
