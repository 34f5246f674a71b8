from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.errors import Conflict, Invalid, NotFound
from ivr.queue import agents, metrics, offering
from ivr.queue.models import Agent, AgentSpan, Offer, Waiter
from tests.conftest import NOON
from tests.ivr.queue.conftest import Desk

pytestmark = pytest.mark.storage


@pytest.mark.parametrize(
    ("state", "to", "then", "wishes"),
    [
        pytest.param("away", "available", "available", "", id="comes to work"),
        pytest.param("available", "break", "break", "", id="takes a break"),
        pytest.param("break", "away", "away", "", id="goes home from a break"),
        pytest.param("wrap_up", "available", "available", "", id="has written up"),
        pytest.param("on_call", "break", "on_call", "break", id="asks for a break in a call"),
        pytest.param("offered", "away", "offered", "away", id="asks to go home while it rings"),
        pytest.param("available", "available", "available", "", id="is so already"),
    ],
)
def test_agents_say_what_they_do(desk: Desk, state: str, to: str, then: str, wishes: str) -> None:
    agent = desk.agent()
    ways = {"away": ["away"], "break": ["break"], "offered": ["offered"], "on_call": ["offered", "on_call"]}
    for step in {**ways, "wrap_up": ["offered", "on_call", "wrap_up"], "available": []}[state]:
        agents.put(desk.session, [agent.id], step, clock.now())
    desk.session.refresh(agent)
    agents.asks(desk.session, agent, to)
    assert (agent.state, agent.wishes) == (then, wishes)


def test_nobody_takes_a_break_from_being_away(desk: Desk) -> None:
    with pytest.raises(Conflict, match="the agent is away"):
        agents.asks(desk.session, desk.agent(state="away"), "break")


def test_who_asked_for_a_break_has_it_after_writing_up(desk: Desk) -> None:
    agent = desk.agent()
    for step in ("offered", "on_call"):
        agents.put(desk.session, [agent.id], step, NOON)
    desk.session.refresh(agent)
    agents.asks(desk.session, agent, "break")
    desk.session.flush()
    agents.after_call(desk.session, agent.id, 30, NOON)
    assert agents.end_wrap_ups(desk.session, NOON + timedelta(seconds=29)) == 0
    assert agents.end_wrap_ups(desk.session, NOON + timedelta(seconds=30)) == 1
    desk.session.refresh(agent)
    assert (agent.state, agent.wishes) == ("break", "")


def test_occupancy_counts_the_seconds_agents_were_busy_of_those_they_worked(desk: Desk) -> None:
    agent = desk.agent()
    for state, at_s in (
        ("offered", 60),
        ("on_call", 70),
        ("wrap_up", 170),
        ("break", 200),
        ("available", 500),
    ):
        agents.put(desk.session, [agent.id], state, NOON + timedelta(seconds=at_s))
    found = metrics.of_team(desk.session, desk.team, NOON, NOON + timedelta(seconds=600))["occupancy"]
    assert (found.numerator, found.denominator) == (140, 300)
    spans = desk.session.scalars(select(AgentSpan)).all()
    assert [one.state for one in spans if one.ended_at is None] == ["available"]


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        pytest.param({"phone": "0123"}, Invalid, "0123", id="no number"),
        pytest.param({"teams": ("night",)}, NotFound, "night", id="no such team"),
        pytest.param({"teams": ()}, Invalid, "name the team", id="no team"),
        pytest.param({"email": "nobody@ours.example"}, NotFound, "nobody@", id="nobody of ours"),
        pytest.param({"skills": tuple(map(str, range(21)))}, Invalid, "20", id="too many skills"),
    ],
)
def test_a_wrong_agent_is_refused_with_what_to_enter(
    desk: Desk, change: dict[str, object], error: type[Exception], said: str
) -> None:
    agent = desk.agent()
    good = {
        "email": "agent1@ours.example",
        "phone": agent.phone,
        "skills": (),
        "teams": ("service",),
        "who": "test",
    }
    with pytest.raises(error, match=said):
        agents.enrol(desk.session, desk.tenant, **{**good, **change})  # type: ignore[arg-type]


def test_two_agents_press_1_and_one_has_the_caller(desk: Desk) -> None:
    first, second, waiter = desk.agent(1), desk.agent(2), desk.waiter()
    (token,) = offering.make(desk.session, desk.tenant, NOON)
    found = offering.by_token(desk.session, token)
    assert found
    times = {"made_at": NOON, "deadline_at": NOON, "token": "rival"}
    desk.session.add(Offer(tenant_id=1, waiter_id=waiter.id, agent_id=second.id, state="declined", **times))
    assert offering.accept(desk.session, found, NOON)
    desk.session.flush()
    late = offering.by_token(desk.session, "rival")
    assert late
    assert not offering.accept(desk.session, late, NOON)
    desk.session.refresh(waiter)
    assert (waiter.state, waiter.agent_id) == ("assigned", first.id)


def test_an_offer_nobody_answers_sends_the_agent_on_a_break_and_the_caller_to_another(desk: Desk) -> None:
    desk.agent(1)
    waiter = desk.waiter()
    (token,) = offering.make(desk.session, desk.tenant, NOON)
    assert offering.make(desk.session, desk.tenant, NOON) == []
    found = offering.by_token(desk.session, token)
    assert found
    assert offering.close(desk.session, found, "missed", NOON)
    assert not offering.close(desk.session, found, "missed", NOON)
    desk.agent(2)
    assert len(offering.make(desk.session, desk.tenant, NOON)) == 1
    assert [one.state for one in desk.session.scalars(select(Agent).order_by(Agent.id).execution_options(populate_existing=True))] == ["break", "offered"]  # fmt: skip
    assert desk.session.get_one(Waiter, waiter.id).state == "waiting"
