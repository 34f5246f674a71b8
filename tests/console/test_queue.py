"""The queue on screen: teams, who waits, agents, and the agent's own desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from core.models import Tenant
from ivr.queue import agents, teams
from ivr.queue.models import VARIANTS, Agent, Waiter
from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.console.world import NOW, Company

PHONE = "+14155550177"


def staffed(app: Flask, company: Company, role: str = "after_sales") -> int:
    """Make the one who has *role* an agent of a team, with somebody waiting for it; the agent's id."""
    with app.extensions["carillon"].database.session(company.tenant_id) as session:
        tenant = session.get_one(Tenant, company.tenant_id)
        team = teams.decide(session, tenant, "service", {"variant": VARIANTS[0]}, "test")
        agent = agents.enrol(session, tenant, company.email(role), PHONE, ("zh",), ("service",), "test")
        about = {"tenant_id": tenant.id, "team_id": team.id, "called": "+18005550100", "placed_at": NOW}
        times = {"entered_at": NOW - timedelta(seconds=45), "leaves_at": NOW + timedelta(hours=1)}
        session.add(Waiter(**about, **times, key="a", address="+14155550142", state="waiting"))
        session.add(
            Waiter(
                **about,
                **times,
                key="b",
                address="+14155550143",
                state="ended",
                outcome="answered",
                wait_s=12,
            )
        )
        session.flush()
        return agent.id


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_a_team_the_page_says_how_to_make_one(signed_in: SignIn, ours: Company, lang: str) -> None:
    page = words(signed_in("supervisor").get("/queue", headers={"Accept-Language": lang}).text)
    assert "flask queue team service" in page


def test_a_supervisor_sees_teams_and_agents_and_sends_one_home(
    app: Flask, signed_in: SignIn, ours: Company
) -> None:
    agent_id = staffed(app, ours)
    client = signed_in("supervisor")
    page = words(client.get("/queue").text)
    assert "Waiting now 1" in page
    assert "Answered in time 100 % 1 of 1; aim 80 % in 20 s" in page
    assert "Average wait 12 s" in page
    assert PHONE not in page
    assert "0142" in page
    assert send(client, f"/queue/agents/{agent_id}", {"to": "available"}).status_code == 303
    assert "Available" in words(client.get("/queue").text)
    assert send(client, f"/queue/agents/{agent_id}", {"to": "away"}).status_code == 303
    assert send(client, f"/queue/agents/{agent_id}", {"to": "break"}).status_code == 409
    assert send(client, f"/queue/agents/{agent_id}", {"to": "on_call"}).status_code == 409


def test_an_agent_works_from_their_desk(app: Flask, signed_in: SignIn, ours: Company) -> None:
    staffed(app, ours)
    client = signed_in("after_sales")
    assert "My desk" in words(client.get("/queue").text)
    assert send(client, "/queue/me", {"to": "available"}).status_code == 303
    assert "The next caller rings" in words(client.get("/queue").text)
    assert send(client, "/queue/me", {"to": "break"}).status_code == 303
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        agent = session.scalars(select(Agent)).one()
        assert agent.state == "break"
        agents.put(session, [agent.id], "available", NOW)
        agents.put(session, [agent.id], "offered", NOW)
        agents.put(session, [agent.id], "on_call", NOW)
        waiter = session.scalars(select(Waiter).where(Waiter.state == "waiting")).one()
        waiter.agent_id, waiter.wait_s = agent.id, 65
        waiter.key = "c"
    assert send(client, "/queue/me", {"to": "break"}).status_code == 303
    assert "After this call: On a break" in words(client.get("/queue").text)


def test_an_agent_stands_by_for_a_team_of_theirs(app: Flask, signed_in: SignIn, ours: Company) -> None:
    staffed(app, ours)
    client = signed_in("after_sales")
    assert "Stand by for service" in words(client.get("/queue").text)
    assert send(client, "/queue/me", {"to": "standby", "team": "vans"}).status_code == 409
    assert send(client, "/queue/me", {"to": "standby", "team": "service"}).status_code == 303
    page = words(client.get("/queue").text)
    assert "Stands by" in page
    assert "is rung once: press 1 and stay on the line" in page
    assert send(client, "/queue/me", {"to": "break"}).status_code == 303


def test_who_is_no_agent_has_no_desk(app: Flask, signed_in: SignIn, ours: Company) -> None:
    staffed(app, ours)
    client = signed_in("supervisor")
    assert "My desk" not in words(client.get("/queue").text)
    assert send(client, "/queue/me", {"to": "available"}).status_code == 404


def test_another_companys_agents_are_neither_seen_nor_moved(
    app: Flask, signed_in: SignIn, ours: Company, theirs: Company
) -> None:
    agent_id = staffed(app, theirs)
    client = signed_in("supervisor")
    assert "0142" not in words(client.get("/queue").text)
    assert send(client, f"/queue/agents/{agent_id}", {"to": "available"}).status_code == 404
