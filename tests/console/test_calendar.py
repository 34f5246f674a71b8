"""The calendar: promises by day, campaigns by week, and how many people have both."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from aftersales.models import Event, FollowUp
from broadcast.models import Campaign
from core.db import ALL_TENANTS
from tests.console.browser import words
from tests.console.conftest import SignIn
from tests.console.test_care import TODAY, Desk, opened
from tests.console.world import NOW, Company


@pytest.fixture
def desk(app: Flask, ours: Company) -> Desk:
    """The desk of test_care.py, an event of three days, and a campaign under way that has its customer."""
    made = opened(app, ours)
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        session.add(
            Event(
                tenant_id=ours.tenant_id, name="Winter check", kind="free_service", held_on=TODAY,
                ends_on=TODAY + timedelta(days=2), address="1 Lake Road", created_by="ann", created_at=NOW,
            )
        )  # fmt: skip
        session.execute(update(Campaign).where(Campaign.id == ours.running_id).values(launched_at=NOW))
    return made


@pytest.fixture
def agent(signed_in: SignIn) -> FlaskClient:
    return signed_in("after_sales")


def test_a_month_shows_what_is_due_and_which_campaigns_meet_it(agent: FlaskClient, desk: Desk) -> None:
    page = agent.get("/calendar")
    said = words(page.text)

    assert "November 2026" in said
    assert said.count("1 call") == 3  # of the 20th, of today, of the week to come
    assert said.count("Winter check") == 3
    assert "1 case" in said
    assert "Autumn service reminder" in said
    assert "1 of these get an after-sales call this week" in said


def test_automated_calls_are_told_apart(app: Flask, agent: FlaskClient, desk: Desk) -> None:
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        session.execute(update(FollowUp).where(FollowUp.id == desk.today).values(means="call"))

    assert "1 call 1 automated" in words(agent.get("/calendar").text)


@pytest.mark.parametrize(
    ("query", "month", "calls"),
    [
        pytest.param("month=2026-12", "December 2026", 1, id="the month after, whose first week has one"),
        pytest.param("month=2026-02", "February 2026", 0, id="a month of four weeks"),
        pytest.param("whose=all", "November 2026", 3, id="everybody's"),
        pytest.param("month=2026", "January 2026", 0, id="a year is its January"),
        pytest.param("month=%07&whose=x", "November 2026", 3, id="nonsense"),
        pytest.param("month=2099-12", "December 2099", 0, id="the last month there is"),
    ],
)
def test_any_month_can_be_asked_for(
    agent: FlaskClient, desk: Desk, query: str, month: str, calls: int
) -> None:
    said = words(agent.get(f"/calendar?{query}").text)

    assert month in said
    assert said.count("1 call") == calls


def test_another_s_promises_are_not_mine_and_another_company_s_nobody_s(
    signed_in: SignIn, app: Flask, theirs: Company, desk: Desk
) -> None:
    opened(app, theirs)

    assert "1 call" not in words(signed_in("supervisor").get("/calendar?whose=mine").text)
    assert words(signed_in("supervisor").get("/calendar?whose=all").text).count("1 call") == 3
