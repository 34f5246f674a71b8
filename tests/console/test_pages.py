"""What pages show and what their buttons do."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from broadcast.models import Campaign
from core.db import ALL_TENANTS
from core.models import AuditEntry
from ivr.models import Voicemail
from tests.console.browser import HTMX, send, token_of, words
from tests.console.conftest import SignIn
from tests.console.world import Company, add_wave, address

HUGE = 2**63


@pytest.fixture
def supervisor(signed_in: SignIn) -> FlaskClient:
    return signed_in("supervisor")


def state_of(app: Flask, campaign_id: int) -> str:
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        return session.get_one(Campaign, campaign_id).state


def test_today_shows_what_runs_and_what_waits(supervisor: FlaskClient) -> None:
    said = words(supervisor.get("/today").text)

    assert "Autumn service reminder" in said
    assert "Recall letter" not in said
    assert "New messages 2" in said
    assert "Messages overdue 1" in said


def test_a_live_page_counts_everybody_once(supervisor: FlaskClient, ours: Company) -> None:
    said = words(supervisor.get(f"/campaigns/{ours.running_id}").text)

    for shown in (
        "50 %",
        "3 of 6 people",
        "Number not in service 1",
        "Outside contact hours 1",
        "Opted out of marketing 1",
        "Still open 3",
    ):
        assert shown in said


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        pytest.param(
            "en",
            (
                "Voice call → SMS",
                "1. Voice call 6 people 1 reached · 2 under way · 1 went on",
                "2. SMS 1 person 0 reached · 1 under way · next from",
                "3 of 6 people",
            ),
            id="English",
        ),
        pytest.param("zh", ("批次", "2. 短信 1 人", "进入后续批次 1 人"), id="Chinese"),
    ],
)
def test_each_wave_is_shown_as_a_step(
    app: Flask, supervisor: FlaskClient, ours: Company, language: str, shown: tuple[str, ...]
) -> None:
    add_wave(app, ours.running_id)

    send(supervisor, "/preferences", {"language": language, "next": "/calls"})
    said = words(supervisor.get(f"/campaigns/{ours.running_id}").text)

    for text in shown:
        assert text in said


def test_a_finished_campaign_shows_its_certificate_and_no_buttons(
    supervisor: FlaskClient, ours: Company
) -> None:
    page = supervisor.get(f"/campaigns/{ours.finished_id}").text
    certificate = supervisor.get(f"/campaigns/{ours.finished_id}/certificate.json")

    assert "Nobody was contacted twice" in page
    assert 'id="toggle"' not in page
    assert "hx-trigger" not in page
    assert certificate.json["targeted"] == 6
    assert certificate.json["contacted_twice"] == 0


def test_pausing_and_resuming_by_form_and_by_htmx(app: Flask, supervisor: FlaskClient, ours: Company) -> None:
    path = f"/campaigns/{ours.running_id}"

    by_form = send(supervisor, f"{path}/pause")
    assert (by_form.status_code, by_form.location) == (303, path)
    assert state_of(app, ours.running_id) == "paused"

    by_htmx = send(supervisor, f"{path}/resume", headers=HTMX)
    assert by_htmx.status_code == 200
    assert 'data-state="running"' in by_htmx.text
    assert "<html" not in by_htmx.text
    assert "Sending again." in by_htmx.text


@pytest.mark.parametrize("headers", [pytest.param({}, id="browser"), pytest.param(HTMX, id="htmx")])
def test_a_stale_button_is_answered_with_the_latest_state(
    app: Flask, supervisor: FlaskClient, ours: Company, headers: dict[str, str]
) -> None:
    answer = send(supervisor, f"/campaigns/{ours.finished_id}/pause", headers=headers)

    assert answer.status_code == 409
    assert "had already changed" in answer.text
    assert 'data-state="finished"' in answer.text
    assert state_of(app, ours.finished_id) == "finished"


def test_stopping_asks_first_and_stops_for_good(app: Flask, supervisor: FlaskClient, ours: Company) -> None:
    path = f"/campaigns/{ours.running_id}/cancel"

    asked = supervisor.get(path)
    assert "3 people" in words(asked.text)
    assert state_of(app, ours.running_id) == "running"

    send(supervisor, path)
    assert state_of(app, ours.running_id) == "cancelled"
    with app.extensions["carillon"].database.reading(ours.tenant_id) as session:
        noted = (
            session.query(AuditEntry).filter_by(action="cancel", about=f"campaign:{ours.running_id}").one()
        )
    assert noted.who == ours.email("supervisor")


def test_an_unchanged_poll_is_answered_without_a_body(supervisor: FlaskClient, ours: Company) -> None:
    first = supervisor.get(f"/campaigns/{ours.running_id}", headers=HTMX)
    again = supervisor.get(
        f"/campaigns/{ours.running_id}", headers={**HTMX, "HX-PTag": first.headers["HX-PTag"]}
    )
    send(supervisor, f"/campaigns/{ours.running_id}/pause")
    changed = supervisor.get(
        f"/campaigns/{ours.running_id}", headers={**HTMX, "HX-PTag": first.headers["HX-PTag"]}
    )

    assert (again.status_code, again.data) == (304, b"")
    assert changed.status_code == 200
    assert "HX-Request" in first.headers["Vary"]
    assert first.headers["Cache-Control"] == "no-store"


def test_a_call_is_shown_step_by_step(supervisor: FlaskClient, ours: Company) -> None:
    said = words(supervisor.get(f"/calls/{ours.call_id}").text)

    assert "维修请按 1" in said
    assert "box=repair" in said
    assert words(supervisor.get("/calls?direction=out").text).count("Chen Jie") == 0
    assert words(supervisor.get("/calls?direction=%27; DROP").text).count("Chen Jie") == 1


def test_numbers_are_masked_on_every_page(supervisor: FlaskClient, ours: Company) -> None:
    paths = (
        "/today",
        "/calls",
        f"/calls/{ours.call_id}",
        "/voicemail",
        "/customers",
        f"/customers/{ours.customer_id}",
    )
    for path in (*paths, f"/campaigns/{ours.running_id}"):
        page = supervisor.get(path).text
        assert address(1, 0) not in page, path
        assert "••••" in page, path


def test_a_message_is_closed_with_a_note(app: Flask, supervisor: FlaskClient, ours: Company) -> None:
    path = f"/voicemail/{ours.message_id}/done"

    empty = send(supervisor, path, {"note": "  "})
    too_long = send(supervisor, path, {"note": "x" * 401})
    done = send(supervisor, path, {"note": "Called back"})
    again = send(supervisor, path, {"note": "Me too"})

    assert (empty.status_code, too_long.status_code) == (422, 422)
    assert "Enter what was done" in empty.text
    assert "at most 400" in too_long.text
    assert done.location == "/voicemail"
    assert again.status_code == 409
    assert "Called back" in supervisor.get("/voicemail?state=done").text
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        assert session.get_one(Voicemail, ours.message_id).note == "Called back"


def test_a_recording_that_cannot_be_fetched_is_said_to_be_away(
    supervisor: FlaskClient, ours: Company
) -> None:
    assert supervisor.get(f"/voicemail/{ours.message_id}/audio").status_code == 503


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/nowhere", 404, id="no such page"),
        pytest.param("/campaigns/99999", 404, id="no such campaign"),
        pytest.param("/campaigns/-1", 404, id="no number"),
        pytest.param(f"/campaigns/{HUGE}", 404, id="a campaign beyond every database"),
        pytest.param(f"/customers/{HUGE}", 404, id="a customer beyond every database"),
        pytest.param(f"/calls/{HUGE}", 404, id="a call beyond every database"),
        pytest.param(f"/voicemail/{HUGE}/audio", 404, id="a message beyond every database"),
        pytest.param(f"/calls/recordings/{HUGE}/audio", 404, id="a recording beyond every database"),
        pytest.param(f"/calls?before={HUGE}", 200, id="before a call beyond every database"),
        pytest.param("/campaigns/1/pause", 405, id="a button's address typed in"),
        pytest.param("/import/1/cancel", 405, id="a button of an import typed in"),
        pytest.param(f"/import/{HUGE}", 404, id="an import beyond every database"),
        pytest.param("/customers?page=-5", 200, id="page before the first"),
        pytest.param("/customers?page=99999999999999999999", 200, id="page after the last"),
        pytest.param("/calls?before=x", 200, id="no id"),
    ],
)
def test_a_wrong_address_is_answered_with_a_page(supervisor: FlaskClient, path: str, status: int) -> None:
    answer = supervisor.get(path)

    assert answer.status_code == status
    assert answer.mimetype == "text/html"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/ivr/nothing", "/receipts/nothing"])
def test_programs_get_json(app: Flask, ours: Company, path: str) -> None:
    answer = app.test_client().get(path)

    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_while_the_database_is_away_a_page_says_so(app: Flask, supervisor: FlaskClient) -> None:
    runtime = app.extensions["carillon"]
    database = type(runtime.database)("sqlite:////nowhere/at/all.db")
    app.extensions["carillon"] = type(runtime)(runtime.config, database, {}, runtime.spool)

    answer = supervisor.get("/today")

    app.extensions["carillon"] = runtime
    assert answer.status_code == 503
    assert "The hotline goes on" in answer.text


def test_a_person_keeps_their_language_and_theme(app: Flask, supervisor: FlaskClient) -> None:
    send(supervisor, "/preferences", {"language": "zh", "next": "/calls"})
    send(supervisor, "/preferences", {"theme": "dark", "next": "//evil.example"})
    bad = send(supervisor, "/preferences", {"theme": "pink"})

    page = supervisor.get("/today").text
    assert '<html lang="zh-CN" data-theme="dark">' in page
    assert "进行中的活动" in page
    assert bad.status_code == 400


def test_a_browser_is_greeted_in_its_language(app: Flask, ours: Company) -> None:
    page = app.test_client().get("/sign-in", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).text

    assert "电子邮箱" in page


def test_a_form_larger_than_a_form_is_refused(supervisor: FlaskClient, ours: Company) -> None:
    token = token_of(supervisor)
    data = {"csrf_token": token, "note": "x" * 100_000}

    assert supervisor.post(f"/voicemail/{ours.message_id}/done", data=data).status_code == 413


def test_every_page_carries_the_strict_content_policy(supervisor: FlaskClient) -> None:
    page = supervisor.get("/today")

    assert page.headers["Content-Security-Policy"].startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'"
    )
    assert not re.search(r"<script(?![^>]*src=)|\son[a-z]+=|style=", page.text)
