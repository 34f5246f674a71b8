"""Work orders opened and vehicles edited at the desk: what is kept, and what a mistake is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from aftersales.models import WorkOrder
from core.db import ALL_TENANTS
from customers.models import Vehicle
from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.console.world import Company

ORDER = {
    "number": "A-77", "kind": "brakes", "wish": "Travels on Friday", "odometer_km": "48210", "promised_at": "2026-11-25T17:00",
    "item_1": "Brake pads, front", "price_1": "860.00", "item_2": "检查", "currency": "cny",
}  # fmt: skip
VEHICLE = {
    "plate": "沪A·7X123", "model": "Ranger", "kind": "van", "serial": "WF0-1", "service_every_months": "12",
    "next_service_on": "2027-03-01", "sold_on": "2024-03-01", "warranty_until": "",
}  # fmt: skip


@dataclass
class Desk:
    """What is kept of our first customer, and of the other company's."""

    app: Flask
    ours: Company
    theirs: Company

    @property
    def path(self) -> str:
        return f"/customers/{self.ours.customer_id}"

    def rows(self, model: type[Any]) -> list[Any]:
        with self.app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
            return list(session.scalars(select(model).order_by(model.id)))

    def vehicle_of(self, company: Company) -> int:
        return next(one.id for one in self.rows(Vehicle) if one.customer_id == company.customer_id)


@pytest.fixture
def desk(app: Flask, ours: Company, theirs: Company) -> Desk:
    return Desk(app, ours, theirs)


@pytest.fixture
def agent(signed_in: SignIn) -> FlaskClient:
    return signed_in("after_sales")


