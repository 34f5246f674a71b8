from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.errors import CarillonError
from flows.language.turn import Refused, Told
from ivr.queue import agents, offering, stand_bys, teams, transfers
from ivr.queue.models import Agent, Offer, StandBy, Waiter
from ivr.queue.stand_bys import Standing
from tests.ivr.queue.conftest import Desk

pytestmark = pytest.mark.storage


def standing(desk: Desk, n: int = 1, skills: tuple[str, ...] = ()) -> Standing:
    """An agent who stands by, in their first room."""
    agent = desk.agent(n, skills=skills)
    stand_bys.ask(desk.session, agent, "service", clock.now())
    [token] = stand_bys.to_ring(desk.session)
    found = stand_bys.by_token(desk.session, token)
    assert found
    assert stand_bys.ready(desk.session, found)
    return found


def fresh(desk: Desk, found: Standing) -> Standing:
    desk.session.expire_all()
    again = stand_bys.by_token(desk.session, found.stand_by.token)
    assert again
    return again


def ask(desk: Desk, key: str = "k1", skills: str = "") -> Told | Refused:
    return transfers.ask(desk.session, desk.tenant, desk.asking(key, f"CA{key}", skills=skills))


def test_whoever_asks_comes_to_the_agent_who_has_waited_longest(desk: Desk) -> None:
    first = standing(desk, 1)
    clock.advance(timedelta(seconds=9))
    second = standing(desk, 2)
    told = ask(desk)
    assert told == Told({"room": first.room, "about": f"{first.stand_by.token}/1"})
    assert ask(desk) == told, "asked again it is the same room"
    assert [fresh(desk, one).agent.state for one in (first, second)] == ["on_call", "standby"]
    assert ask(desk, "k2") == Told({"room": second.room, "about": f"{second.stand_by.token}/1"})
    assert ask(desk, "k3") == Refused("nobody_stands_by")
    assert [one.kind for one in desk.session.scalars(select(Waiter))] == ["transfer", "transfer"]


def test_only_who_has_the_skills_is_taken(desk: Desk) -> None:
    standing(desk, 1)
    able = standing(desk, 2, ("vans", "zh"))
    assert ask(desk, skills="zh vans") == Told({"room": able.room, "about": f"{able.stand_by.token}/1"})


def test_after_a_talk_the_agent_writes_up_and_stands_by_in_another_room(desk: Desk) -> None:
    found = standing(desk)
    before = found.room
    ask(desk)
    offered = offering.in_room(desk.session, before)
    assert offered
    offering.talking(desk.session, offered, clock.now())
    clock.advance(timedelta(seconds=60))
    assert offering.finish(desk.session, offered, clock.now())
    assert fresh(desk, found).agent.state == "wrap_up"
    onward = stand_bys.next_room(desk.session, found, 1)
    assert onward
    assert onward.room != before
    same = stand_bys.next_room(desk.session, found, 1)
    assert same
    assert same.room == onward.room, "said twice"
    assert ask(desk, "k2") == Refused("nobody_stands_by")
    clock.advance(timedelta(seconds=30))
    agents.end_wrap_ups(desk.session, clock.now())
    assert ask(desk, "k2") == Told({"room": onward.room, "about": onward.about})


def test_nobody_is_brought_to_a_room_the_agent_has_not_left_yet(desk: Desk) -> None:
    desk.team.wrap_up_s = 0
    found = standing(desk)
    ask(desk)
    offered = offering.in_room(desk.session, found.room)
    assert offered
    offering.talking(desk.session, offered, clock.now())
    offering.finish(desk.session, offered, clock.now())
    assert fresh(desk, found).agent.state == "standby"
    assert ask(desk, "k2") == Refused("nobody_stands_by")
    onward = stand_bys.next_room(desk.session, found, 1)
    assert onward
    assert ask(desk, "k3") == Told({"room": onward.room, "about": onward.about})


@pytest.mark.parametrize(
    ("is_talking", "state", "waiter"),
    [
        pytest.param(False, "break", None, id="while nobody is there"),
        pytest.param(True, "wrap_up", "answered", id="in a talk"),
    ],
)
def test_hanging_up_ends_standing_by(desk: Desk, is_talking: bool, state: str, waiter: str | None) -> None:
    found = standing(desk)
    if is_talking:
        ask(desk)
        offered = offering.in_room(desk.session, found.room)
        assert offered
        offering.talking(desk.session, offered, clock.now())
        offering.finish(desk.session, offered, clock.now())
    assert stand_bys.over(desk.session, fresh(desk, found), clock.now())
    assert not stand_bys.over(desk.session, fresh(desk, found), clock.now()), "said twice"
    assert fresh(desk, found).agent.state == state
    assert desk.session.scalar(select(Waiter.outcome)) == waiter
    clock.advance(timedelta(seconds=30))
    agents.end_wrap_ups(desk.session, clock.now())
    assert stand_bys.count(desk.session, desk.team.id) == 0


def test_who_wants_something_else_is_to_be_dismissed_and_offered_nothing_meanwhile(desk: Desk) -> None:
    found = standing(desk)
    desk.waiter(1)
    agents.asks(desk.session, found.agent, "available")
    assert [one.agent.id for one in stand_bys.done(desk.session)] == [found.agent.id]
    assert offering.make(desk.session, desk.tenant, clock.now()) == [], "their telephone is still in use"
    stand_bys.over(desk.session, fresh(desk, found), clock.now())
    assert len(offering.make(desk.session, desk.tenant, clock.now())) == 1


def test_who_does_not_answer_in_time_is_late(desk: Desk) -> None:
    agent = desk.agent()
    stand_bys.ask(desk.session, agent, "service", clock.now())
    assert stand_bys.late(desk.session, clock.now()) == []
    clock.advance(timedelta(seconds=45))
    assert len(stand_bys.late(desk.session, clock.now())) == 1


@pytest.mark.parametrize(
    ("state", "team", "code"),
    [
        pytest.param("available", "night", "no_team", id="no such team"),
        pytest.param("available", "vans", "not_in_team", id="another's team"),
        pytest.param("offered", "service", "busy", id="while the telephone rings"),
    ],
)
def test_what_an_agent_cannot_stand_by_for(desk: Desk, state: str, team: str, code: str) -> None:
    teams.decide(desk.session, desk.tenant, "vans", {}, "test")
    agent = desk.agent()
    agents.put(desk.session, [agent.id], state, clock.now())
    with pytest.raises(CarillonError) as error:
        stand_bys.ask(desk.session, agent, team, clock.now())
    assert error.value.code == code
    assert desk.session.scalars(select(StandBy)).all() == []
    assert desk.session.scalars(select(Offer)).all() == []
    assert desk.session.scalar(select(Agent.state)) == state
