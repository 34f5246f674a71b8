"""The database stops beside the queue: whoever is on the line stays there, and once it is back everybody goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from core import clock
from core.jobs import drain
from exchange.rows import Step
from ivr.queue.models import Waiter
from tests.ivr.queue.house import House, agent_phone, open_house
from tests.outage import away

pytestmark = pytest.mark.storage
Open = Callable[..., House]
APOLOGY = "sorry"


@pytest.fixture
def house(fresh_url: str, tmp_path: Path) -> Iterator[Open]:
    with ExitStack() as stack:

        def opened(staff: int, **more: Any) -> House:
            found, close = open_house(fresh_url, tmp_path, staff, **more)
            stack.callback(close)
            return found

        yield opened


def said(house: House) -> list[str]:
    """Everything anybody has heard so far, on either line."""
    return [step.value for step in house.plant.exchange.ledger.rows(Step) if step.kind == "said"]


def until_said(house: House, words: str, times: int = 1, timeout_s: float = 20.0) -> None:
    """Let the exchange go on alone until *words* were heard so often."""
    deadline = time.monotonic() + timeout_s
    while sum(words in one for one in said(house)) < times:
        assert time.monotonic() < deadline, f"not in {timeout_s} s: {said(house)}"
        time.sleep(0.02)


def written_down(house: House) -> list[tuple[str, str]]:
    """How everybody stands once the spool is in."""
    drain(house.plant.runtime, house.plant.pool)
    return house.waiters()


def test_who_waits_hears_that_they_are_to_stay_and_is_answered_afterwards(house: Open) -> None:
    hotline = house(1, people={agent_phone(0): {"answer_after_s": 1, "keys": ["1"], "talk_s": 40}})
    hotline.ring(1)
    hotline.until(lambda: hotline.waiters_states() == ["talking"])
    hotline.ring(2)
    hotline.until(lambda: hotline.waiters_states() == ["talking", "waiting"])
    with away(hotline.plant.runtime.database):
        until_said(hotline, "Please stay on the line.", 2)
    hotline.until(lambda: written_down(hotline) == [("ended", "answered")] * 2, 40)
    assert not [one for one in said(hotline) if APOLOGY in one]
    assert len(hotline.waits()) == 2, "they never left the queue in between"


def test_a_caller_whose_arrival_could_not_be_noted_is_not_given_up(house: Open) -> None:
    hotline = house(1, people={agent_phone(0): {"voice": "no_answer"}}, ring_s=60)
    hotline.ring(1)
    hotline.until(lambda: hotline.waiters_states() == ["waiting"])
    with hotline.plant.session() as session:
        long_ago = clock.now() - timedelta(hours=1)
        session.execute(update(Waiter).values(state="arriving", entered_at=long_ago))
    hotline.reconcile()
    assert hotline.waiters() == [("arriving", "")], "the carrier says that the call goes on"


def test_an_agent_who_answers_meanwhile_is_kept_and_takes_the_call_afterwards(house: Open) -> None:
    slow = {agent_phone(0): {"answer_after_s": 40, "keys": ["1"] * 60, "talk_s": 20}}
    hotline = house(1, people=slow, ring_s=60)
    hotline.ring(1)
    hotline.until(lambda: hotline.offers() == ["ringing"])
    with away(hotline.plant.runtime.database):
        until_said(hotline, "请不要挂断", 2)
    hotline.until(lambda: hotline.waiters() == [("ended", "answered")], 40)
    assert hotline.offers()[-1] == "over"
    assert "missed" not in hotline.offers(), "who answered has missed nothing"
    assert not [one for one in said(hotline) if APOLOGY in one]


def test_a_talk_that_ends_meanwhile_is_written_down_afterwards(house: Open) -> None:
    hotline = house(1)
    sid = hotline.ring(1)
    hotline.until(lambda: hotline.waiters_states() == ["talking"])
    with away(hotline.plant.runtime.database):
        hotline.plant.exchange.wait_idle(20)
    assert {"ended": "hangup"} in hotline.plant.exchange.transcript(sid)["steps"]
    assert written_down(hotline) == [("ended", "answered")]
    [waiter] = hotline.rows(Waiter)
    assert 28 <= waiter.talk_s <= 60
    hotline.until(lambda: hotline.agents() == ["available"])


def test_who_hangs_up_meanwhile_is_known_to_have_left(house: Open) -> None:
    hotline = house(1, people={agent_phone(0): {"voice": "no_answer"}}, ring_s=60)
    hotline.ring(1, Patience=40)
    hotline.until(lambda: hotline.waiters_states() == ["waiting"])
    with away(hotline.plant.runtime.database):
        hotline.plant.exchange.wait_idle(20)
    assert written_down(hotline) == [("ended", "abandoned")]
    assert 38 <= hotline.rows(Waiter)[0].wait_s <= 45