def test_a_job_is_opened_with_all_that_was_filled_in(agent: FlaskClient, desk: Desk) -> None:
    vehicle_id = desk.vehicle_of(desk.ours)
    assert "沪A·8K016" in agent.get(f"{desk.path}/work-order").text

    answer = send(agent, f"{desk.path}/work-order", {**ORDER, "vehicle_id": vehicle_id})

    [order] = desk.rows(WorkOrder)
    assert (answer.status_code, answer.location) == (303, f"/work-orders/{order.id}")
    assert (order.number, order.customer_id, order.vehicle_id) == ("A-77", desk.ours.customer_id, vehicle_id)
    assert (order.kind, order.wish, order.odometer_km) == ("brakes", "Travels on Friday", 48210)
    assert order.items == [
        {"text": "Brake pads, front", "price_cents": 86_000},
        {"text": "检查", "price_cents": 0},
    ]
    assert (order.currency, order.state, order.origin) == ("CNY", "reception", "staff")
    assert order.promised_at.isoformat() == "2026-11-25T09:00:00+00:00", "17:00 in Shanghai"


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        pytest.param({"number": ""}, "number", "This field is missing", id="no number"),
        pytest.param({"number": "x" * 41}, "number", "at most 40", id="a long number"),
        pytest.param({"number": "A\x071"}, "number", "at most 40 characters", id="a bell in the number"),
        pytest.param({"vehicle_id": "999999"}, "vehicle_id", "Choose a vehicle", id="no such vehicle"),
        pytest.param({"vehicle_id": "nonsense"}, "vehicle_id", "whole number", id="a vehicle that is no number"),
        pytest.param({"vehicle_id": "9" * 40}, "vehicle_id", "", id="a number without end"),
        pytest.param({"odometer_km": "-1"}, "odometer_km", "0 or more", id="below nothing"),
        pytest.param({"odometer_km": "12k"}, "odometer_km", "whole number", id="no number of kilometres"),
        pytest.param({"promised_at": "tomorrow"}, "promised_at", "Enter a day and a time", id="no time"),
        pytest.param({"promised_at": "2020-01-01T10:00"}, "promised_at", "after the job was taken in", id="promised before it came"),
        pytest.param({"price_1": "ten"}, "item_1", "such as 99.50", id="no price"),
        pytest.param({"price_1": "1e400"}, "item_1", "such as 99.50", id="a price without end"),
        pytest.param({"price_1": "-5"}, "item_1", "such as 99.50", id="a price below nothing"),
        pytest.param({"item_2": "", "price_2": "5"}, "item_2", "what is done", id="a price for nothing"),
        pytest.param({"currency": "yuan"}, "currency", "such as USD or CNY", id="no currency"),
        pytest.param({"wish": "x" * 1001}, "wish", "1000", id="a wish too long"),
        pytest.param({"wish": "a\0b"}, "wish", "Remove the NUL character", id="NUL"),
        pytest.param({"kind": "a\u202eb"}, "kind", "Remove the invisible character", id="text turned round"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_job_stands_at_its_field_and_none_is_opened(
    agent: FlaskClient, desk: Desk, changed: dict[str, str], field: str, said: str
) -> None:
    page = send(agent, f"{desk.path}/work-order", {**ORDER, **changed})

    assert page.status_code in (400, 409, 422)
    assert f'id="fe-{field}"' in page.text
    assert said in words(page.text)
    assert 'value="brakes"' in page.text or field == "kind", "what was filled in stays"
    assert desk.rows(WorkOrder) == []


def test_a_number_is_given_once(agent: FlaskClient, desk: Desk) -> None:
    send(agent, f"{desk.path}/work-order", ORDER)
    again = send(agent, f"{desk.path}/work-order", {**ORDER, "kind": "other"})

    assert (again.status_code, 'id="fe-number"' in again.text) == (409, True)
    assert [order.kind for order in desk.rows(WorkOrder)] == ["brakes"]


def test_a_vehicle_is_entered_and_changed(agent: FlaskClient, desk: Desk) -> None:
    assert send(agent, f"{desk.path}/vehicle", VEHICLE).status_code == 303
    made = desk.rows(Vehicle)[-1]
    assert (made.plate, made.service_every_months, made.next_service_on) == (
        "沪A·7X123",
        12,
        date(2027, 3, 1),
    )

    page = agent.get(f"/vehicles/{made.id}").text
    assert all(f'value="{value}"' in page for value in VEHICLE.values())
    changed = {**VEHICLE, "plate": "沪A·7X124", "sold_on": "", "service_every_months": ""}
    assert send(agent, f"/vehicles/{made.id}", changed).location == desk.path
    kept = desk.rows(Vehicle)[-1]
    assert (kept.plate, kept.sold_on, kept.service_every_months) == ("沪A·7X124", None, 0)
    assert f'href="/vehicles/{made.id}"' in agent.get(desk.path).text


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        pytest.param({"plate": "", "serial": "", "model": ""}, "plate", "Enter a plate", id="nothing to know it by"),
        pytest.param({"plate": "x" * 21}, "plate", "20", id="a long plate"),
        pytest.param({"serial": "a\0"}, "serial", "Remove the NUL character", id="NUL"),
        pytest.param({"service_every_months": "241"}, "service_every_months", "240", id="once in a life"),
        pytest.param({"service_every_months": "yearly"}, "service_every_months", "whole number", id="no number"),
        pytest.param({"next_service_on": "soon"}, "next_service_on", "2026-12-31", id="no day"),
        pytest.param({"next_service_on": "2026-02-30"}, "next_service_on", "2026-12-31", id="a day that is not"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_vehicle_stands_at_its_field_and_nothing_changes(
    agent: FlaskClient, desk: Desk, changed: dict[str, str], field: str, said: str
) -> None:
    before = [(one.id, one.plate) for one in desk.rows(Vehicle)]

    for path in (f"{desk.path}/vehicle", f"/vehicles/{desk.vehicle_of(desk.ours)}"):
        page = send(agent, path, {**VEHICLE, **changed})
        assert page.status_code == 422
        assert f'id="fe-{field}"' in page.text
        assert said in words(page.text)
    assert [(one.id, one.plate) for one in desk.rows(Vehicle)] == before


def test_vehicles_and_customers_of_another_company_are_not_there(agent: FlaskClient, desk: Desk) -> None:
    theirs, stranger = desk.vehicle_of(desk.theirs), f"/customers/{desk.theirs.customer_id}"

    for path in (f"/vehicles/{theirs}", f"{stranger}/vehicle", f"{stranger}/work-order"):
        assert agent.get(path).status_code == 404
        assert send(agent, path, {**VEHICLE, **ORDER}).status_code == 404
    refused = send(agent, f"{desk.path}/work-order", {**ORDER, "vehicle_id": theirs})
    assert 'id="fe-vehicle_id"' in refused.text
