"""Appointments on screen: a week of slots, booked for a customer, moved, cancelled, marked; what a mistake is told."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from aftersales.models import Appointment, FollowUp, Slot
from core import clock
from core.db import ALL_TENANTS
from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.console.world import Company

# the clocks stand at 14:30 on Monday, 23 November 2026, in Shanghai
PATTERN = {
    "resource": "Bay 1", "first_on": "2026-11-23", "last_on": "2026-11-24", "opens": "14:00", "closes": "17:00", "minutes": "60",
    "places": "1", "weekday": ["0", "1", "2", "3", "4"],
}  # fmt: skip


@pytest.fixture
def agent(signed_in: SignIn) -> FlaskClient:
    made = signed_in("after_sales")
    answer = send(made, "/slots/open", PATTERN)
    assert answer.headers["Location"] == "/appointments?resource=Bay+1&from=2026-11-23"
    return made


def rows(app: Flask, model: Any) -> list[Any]:
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        return list(session.scalars(select(model).order_by(model.id)))


def slot(app: Flask, number: int) -> int:
    """The id of the slot, counted from 0 at 15:00 on Monday."""
    found: int = rows(app, Slot)[number].id
    return found


def booked(app: Flask, client: FlaskClient, ours: Company, number: int = 0, **more: str) -> int:
    data = {"slot": slot(app, number), "customer": ours.customer_id, "token": f"t{number}", **more}
    answer = send(client, "/appointments/book", data)
    assert answer.status_code == 303, words(answer.text)
    return int(answer.headers["Location"].rpartition("/")[2])


def test_a_week_shows_who_comes_and_what_is_free(app: Flask, agent: FlaskClient, ours: Company) -> None:
    booked(app, agent, ours, 0, kind="Oil change")
    said = words(agent.get("/appointments").text)

    assert "15:00 Chen Jie" in said
    assert "Booked" in said
    assert said.count("Free") == 4
    assert "No slots" in said
    assert "14:00" not in said.partition("Tue")[0].partition("Mon 2")[2], "what has begun is not opened"


def test_a_customer_is_searched_for_and_booked_once(app: Flask, agent: FlaskClient, ours: Company) -> None:
    at = slot(app, 1)
    found = agent.get(f"/appointments/book?slot={at}&q=Chen")
    assert f"/appointments/book?slot={at}&amp;customer={ours.customer_id}" in found.text
    form = agent.get(f"/appointments/book?slot={at}&customer={ours.customer_id}").text
    token = re.search(r'name="token" value="([^"]+)"', form)
    assert token

    data = {
        "slot": at,
        "customer": ours.customer_id,
        "token": token[1],
        "kind": "Oil change",
        "wish": "waits here",
    }
    first, second = (send(agent, "/appointments/book", data) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    (made,) = rows(app, Appointment)
    assert (made.state, made.kind, made.wish, made.created_by) == (
        "booked",
        "Oil change",
        "waits here",
        ours.email("after_sales"),
    )


def test_from_the_customer_s_page_one_chooses_a_time(app: Flask, agent: FlaskClient, ours: Company) -> None:
    assert f"/appointments?customer={ours.customer_id}" in agent.get(f"/customers/{ours.customer_id}").text
    week = agent.get(f"/appointments?customer={ours.customer_id}")
    assert "Choose a free time for Chen Jie." in words(week.text)
    assert f"/appointments/book?slot={slot(app, 0)}&amp;customer={ours.customer_id}" in week.text

    booked(app, agent, ours)
    assert "Mon, Nov 23, 2026 15:00" in words(agent.get(f"/customers/{ours.customer_id}").text)


def test_it_is_moved_confirmed_and_cancelled(app: Flask, agent: FlaskClient, ours: Company) -> None:
    first = booked(app, agent, ours)
    page = words(agent.get(f"/appointments/{first}").text)
    assert "Move to another time" in page
    assert "They did not come" not in page
    moved = send(agent, f"/appointments/{first}/move", {"slot": slot(app, 3), "reason": "travels"})
    second = int(moved.headers["Location"].rpartition("/")[2])

    assert "The time it was moved to" in words(agent.get(f"/appointments/{first}").text)
    assert "The time before it was moved" in words(agent.get(f"/appointments/{second}").text)
    send(agent, f"/appointments/{second}/confirm")
    assert "Confirmed" in words(agent.get(f"/appointments/{second}").text)
    send(agent, f"/appointments/{second}/cancel", {"reason": "sold it"})
    assert [one.state for one in rows(app, Appointment)] == ["moved", "cancelled"]
    assert "sold it" in words(agent.get(f"/appointments/{second}").text)


def test_who_came_is_marked_and_shown_today(app: Flask, agent: FlaskClient, ours: Company) -> None:
    mine = booked(app, agent, ours)
    today = words(agent.get("/today").text)
    assert "Who comes today" in today
    assert "15:00 Chen Jie" in today
    clock.advance(timedelta(hours=1))
    assert "They did not come" in words(agent.get(f"/appointments/{mine}").text)

    send(agent, f"/appointments/{mine}/kept")
    assert [one.state for one in rows(app, Appointment)] == ["kept"]


def test_what_nobody_marked_is_asked_for_the_next_day(
    app: Flask, agent: FlaskClient, signed_in: SignIn, ours: Company
) -> None:
    booked(app, agent, ours)
    clock.advance(timedelta(days=1))

    assert "1 to be marked" in words(signed_in("after_sales").get("/today").text)


def test_the_calendar_counts_them(app: Flask, agent: FlaskClient, ours: Company) -> None:
    booked(app, agent, ours)
    booked(app, agent, ours, 1)

    assert "2 appointments" in words(agent.get("/calendar").text)


def test_days_are_closed_and_whoever_had_a_place_is_moved(
    app: Flask, agent: FlaskClient, ours: Company
) -> None:
    booked(app, agent, ours)
    day = {"resource": "Bay 1", "first_on": "2026-11-23", "last_on": "2026-11-23"}
    refused = send(agent, "/slots/close", day)
    assert refused.status_code == 409
    assert "customers have a place there" in words(refused.text)

    assert send(agent, "/slots/close", {**day, "moves": "on"}).status_code == 303
    assert [one.state for one in rows(app, Appointment)] == ["moved", "booked"]
    assert [one.step for one in rows(app, FollowUp)] == ["appointment"]


@pytest.mark.parametrize(
    ("path", "data", "status", "said"),
    [
        pytest.param("/slots/open", {**PATTERN, "weekday": []}, 422, "Choose at least one day of the week", id="no day"),
        pytest.param("/slots/open", {**PATTERN, "weekday": ["x"]}, 422, "Choose at least one day of the week", id="a word for a day"),
        pytest.param("/slots/open", {**PATTERN, "minutes": "often"}, 422, "from 5 to 720 minutes", id="a word for a number"),
        pytest.param("/slots/open", {**PATTERN, "last_on": "soon"}, 422, "Enter a day, such as", id="a word for a date"),
        pytest.param("/slots/open", {**PATTERN, "last_on": "9999-12-31"}, 422, "within two years", id="the end of time"),
        pytest.param("/slots/open", {**PATTERN, "opens": "25:00"}, 422, "13:30", id="an hour that is none"),
        pytest.param("/slots/open", {**PATTERN, "resource": "<b>" + "x" * 60}, 422, "in at most 60 characters", id="a long name"),
        pytest.param("/slots/open", {**PATTERN, "minutes": "30"}, 409, "has another slot around", id="two at once"),
        pytest.param("/slots/close", {"resource": "Bay 1", "first_on": "0001-01-01", "last_on": "0001-01-02"}, 422, "Enter a day such as 2026-12-24", id="the beginning"),
        pytest.param("/appointments/book", {"slot": 1}, 422, "Find the customer by name, number or plate", id="nobody"),
        pytest.param("/appointments/book", {"slot": 1, "customer": 2**70}, 422, "Find the customer by name, number or plate", id="a number no column takes"),
        pytest.param("/appointments/book", {"slot": 10**30, "customer": 1}, 404, "", id="no slot"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_beside_its_field(
    app: Flask, agent: FlaskClient, path: str, data: dict[str, Any], status: int, said: str
) -> None:
    if data.get("slot") == 1:
        data = {**data, "slot": slot(app, 0)}
    answer = send(agent, path, data)

    assert answer.status_code == status
    assert said in words(answer.text)
    assert rows(app, Appointment) == []
    assert len(rows(app, Slot)) == 5


def test_a_place_somebody_has_is_not_given_again(app: Flask, agent: FlaskClient, ours: Company) -> None:
    booked(app, agent, ours)
    data = {"slot": slot(app, 0), "customer": ours.customer_id, "token": "other"}
    answer = send(agent, "/appointments/book", data)

    assert answer.status_code == 409
    assert "This time is taken; choose another" in words(answer.text)


@pytest.mark.parametrize(
    "query",
    ["from=soon", "from=9999-12-31", "from=0001-01-01", "resource=%07", "customer=x", f"customer={2**70}"],
)
def test_an_odd_address_shows_this_week(agent: FlaskClient, query: str) -> None:
    answer = agent.get(f"/appointments?{query}")

    assert answer.status_code == 200
    assert "Nov 23, 2026" in words(answer.text)


def test_what_is_another_company_s_is_not_there(
    app: Flask, agent: FlaskClient, signed_in: SignIn, theirs: Company
) -> None:
    send(agent, "/appointments/book", {"slot": slot(app, 0), "customer": theirs.customer_id})
    assert rows(app, Appointment) == []
    assert words(signed_in("auditor").get("/appointments").text).count("Free") == 5
