"""Events on screen, by command and by API."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from aftersales.models import Event
from core.api import keys
from core.db import ALL_TENANTS
from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.console.world import NOW, Company

FORM = {"name": "Open day", "kind": "social", "held_on": "2026-12-20", "hours": "10:00", "address": "1 Quay Road", "content_en": "Free check"}  # fmt: skip


@pytest.fixture
def marketing(signed_in: SignIn) -> FlaskClient:
    return signed_in("marketing")


def found(app: Flask) -> list[Event]:
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        return list(session.scalars(select(Event).order_by(Event.id)))


def test_an_event_is_entered_shown_and_changed(app: Flask, marketing: FlaskClient) -> None:
    assert "No events yet" in marketing.get("/events").text
    assert send(marketing, "/events/new", {**FORM, "address": ""}).location == "/events"

    [event] = found(app)
    assert (event.held_on, event.ends_on, event.content) == (
        date(2026, 12, 20),
        date(2026, 12, 20),
        {"en": "Free check"},
    )
    listed = words(marketing.get("/events").text)
    assert "Not complete" in listed
    assert "Dec 6, 2026" in listed, "calls end two weeks ahead"

    path = f"/events/{event.id}"
    assert (
        send(marketing, path, {**FORM, "content_zh": "免费检测", "ends_on": "2026-12-22"}).location
        == "/events"
    )
    assert "Not complete" not in marketing.get("/events").text
    assert "免费检测" in marketing.get(path).text
    assert f'href="{path}"' in marketing.get("/calendar?month=2026-12").text


@pytest.mark.parametrize(
    ("form", "told"),
    [
        pytest.param({"name": " "}, "Enter what the event is called", id="no name"),
        pytest.param({"held_on": "soon"}, "Enter the day of the event", id="no day"),
        pytest.param(
            {"ends_on": "2026-12-19"}, "Enter a last day that is not before the first", id="backwards"
        ),
        pytest.param({"held_on": "0001-01-01"}, "Enter a day within the last year", id="in antiquity"),
        pytest.param({"held_on": "9999-12-31"}, "Enter a day within the last year", id="at the end of days"),
        pytest.param({"kind": "party"}, "Choose what kind of event it is:", id="no kind"),
        pytest.param({"content_en": "x" * 2001}, "Shorten this to", id="too long"),
        pytest.param({"name": "a\x00b"}, "Remove the NUL character", id="no text"),
        pytest.param({"name": "a\u202eb"}, "Remove the invisible character", id="a name turned round"),
        pytest.param({"hours": "10\x07"}, "Remove the line break or control character", id="a bell"),
        pytest.param({"address": "a\nb"}, "Remove the line break or control character", id="two lines"),
    ],
)
def test_a_mistake_is_told_and_nothing_entered(
    app: Flask, marketing: FlaskClient, form: dict[str, str], told: str
) -> None:
    answer = send(marketing, "/events/new", {**FORM, **form})

    assert answer.status_code in (400, 422)
    assert told in words(answer.text)
    assert found(app) == []


def test_events_of_another_company_are_not_found(app: Flask, theirs: Company, marketing: FlaskClient) -> None:
    with app.extensions["carillon"].database.session(theirs.tenant_id) as session:
        session.add(
            Event(
                tenant_id=theirs.tenant_id, name="Theirs", kind="social", held_on=NOW.date(), ends_on=NOW.date(),
                address="x", created_by="x", created_at=NOW,
            )
        )  # fmt: skip
    [event] = found(app)

    assert marketing.get(f"/events/{event.id}").status_code == 404
    assert send(marketing, f"/events/{event.id}", FORM).status_code == 404
    assert "Theirs" not in marketing.get("/events").text


def test_who_only_reads_changes_nothing(app: Flask, marketing: FlaskClient, signed_in: SignIn) -> None:
    send(marketing, "/events/new", FORM)
    auditor = signed_in("auditor")

    assert (
        'type="date" class="short" value="2026-12-20" disabled'
        in auditor.get(f"/events/{found(app)[0].id}").text
    )
    assert "/events/new" not in auditor.get("/events").text


def test_programs_and_commands_enter_events(app: Flask, ours: Company) -> None:
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        tokens = {
            role: keys.add(session, ours.tenant_id, role, role, "x")[1] for role in ("marketing", "auditor")
        }
    client = app.test_client()
    heads = {role: {"Authorization": f"Bearer {token}"} for role, token in tokens.items()}
    body = {"name": "Open day", "kind": "social", "held_on": "2026-12-20", "content": {"zh": "免费检测"}}

    assert client.post("/api/v1/events", json=body, headers=heads["auditor"]).status_code == 403
    made = client.post("/api/v1/events", json=body, headers=heads["marketing"])
    assert (made.status_code, made.get_json()["ends_on"]) == (201, "2026-12-20")
    assert (
        client.post("/api/v1/events", json={**body, "kind": "x"}, headers=heads["marketing"]).status_code
        == 422
    )
    assert (
        client.post(
            "/api/v1/events", json={**body, "ends_on": "2020-01-01"}, headers=heads["marketing"]
        ).status_code
        == 422
    )
    path = f"/api/v1/events/{made.get_json()['id']}"
    changed = client.put(path, json={**body, "address": "1 Quay Road"}, headers=heads["marketing"])
    assert changed.get_json()["address"] == "1 Quay Road"
    assert client.get(path, headers=heads["auditor"]).get_json() == changed.get_json()
    assert len(client.get("/api/v1/events", headers=heads["auditor"]).get_json()["data"]) == 1

    def run(*arguments: str) -> tuple[int, str]:
        done = app.test_cli_runner().invoke(args=["aftersales", "events", *arguments, "--tenant", "north"])
        return done.exit_code, done.output

    assert run("enter", "Sale", "--kind", "discount", "--on", "2026-12-24", "--en", "Half price") == (
        0,
        "Event 2 is entered.\n",
    )
    assert run("enter", "Sale", "--kind", "discount", "--on", "2026-12-24", "--until", "2026-12-23")[0] == 1
    assert run("list") == (0, "2  2026-12-24  Sale  lacks address\n1  2026-12-20  Open day\n")
