"""Where callers go, as programs and the terminal are told."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask

from core import clock
from flows import publish
from flows.language.lint import Rules
from ivr.models import Call, CallStep
from tests.api import Program, said
from tests.console.world import NOW, Company
from tests.core.api.conftest import app, built, companies, crm, ours, theirs

__all__ = ["app", "built", "companies", "crm", "ours", "theirs"]
HASH = publish.loaded(publish.library("hotline")).hash
MAIN = {
    "node": "main", "kind": "menu", "entries": 1, "answers": {}, "no_input": 0, "no_match": 0, "zero": 0, "hang_ups": 1, "wait_s": 0.0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def called(app: Flask, ours: Company) -> None:
    """Somebody came as far as the main menu and hung up."""
    mine = {"tenant_id": ours.tenant_id, "carrier_id": "CA1"}
    at = clock.now() - timedelta(hours=1)
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        publish.publish(session, ours.tenant_id, publish.library("hotline"), Rules(), NOW)
        session.add(
            Call(**mine, direction="in", caller="+1", called="+1", flow=HASH, started_at=at, reason="hung_up")
        )
        session.add(CallStep(**mine, turn=0, position=0, node="main", kind="menu", at=at))


def test_a_program_is_told(crm: Program) -> None:
    found = crm.get("/flows/hotline/funnel").json

    assert found is not None
    assert (found["flow"], found["version"], found["calls"], found["is_all"]) == ("hotline", HASH, 1, True)
    assert found["nodes"] == [MAIN]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        pytest.param("/flows/nobody/funnel", {}, 404, id="no such flow"),
        pytest.param("/flows/survey/funnel", {"version": HASH}, 404, id="another flow's version"),
        pytest.param("/flows/hotline/funnel", {"version": "x" * 17}, 422, id="no version"),
        pytest.param("/flows/hotline/funnel", {"since": "yesterday"}, 422, id="no instant"),
        pytest.param(
            "/flows/hotline/funnel", {"since": "2026-01-01T00:00:00"}, 422, id="an instant without a zone"
        ),
        pytest.param(
            "/flows/hotline/funnel",
            {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
            422,
            id="backwards",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(crm: Program, path: str, query: dict[str, str], status: int) -> None:
    answer = crm.get(path, **query)

    assert answer.status_code == status, answer.text
    assert status != 422 or said(answer)


def test_the_terminal_tells_the_same(app: Flask, ours: Company) -> None:
    run = app.test_cli_runner().invoke

    printed = run(args=["ivr", "funnel", "hotline", "--tenant", ours.slug, "--json"])
    read = run(args=["ivr", "funnel", "hotline", "--tenant", ours.slug])

    assert json.loads(printed.stdout)["nodes"] == [MAIN]
    assert read.stdout.splitlines() == ["main (menu)  1  hung up: 1", f"1 calls of hotline {HASH}"]
    assert run(args=["ivr", "funnel", "nobody", "--tenant", ours.slug]).exit_code == 1
