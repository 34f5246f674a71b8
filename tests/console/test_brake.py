"""Stop everything: who may, that it asks again, and that every page says so."""

from __future__ import annotations

import pytest
from flask import Flask

from core import holds
from tests.console.browser import token_of
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


@pytest.mark.parametrize("why", ["", "  "])
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
