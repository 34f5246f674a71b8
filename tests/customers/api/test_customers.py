"""Customers, their numbers, consents and touches, as programs see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import ALL_TENANTS
from core.models import AuditEntry
from customers.models import Customer, CustomerNumber
from tests.api import Program, said
from tests.console.world import Company, address

ZHAO: dict[str, Any] = {
    "name": " Zhao Lei ",
    "reference": "Z-1",
    "language": "中文",
    "zone": "asia/shanghai",
    "preferred_channel": "短信",
    "tags": ["fleet", "north"],
    "numbers": [{"address": "139 1111 0001"}, {"address": "021-62345678", "kind": "landline"}],
}


def test_a_customer_is_entered_found_and_changed(app: Flask, crm: Program, ours: Company) -> None:
    made = crm.post("/customers", ZHAO)
    assert made.status_code == 201, made.text
    path = made.headers["Location"].removeprefix("/api/v1")

    assert crm.get(path).json == made.json
    assert made.json is not None
    kept = {name: made.json[name] for name in ("name", "language", "zone", "preferred_channel", "tags")}
    assert kept == {
        "name": "Zhao Lei",
        "language": "zh",
        "zone": "Asia/Shanghai",
        "preferred_channel": "sms",
        "tags": ["fleet", "north"],
    }
    numbers = [(number["address"], number["kind"]) for number in made.json["numbers"]]
    assert numbers == [("+8613911110001", "mobile"), ("+862162345678", "landline")]

    changed = crm.ask("PATCH", path, json={"company": "Lakeside", "tags": None, "reference": ""}).json
    assert changed == {**made.json, "company": "Lakeside", "tags": [], "reference": None}
    with app.extensions["carillon"].database.reading(ours.tenant_id) as session:
        entries = session.execute(
            select(AuditEntry.who, AuditEntry.action).where(AuditEntry.about == f"customer:{made.json['id']}")
        ).all()
    assert [tuple(entry) for entry in entries] == [("api:crm", "create"), ("api:crm", "change")]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param({**ZHAO, "numbers": [{"address": address(1, 0)}]}, "number_known", id="a known number"),
        pytest.param({**ZHAO, "reference": "K-0001"}, "reference_taken", id="another's reference"),
    ],
)
def test_nobody_is_entered_twice(app: Flask, crm: Program, sent: object, code: str) -> None:
    refused = crm.post("/customers", sent)

    assert (refused.status_code, refused.json and refused.json["code"]) == (409, code)
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        assert session.scalar(select(Customer.id).where(Customer.name == "Zhao Lei")) is None


def test_numbers_are_added_and_removed(app: Flask, crm: Program, ours: Company) -> None:
    path = f"/customers/{ours.customer_id}/numbers"
    added = crm.post(path, {"address": "+8613911110001", "kind": "mobile"})
    assert added.json is not None

    again = crm.post(path, {"address": "13911110001", "kind": "mobile"})
    wrong = crm.post(path, {"address": "800-820-1234"})
    listed = crm.get(path).json
    gone = crm.ask("DELETE", f"{path}/{added.json['id']}")

    assert (added.status_code, added.json["position"]) == (201, 1)
    assert again.status_code == 409
    assert said(wrong).keys() == {"address"}
    assert listed is not None
    assert [number["address"] for number in listed["data"]] == [address(1, 0), "+8613911110001"]
    assert gone.status_code == 204
    assert crm.ask("DELETE", f"{path}/{added.json['id']}").status_code == 404


def test_consent_is_noted_and_taken_back(crm: Program, ours: Company) -> None:
    path = f"/customers/{ours.customer_id}/consents"
    given = {"purpose": "service", "level": "express", "channel": "sms", "proof": "contract 12"}

    crm.post(path, given)
    events = crm.post(path, {"purpose": "service", "level": "none", "proof": "letter"}).json

    assert events is not None
    assert [(e["purpose"], e["channel"], e["is_given"], e["source"]) for e in events["data"][:2]] == [
        ("service", "", False, "api:crm: letter"),
        ("service", "sms", True, "api:crm: contract 12"),
    ]
    assert crm.get(path).json == events


def test_touches_and_the_reason_why_not(crm: Program, ours: Company) -> None:
    touches = crm.get(f"/customers/{ours.customer_id}/touches").json
    path = f"/customers/{ours.customer_id}/why"
    by_day = crm.get(path, channel="sms", purpose="marketing", at="2026-11-23T12:00").json
    at_night = crm.get(path, channel="sms", purpose="marketing", at="2026-11-23T16:00:00Z").json
    no_fax = crm.get(path, channel="fax", purpose="marketing").json
    wrong = crm.get(path, channel="pigeon", at="yesterday")

    assert touches is not None
    assert [touch["source"] for touch in touches["data"]] == ["attempt:00"]
    assert by_day is not None
    assert (by_day["decision"], by_day["address"]) == ("allowed", address(1, 0))
    assert at_night is not None
    assert (at_night["decision"], at_night["rule"]) == ("held", "quiet_hours")
    assert at_night["until"] == "2026-11-24T00:00:00Z"
    assert no_fax is not None
    assert (no_fax["decision"], no_fax["address"]) == ("blocked", "")
    assert said(wrong).keys() == {"channel", "purpose", "at"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("chen", ["Chen Jie"], id="a name"),
        pytest.param("%", [], id="the wildcard for any text"),
        pytest.param("_hen", [], id="the wildcard for any letter"),
        pytest.param("\\", [], id="a backslash"),
        pytest.param("K-0001", ["王芳"], id="a reference"),
        pytest.param(address(1, 2)[-8:], ["Emma Clark"], id="digits of a number"),
        pytest.param("' OR '1'='1", [], id="SQL"),
    ],
)
def test_search_takes_text_as_text(crm: Program, text: str, names: list[str]) -> None:
    found = crm.get("/customers", q=text).json

    assert found is not None
    assert [row["name"] for row in found["data"]] == names


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"name": "Zhao\nLei"}, id="a name of two lines"),
        pytest.param({"company": "\x1b[31mLakeside"}, id="colours for a terminal"),
        pytest.param({"reference": "Z\t1"}, id="a tab"),
        pytest.param({"tags": ["north\u2028south"]}, id="another end of a line"),
    ],
)
def test_what_stands_on_one_line_is_kept_to_it(crm: Program, sent: dict[str, Any]) -> None:
    refused = crm.post("/customers", {**ZHAO, **sent})

    assert refused.status_code == 422
    assert "remove the line break or control character" in refused.text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("GET", "/customers/{}", None, id="read"),
        pytest.param("PATCH", "/customers/{}", {"name": "Mine"}, id="change"),
        pytest.param("GET", "/customers/{}/numbers", None, id="numbers"),
        pytest.param("POST", "/customers/{}/numbers", {"address": "13911110001"}, id="add a number"),
        pytest.param("DELETE", "/customers/{}/numbers/1", None, id="remove a number"),
        pytest.param("GET", "/customers/{}/consents", None, id="consents"),
        pytest.param(
            "POST",
            "/customers/{}/consents",
            {"purpose": "service", "level": "express", "proof": "x"},
            id="consent",
        ),
        pytest.param("GET", "/customers/{}/touches", None, id="touches"),
        pytest.param("GET", "/customers/{}/why?channel=sms&purpose=service", None, id="why"),
    ],
)
def test_a_customer_of_another_company_is_not_there(
    crm: Program, theirs: Company, method: str, path: str, body: object
) -> None:
    answer = crm.ask(method, path.format(theirs.customer_id), json=body)

    assert (answer.status_code, answer.json and answer.json["code"]) == (404, "no_customer")


def test_a_number_of_another_customer_is_not_removed(app: Flask, crm: Program, theirs: Company) -> None:
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        rows = session.execute(select(CustomerNumber.id, CustomerNumber.customer_id)).all()

    mine = rows[0].customer_id
    for number_id, customer_id in rows:
        if customer_id != mine:
            assert crm.ask("DELETE", f"/customers/{mine}/numbers/{number_id}").status_code == 404


def test_an_administrator_reads_no_customers(with_role: Callable[[str], Program]) -> None:
    assert with_role("administrator").get("/customers").status_code == 403
