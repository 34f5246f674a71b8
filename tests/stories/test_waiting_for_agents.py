"""A morning on the hotline: more callers than agents, some of whom give up; our figures against the exchange's ledger."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import pytest

from core import clock
from ivr.queue import metrics
from ivr.queue.models import Agent, Offer, Team, Waiter
from tests.ivr.queue.house import House, agent_phone, open_house
from tests.plant import MORNING


def morning(house: House, callers: int, over_s: float, patience_s: tuple[int, int]) -> None:
    """*callers* ring within *over_s* business seconds, each with patience of their own, and are all served or gone."""
    luck = Random(3)
    speed = house.plant.turn.speed
    due = sorted(luck.uniform(0, over_s / speed) for _ in range(callers))
    began = time.monotonic()
    for n, at_s in enumerate(due):
        while (left_s := began + at_s - time.monotonic()) > 0:
            house.work()
            time.sleep(min(left_s, 0.2))
        house.ring(n, Patience=luck.randint(*patience_s))
    house.until(lambda: house.waiters_states() == ["ended"] * callers, 300)
    house.plant.exchange.wait_idle(60)
    house.reconcile()


def check(house: House, callers: int) -> None:
    """Everybody is accounted for once, and what we count is what the ledger says."""
    ledger = house.waits()
    answered = [wait for result, wait in ledger if result == "redirected"]
    abandoned = [wait for result, wait in ledger if result == "hangup"]
    waiters = house.rows(Waiter)
    assert len(waiters) == len(ledger) == callers
    ours = sorted(one.wait_s for one in waiters if one.outcome == "answered")
    assert ours == sorted(answered)
    assert len([one for one in waiters if one.outcome == "abandoned"]) == len(abandoned)
    with house.plant.session() as session:
        (team,) = session.query(Team).all()
        found = metrics.of_team(session, team, MORNING, clock.now())
    short = sum(wait < team.short_s for wait in abandoned)
    in_time = sum(wait <= team.within_s for wait in answered)
    level = found["service_level"].share
    assert level == pytest.approx(in_time / (callers - len(abandoned)), abs=0.01)
    assert found["abandonment"].numerator == len(abandoned) - short
    assert found["asa"].share == pytest.approx(sum(answered) / len(answered), abs=1)
    assert 0.3 < (found["occupancy"].share or 0) <= 1
    offers = house.rows(Offer)
    accepted = [one for one in offers if one.state == "over"]
    assert len({one.waiter_id for one in accepted}) == len(accepted) == len(answered)
    assert {one.state for one in offers} <= {"over", "lost"}
    assert {one.state for one in house.rows(Agent)} == {"available"}


@pytest.mark.long
def test_twenty_callers_and_three_agents(fresh_url: str, tmp_path: Path) -> None:
    talks = {agent_phone(n): {"answer_after_s": 1, "keys": ["1"] * 99, "talk_s": 12} for n in range(3)}
    house, close = open_house(fresh_url, tmp_path, 3, talks, speed=15, ring_s=60)
    try:
        morning(house, 20, 60, (40, 300))
        check(house, 20)
    finally:
        close()


@pytest.mark.long
def test_two_hundred_callers_and_ten_agents(fresh_url: str, tmp_path: Path) -> None:
    talks = {agent_phone(n): {"answer_after_s": 2, "keys": ["1"] * 99, "talk_s": 15} for n in range(10)}
    house, close = open_house(fresh_url, tmp_path, 10, talks, speed=3, ring_s=60)
    try:
        morning(house, 200, 360, (30, 240))
        check(house, 200)
    finally:
        close()
