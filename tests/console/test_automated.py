"""Automated calls and extra work on screen: what is shown of them, what a person can do, what a mistake is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from aftersales import automated, follow_ups, work_orders
from aftersales.models import CallRecord, ExtraWork, FollowUp, Outreach
from core.db import ALL_TENANTS
from core.models import Staff, Tenant
from flows.language.rules import Rules
from flows.publish import library, publish
from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.console.orders import add_orders
from tests.console.world import NOW, Company

TODAY = NOW.date()


@pytest.fixture
def agent(signed_in: SignIn) -> FlaskClient:
    return signed_in("after_sales")


def automated_call(app: Flask, company: Company, is_arranged: bool = True) -> int:
    """A first call a line makes, and with *is_arranged* is making; its id."""
    with app.extensions["carillon"].database.session(company.tenant_id) as session:
        tenant = session.get_one(Tenant, company.tenant_id)
        publish(session, tenant.id, library("survey"), Rules(), NOW)
        owner = session.scalars(select(Staff.id).where(Staff.email == company.email("after_sales"))).one()
        found = follow_ups.promise(
            session, tenant.id, "a", step="first", customer_id=company.customer_id, earliest_on=TODAY,
            due_on=TODAY + timedelta(days=4), means="call_then_person", owner_id=owner,
        )  # fmt: skip
        if is_arranged:
            assert automated.arrange(session, tenant, NOW) == 1
        session.add(
            CallRecord(
                tenant_id=tenant.id, call_id="CA1", direction="out", at=NOW, customer_id=company.customer_id, outcome="reached",
                answers={"satisfaction": "4", "on_time": "no"}, created_at=NOW,
            )
        )  # fmt: skip
        return found.id


@pytest.mark.parametrize(
    ("is_arranged", "said"),
    [
        pytest.param(False, "An automated call will be made from", id="to be made"),
        pytest.param(True, "An automated call is under way, tried 0 times so far", id="being made"),
    ],
)
def test_a_line_s_call_is_shown_and_can_be_taken_over(
    app: Flask, ours: Company, agent: FlaskClient, is_arranged: bool, said: str
) -> None:
    one = automated_call(app, ours, is_arranged)

    page = words(agent.get(f"/follow-ups/{one}").text)
    assert said in page
    assert "Finished on time: No" in page
    assert "By an automated call, then a person" in words(agent.get("/follow-ups?show=automated").text)
    assert "First call" not in words(agent.get("/follow-ups?show=due").text)
    assert "Automated calls today 1" in words(agent.get("/today").text)

    assert send(agent, f"/follow-ups/{one}/take").status_code == 303
    assert "Taken over by a colleague" in words(agent.get(f"/follow-ups/{one}").text)
    assert "Taken over by a colleague" in words(agent.get("/follow-ups?show=due").text)
    again = send(agent, f"/follow-ups/{one}/take")
    assert (again.status_code, "A person makes this call already, or it is over" in words(again.text)) == (
        409,
        True,
    )


def test_extra_work_is_asked_about_and_answered_on_its_page(
    app: Flask, ours: Company, agent: FlaskClient
) -> None:
    order_id, _ = add_orders(app, ours)
    wish = {
        "item": "Brake discs",
        "price": "1280.00",
        "currency": "cny",
        "answer_by": f"{NOW + timedelta(days=1):%Y-%m-%dT%H:%M}",
    }
    assert send(agent, f"/work-orders/{order_id}/extra", wish).status_code == 303

    page = words(agent.get(f"/work-orders/{order_id}").text)
    assert "Brake discs 1280.00 CNY Being asked" in page
    assert "Told and asked by our lines Extra work Not begun" in page

    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        extra_id = session.scalars(select(ExtraWork.id)).one()
    said = {"extra_id": extra_id, "answer": "agreed", "note": "at the desk, 10:05"}
    assert send(agent, f"/work-orders/{order_id}/answer", said).status_code == 303
    page = words(agent.get(f"/work-orders/{order_id}").text)
    assert "at the desk, 10:05" in page
    assert "Withdrawn" in page
    again = send(agent, f"/work-orders/{order_id}/answer", said)
    assert (again.status_code, "an answer counts once" in words(again.text)) == (409, True)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("price", "1.234", "Enter a price with at most two decimals"),
        ("price", "NaN", "Enter a price with at most two decimals"),
        ("price", "", "Enter a price with at most two decimals"),
        ("answer_by", "soon", "Enter a day and a time"),
        ("answer_by", "2020-01-01T10:00", "Enter a day and a time after now"),
        ("item", " ", "Say what is to be done, in at most"),
        ("currency", "yuan!", "Enter a currency, such as CNY"),
    ],
)
def test_a_mistake_is_told_and_nobody_is_asked(
    app: Flask, ours: Company, agent: FlaskClient, field: str, value: str, said: str
) -> None:
    order_id, _ = add_orders(app, ours)
    wish = {
        "item": "Discs",
        "price": "1",
        "currency": "CNY",
        "answer_by": f"{NOW + timedelta(days=1):%Y-%m-%dT%H:%M}",
    }
    refused = send(agent, f"/work-orders/{order_id}/extra", {**wish, field: value})

    assert refused.status_code in (400, 422)
    assert said in words(refused.text)
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        assert session.scalar(select(Outreach.id)) is None


def test_nobody_answers_for_another_company(
    app: Flask, ours: Company, theirs: Company, agent: FlaskClient
) -> None:
    order_id, _ = add_orders(app, theirs)
    assert send(agent, f"/work-orders/{order_id}/extra", {}).status_code == 404
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        assert work_orders.extra_of(session, order_id) == []
        assert session.scalar(select(FollowUp.id).where(FollowUp.step == "extra_work")) is None
