"""People of a campaign ask for a person: the exchange's ledger says when they were with one, or what they heard instead."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from broadcast import campaigns
from broadcast.certificate import certificate
from broadcast.jobs import pause_abandoning, prepare
from broadcast.models import Campaign
from core import clock
from core.models import Tenant
from customers.models import Suppression
from exchange.rows import Step
from flows import publish
from flows.language.lint import Rules
from ivr import snapshot
from ivr.queue import stand_bys
from ivr.queue.models import Agent, StandBy, Waiter
from outbound.models import Attempt, Source
from outbound.transfers import Transfer
from tests.ivr.queue.house import House, agent_phone, open_house

pytestmark = [pytest.mark.storage, pytest.mark.long]

NUMBER = "+1415555{}".format
DOCUMENT = """
name: Open day
purpose: marketing
channel: voice
audience: {segment: {}}
message: {flow: promotion}
retries: {machine: {times: 0, after_s: 60}}
variables:
  company: Lakeside
  offer: Come and see us
  event_date: 2026-12-24
  venue: 18 Lake Street
  optout_number: "+18005550199"
"""
Open = Callable[..., House]


@pytest.fixture
def house(fresh_url: str, tmp_path: Path) -> Iterator[Open]:
    """Open a house with so many agents who stay on the line, and launch a campaign to *people*."""
    with ExitStack() as stack:

        def opened(staff: int, people: dict[str, dict[str, Any]]) -> House:
            agents = {
                agent_phone(n): {"answer_after_s": 1, "keys": ["1"], "talk_s": 3000} for n in range(staff)
            }
            found, close = open_house(fresh_url, tmp_path, staff, people={**agents, **people})
            stack.callback(close)
            launch(found, people)
            return found

        yield opened


def launch(house: House, people: dict[str, dict[str, Any]]) -> None:
    plant = house.plant
    plant.customers(*people)
    with plant.session() as session:
        tenant = session.get_one(Tenant, 1)
        publish.publish(session, 1, publish.library("promotion"), Rules(), clock.now())
        campaign = campaigns.create(session, tenant, DOCUMENT, "test")
        campaigns.launch(session, campaign, campaigns.ready(session, campaign), "test")
    for _ in range(2):
        prepare(plant.runtime, plant.pool)
    snapshot.refresh(plant.runtime.database, plant.runtime.config.state_dir)


def stand_by(house: House) -> None:
    """Every agent stands by."""
    with house.plant.session() as session:
        for agent in session.scalars(select(Agent)):
            stand_bys.ask(session, agent, "service", clock.now())
    house.until(lambda: all(one.state == "ready" for one in house.rows(StandBy)))


def unpaced(house: House) -> None:
    """As if every agent had just been taken: the calls have left, and nobody is there for their people."""
    with house.plant.session() as session:
        session.execute(update(Source).values(ceiling=None))
    house.plant.step()


def calls_to(house: House, number: str) -> list[str]:
    return [row["sid"] for row in house.plant.exchange.ledger.contacts() if row["to"] == number]


def real(house: House, number: str, kind: str, value: str) -> datetime:
    """When that happened in the only call to *number*, by the exchange's real clock."""
    [sid] = calls_to(house, number)
    [step] = [
        step
        for step in house.plant.exchange.ledger.rows(Step)
        if (step.call, step.kind) == (sid, kind) and step.value.startswith(value)
    ]
    return datetime.fromisoformat(step.real_at)


def words(house: House, number: str) -> str:
    [sid] = calls_to(house, number)
    return " ".join(one["said"] for one in house.plant.exchange.transcript(sid)["steps"] if "said" in one)


def paced(house: House) -> None:
    house.plant.step()
    house.work()


def test_whoever_asks_is_with_an_agent_within_two_seconds_and_the_next_one_with_the_same(house: Open) -> None:
    people = {NUMBER(3001): {"keys": ["0"], "talk_s": 10}, NUMBER(3002): {"keys": ["0"], "talk_s": 10}}
    found = house(1, people)
    paced(found)
    assert found.rows(Attempt) == [], "nobody is called before an agent stands by"
    stand_by(found)

    def both() -> bool:
        time.sleep(0.2)
        found.plant.step()
        return [one.outcome for one in found.rows(Waiter)] == ["answered", "answered"]

    found.until(both, 90)
    took = [
        (real(found, number, "joined", "carillon-standby-") - real(found, number, "key", "0")).total_seconds()
        for number in people
    ]
    assert min(took) < 2, "a loaded machine may hold one of them up"
    for one in found.rows(Transfer):
        assert (one.state == "bridged") == (one.took_ms is not None and one.took_ms <= 2000)
    assert len(calls_to(found, agent_phone(0))) == 1, "the agent is rung once"
    assert found.until(lambda: found.agents() == ["standby"])


def test_where_nobody_is_free_they_hear_who_called_and_are_called_back(house: Open) -> None:
    stops = NUMBER(3002)
    found = house(0, {NUMBER(3001): {"keys": ["0"]}, stops: {"keys": ["0", "9"]}})
    unpaced(found)
    found.until(lambda: [one.state for one in found.rows(Transfer)] == ["abandoned", "abandoned"], 90)
    found.plant.exchange.wait_idle(60)
    for number in (NUMBER(3001), stops):
        after = words(found, number).partition("To stop these calls, press 9.")[2]
        assert "This is Lakeside, calling for telemarketing purposes. We will call you back." in after
        assert after.index("Lakeside") < after.index("press 9 now")
        assert "Come and see us" not in after
    assert [(one.kind, one.address) for one in found.rows(Waiter)] == [
        ("callback", NUMBER(3001)),
        ("callback", stops),
    ]
    assert [one.address for one in found.rows(Suppression)] == [stops]


def test_the_fifth_who_finds_nobody_pauses_the_campaign(house: Open) -> None:
    found = house(0, {NUMBER(3000 + n): {"keys": ["0"]} for n in range(5)})
    unpaced(found)
    seen = set()

    def five() -> bool:
        pause_abandoning(found.plant.runtime, found.plant.pool)
        abandoned = [one.state for one in found.rows(Transfer)].count("abandoned")
        [campaign] = found.rows(Campaign)
        seen.add((abandoned < 5, campaign.state))
        return bool(campaign.state == "paused")

    found.until(five, 90)
    assert (True, "paused") not in seen
    [campaign] = found.rows(Campaign)
    assert campaign.reason == "abandoned: 5 5"
    assert [source.state for source in found.rows(Source) if source.team] == ["paused"]
    with found.plant.session() as session:
        campaign = campaigns.get(session, 1)
        [period] = certificate(session, campaign)["abandonment"]
        assert {key: period[key] for key in ("live_answered", "asked", "bridged", "abandoned")} == {
            "live_answered": 5, "asked": 5, "bridged": 0, "abandoned": 5,
        }  # fmt: skip
        campaigns.resume(session, campaign, "test")
    pause_abandoning(found.plant.runtime, found.plant.pool)
    assert found.rows(Campaign)[0].state == "running", "staff let it go on until the next one"


def test_no_more_are_called_than_those_who_stand_by_can_take(house: Open) -> None:
    slow = {NUMBER(3000 + n): {"answer_after_s": 20, "keys": [""], "talk_s": 5} for n in range(8)}
    found = house(3, slow)
    stand_by(found)
    for _ in range(4):
        paced(found)
    assert len(found.rows(Attempt)) == 3
