"""Deliveries and attempts, as programs see them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from outbound.models import Attempt, Delivery, Receipt
from tests.api import Program, said
from tests.console.world import NOW, Company, address
from tests.core.api.conftest import app, built, companies, crm, ours, theirs, with_role

__all__ = ["app", "built", "companies", "crm", "ours", "theirs", "with_role"]


def test_deliveries_are_narrowed_and_paged(crm: Program, ours: Company) -> None:
    campaign = crm.get(f"/campaigns/{ours.running_id}").json
    assert campaign is not None
    source = campaign["waves"][0]["source_id"]

    first = crm.get("/deliveries", source_id=source, limit=4).json
    assert first is not None
    rest = crm.get("/deliveries", source_id=source, cursor=first["next"]).json
    held = crm.get("/deliveries", source_id=source, state="held").json
    mine = crm.get("/deliveries", customer_id=ours.customer_id).json

    assert rest is not None
    assert len(first["data"] + rest["data"]) == 6
    assert held is not None
    assert [(row["state"], row["reason"]) for row in held["data"]] == [("held", "quiet_hours")]
    assert mine is not None
    assert {row["address"] for row in mine["data"]} == {address(1, 0)}
    assert crm.get(f"/deliveries/{held['data'][0]['id']}").json == held["data"][0]


def test_an_attempt_tells_what_the_carrier_said(app: Flask, crm: Program, ours: Company) -> None:
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        attempt = session.scalars(select(Attempt).order_by(Attempt.id)).first()
        assert attempt is not None
        session.add(
            Receipt(
                tenant_id=ours.tenant_id,
                attempt_id=attempt.id,
                carrier_id="CA1",
                status="completed",
                at=NOW,
            )
        )

    found = crm.get(f"/attempts/{attempt.id}").json
    listed = crm.get("/attempts", delivery_id=attempt.delivery_id).json

    assert found is not None
    assert [receipt["status"] for receipt in found.pop("receipts")] == ["completed"]
    assert listed is not None
    assert listed["data"] == [found]
    assert "token" not in found


def test_numbers_are_masked_for_a_role_that_may_not_read_them(with_role: Callable[[str], Program]) -> None:
    for path in ("/deliveries", "/attempts"):
        whole, masked = (
            with_role(role).get(path, limit=1).json["data"][0]["address"]  # type: ignore[index]
            for role in ("auditor", "administrator")
        )
        assert (whole[:3], masked) == ("+86", f"+86 •••• {whole[-4:]}")


def test_what_another_company_sends_is_not_there(app: Flask, crm: Program, theirs: Company) -> None:
    with app.extensions["carillon"].database.reading(theirs.tenant_id) as session:
        delivery, attempt = (
            session.scalars(select(Delivery.id)).first(),
            session.scalars(select(Attempt.id)).first(),
        )

    assert crm.get(f"/deliveries/{delivery}").status_code == 404
    assert crm.get(f"/attempts/{attempt}").status_code == 404
    assert crm.get("/attempts", delivery_id=delivery).json == {"data": [], "next": None}


@pytest.mark.parametrize("value", ["-1", "0", "9" * 30, "x", "1;DROP"])
def test_a_number_that_is_none_is_named(crm: Program, value: str) -> None:
    assert said(crm.get("/deliveries", source_id=value)).keys() == {"source_id"}
