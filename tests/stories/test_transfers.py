"""People of a campaign ask for a person: the exchange's ledger says when they were with one, or what they heard instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
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
from flows import publish
from flows.language.lint import Rules
from ivr import snapshot
from ivr.queue import stand_bys
from ivr.queue.models import Agent, StandBy
from outbound.models import Attempt, Source
from outbound.transfers import Transfer
from tests.ivr.queue.house import House, agent_phone, open_house

pytestmark = pytest.mark.storage

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


def paced(house: House) -> None:
    house.plant.step()
    house.work()


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
