"""The queue, as programs are told, and what supervisors' programs decide."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from core import clock
from core.models import Staff, Tenant
from ivr.queue import agents, teams
from ivr.queue.models import QueueFigure, Team, Waiter
from tests.api import Program, program, said
from tests.console.world import Company
from tests.core.api.conftest import app, built, companies, crm, ours, theirs

__all__ = ["app", "built", "companies", "crm", "ours", "theirs"]
PHONE = "+14155550142"


@pytest.fixture
def agent_id(app: Flask, ours: Company) -> int:
    """An agent of the team service, and a caller who waits for it."""
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        tenant = session.get_one(Tenant, ours.tenant_id)
        team = teams.decide(session, tenant, "service", {}, "test")
        session.add(
            Staff(
                tenant_id=tenant.id, email="li@ours.example", name="Li", password="-",
                roles=["after_sales"], created_at=clock.now(),
            )  # nobody signs in
        )  # fmt: skip
        session.flush()
        agent = agents.enrol(session, tenant, "li@ours.example", PHONE, ("zh",), ("service",), "test")
        now = clock.now()
        times = {"placed_at": now, "entered_at": now, "leaves_at": now + timedelta(hours=1)}
        for kind, address in (("call", "+14155550151"), ("callback", "+14155550152")):
            about = {"kind": kind, "key": kind, "address": address, "called": PHONE, "state": "waiting"}
            session.add(Waiter(tenant_id=tenant.id, team_id=team.id, **about, **times))
        day = {"tenant_id": tenant.id, "team_id": team.id, "day": "2026-11-17", "name": "asa"}
        session.add(QueueFigure(**day, numerator=40, denominator=4))
        return agent.id


@pytest.fixture
def boss(app: Flask, ours: Company) -> Program:
    return program(app, ours.tenant_id, "supervisor", "boss")


def json_of(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.mark.usefixtures("agent_id")
def test_a_program_reads_teams_agents_and_who_waits(app: Flask, ours: Company, crm: Program) -> None:
    [team] = json_of(crm.get("/teams"))["data"]
    assert (team["name"], team["waiting"], team["callbacks"], team["agents"], team["standing_by"]) == (
        "service", 1, 1, 0, 0,
    )  # fmt: skip
    assert team["needed"] == 1
    assert team["figures"]["service_level"] == {"numerator": 0, "denominator": 0}
    [agent] = json_of(crm.get("/agents"))["data"]
    other = program(app, ours.tenant_id, "administrator", "other")
    assert (agent["state"], agent["teams"], agent["skills"]) == ("away", ["service"], ["zh"])
    assert PHONE not in other.get("/agents").text
    waiting = other.get("/waiters")
    assert [one["kind"] for one in json_of(waiting)["data"]] == ["call", "callback"]
    assert "+1415555015" not in waiting.text, "numbers are masked"
    assert len(json_of(crm.get("/waiters", kind="callback", team="service"))["data"]) == 1
    assert json_of(crm.get("/waiters", team="vans"))["data"] == []
    days = json_of(crm.get("/teams/service/figures", since="2026-11-15", until="2026-11-20"))["data"]
    assert days == [{"day": "2026-11-17", "figures": {"asa": {"numerator": 40, "denominator": 4}}}]


def test_a_supervisors_program_decides(boss: Program, agent_id: int) -> None:
    path = f"/agents/{agent_id}/state"
    assert json_of(boss.post(path, {"to": "available"}))["state"] == "available"
    assert json_of(boss.post(path, {"to": "standby", "team": "service"}))["state"] == "standby"
    assert boss.post(path, {"to": "standby", "team": "night"}).status_code == 404
    assert json_of(boss.ask("PUT", "/teams/service", json={"target": 90}))["target"] == 90
    assert json_of(boss.ask("PUT", "/teams/vans", json={}))["name"] == "vans"
    sent = {"email": "li@ours.example", "phone": PHONE, "skills": ["en"], "teams": ["vans", "service"]}
    assert json_of(boss.post("/agents", sent))["teams"] == ["service", "vans"]


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        pytest.param("POST", "/agents/{id}/state", {"to": "on_call"}, 422, id="a state nobody may ask for"),
        pytest.param("POST", "/agents/999999/state", {"to": "away"}, 404, id="no such agent"),
        pytest.param("PUT", "/teams/service", {"target": 101}, 400, id="out of bounds"),
        pytest.param("PUT", "/teams/Night!", {}, 422, id="no name of a team"),
        pytest.param("PUT", "/teams/service", {"colour": "red"}, 422, id="an unknown field"),
        pytest.param("GET", "/teams/night/figures", None, 404, id="no such team"),
        pytest.param(
            "GET", "/teams/service/figures?since=2026-01-01&until=2025-01-01", None, 422, id="backwards"
        ),
        pytest.param("GET", "/teams/service/figures?since=2020-01-01", None, 422, id="too long"),
        pytest.param("POST", "/agents", {"email": "x", "phone": PHONE, "teams": []}, 422, id="no team"),
    ],
)
def test_what_makes_no_sense_is_refused(
    boss: Program, agent_id: int, method: str, path: str, sent: Any, status: int
) -> None:
    answer = boss.ask(method, path.format(id=agent_id), json=sent)
    assert answer.status_code == status, answer.text
    assert status != 422 or said(answer)


def test_others_may_not_decide_nor_see_another_companys(
    app: Flask, crm: Program, theirs: Company, agent_id: int
) -> None:
    for method, path in (
        ("PUT", "/teams/service"),
        ("POST", f"/agents/{agent_id}/state"),
        ("POST", "/agents"),
    ):
        assert crm.ask(method, path, json={}).status_code == 403
    other = program(app, theirs.tenant_id, "supervisor", "other")
    for path in ("/teams", "/agents", "/waiters"):
        assert json_of(other.get(path))["data"] == []
    assert other.post(f"/agents/{agent_id}/state", {"to": "away"}).status_code == 404
    with app.extensions["carillon"].database.reading(theirs.tenant_id) as session:
        assert session.get(Team, 1) is None
