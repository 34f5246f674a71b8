"""Stop everything: who may, that it asks again, and that every page says so."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from flask import Flask

from core import holds
from tests.console.browser import HTMX, send, token_of, words
from tests.console.conftest import SignIn
from tests.console.world import Company


def is_held(app: Flask, company: Company) -> bool:
    with app.extensions["carillon"].database.reading(company.tenant_id) as session:
        return holds.is_held(session, company.tenant_id)


def test_a_supervisor_stops_everything_and_lets_it_go_on(
    app: Flask, signed_in: SignIn, ours: Company, theirs: Company
) -> None:
    client, other = signed_in("supervisor"), signed_in("after_sales")
    assert "Stop everything?" in client.get("/sending/stop").text
    assert not is_held(app, ours), "asking changes nothing"

    token = token_of(client, "/sending/stop")
    assert client.post("/sending/stop", data={"csrf_token": token, "why": "wrong list"}).status_code == 303

    assert (is_held(app, ours), is_held(app, theirs)) == (True, False)
    for browser in (client, other):
        page = browser.get("/customers").text
        assert "Everything is stopped" in page
        assert "wrong list" in page
        assert ("/sending/go" in page) == (browser is client)

    client.post("/sending/go", data={"csrf_token": token, "why": "mended"})
    assert not is_held(app, ours)
    assert "Everything is stopped" not in other.get("/customers").text


@pytest.mark.parametrize(
    ("why", "shown"),
    [
        pytest.param("wrong\0 list", "wrong list", id="NUL"),
        pytest.param("wrong \ud83d list", "wrong", id="half a character"),
        pytest.param("x" * 5_000, "x" * 200, id="endless"),
        pytest.param("<script>alert(1)</script>", "&lt;script&gt;", id="markup"),
    ],
)
def test_a_brake_brakes_whatever_the_reason_holds(
    app: Flask, signed_in: SignIn, ours: Company, why: str, shown: str
) -> None:
    client = signed_in("supervisor")
    form = urlencode({"csrf_token": token_of(client, "/sending/stop"), "why": why}, errors="surrogatepass")

    answer = client.post("/sending/stop", data=form, content_type="application/x-www-form-urlencoded")

    assert (answer.status_code, is_held(app, ours)) == (303, True)
    assert shown in client.get("/customers").text


@pytest.mark.parametrize("path", ["/campaigns/{id}", "/campaigns", "/today"])
@pytest.mark.parametrize(
    ("language", "badge", "running"),
    [
        pytest.param("en", "All sending is stopped", "Sending", id="English"),
        pytest.param("zh", "已全部停发", "发送中", id="Chinese"),
    ],
)
def test_a_campaign_that_the_brake_holds_is_not_shown_as_sending(
    app: Flask, signed_in: SignIn, ours: Company, path: str, language: str, badge: str, running: str
) -> None:
    client = signed_in("supervisor")
    send(client, "/preferences", {"language": language, "next": "/calls"})
    page = path.format(id=ours.running_id)
    assert running in words(client.get(page).text)

    send(client, "/sending/stop", {"why": "wrong list"})

    shown = words(client.get(page, headers=HTMX).text)
    assert badge in shown
    assert running not in shown

    send(client, "/sending/go", {"why": "mended"})
    assert badge not in words(client.get(page).text)


def test_the_page_says_who_stopped_it_and_promises_no_finish(
    app: Flask, signed_in: SignIn, ours: Company
) -> None:
    client = signed_in("supervisor")
    send(client, "/sending/stop", {"why": "wrong list"})

    shown = words(client.get(f"/campaigns/{ours.running_id}").text)

    assert f"Stopped by {ours.email('supervisor')} since 14:30. Nothing leaves until that is lifted." in shown
    assert "Done at about" not in shown
    assert "a minute" not in shown


def test_resuming_under_the_brake_does_not_claim_to_send(
    app: Flask, signed_in: SignIn, ours: Company
) -> None:
    client = signed_in("supervisor")
    send(client, "/sending/stop", {"why": "wrong list"})
    send(client, f"/campaigns/{ours.running_id}/pause")

    said = words(send(client, f"/campaigns/{ours.running_id}/resume", headers=HTMX).text)

    assert "Sending again" not in said
    assert "Nothing leaves until that is lifted" in said


@pytest.mark.parametrize("why", ["", "  ", "\0"])
def test_without_a_reason_nothing_is_stopped(app: Flask, signed_in: SignIn, ours: Company, why: str) -> None:
    client = signed_in("supervisor")
    token = token_of(client, "/sending/stop")

    answer = client.post("/sending/stop", data={"csrf_token": token, "why": why})

    assert (answer.status_code, is_held(app, ours)) == (422, False)
    assert "Enter a reason" in answer.text


@pytest.mark.parametrize("role", ["marketing", "after_sales", "auditor"])
def test_others_may_not(app: Flask, signed_in: SignIn, ours: Company, role: str) -> None:
    client = signed_in(role)
    assert client.get("/sending/stop").status_code == 403
    assert "Stop everything" not in client.get("/today").text
    assert not is_held(app, ours)
