"""Callers wait, agents take them: through the exchange, by the carrier's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from aftersales.models import CallRecord
from ivr.queue.models import Agent, Waiter
from tests.ivr.queue.house import FLOW, House, agent_phone, caller_phone, open_house

Open = Callable[..., House]


@pytest.fixture
def house(fresh_url: str, tmp_path: Path) -> Iterator[Open]:
    """Open a hotline with so many agents."""
    with ExitStack() as stack:

        def opened(staff: int, **more: Any) -> House:
            found, close = open_house(fresh_url, tmp_path, staff, **more)
            stack.callback(close)
            return found

        yield opened


def test_a_caller_waits_is_offered_and_talks(house: Open) -> None:
    hotline = house(1, wrap_up_s=60)
    sid = hotline.ring(1)
    hotline.until(lambda: hotline.waiters() == [("ended", "answered")])
    (waiter,) = hotline.rows(Waiter)
    assert (waiter.wait_s, waiter.agent_id) == (hotline.waits()[0][1], hotline.rows(Agent)[0].id)
    assert 28 <= waiter.talk_s <= 40  # twenty seconds of theirs pass in one of a busy machine
    assert hotline.agents() == ["wrap_up"]
    (record,) = hotline.rows(CallRecord)
    told = record.call_id, record.direction, record.agent_id, record.outcome, record.noted_at
    assert told == (sid, "in", hotline.rows(Agent)[0].staff_id, "reached", None), "theirs, to be noted (R-48)"
    hotline.until(lambda: hotline.agents() == ["available"])
    steps = hotline.plant.exchange.transcript(sid)["steps"]
    assert {"said": "You are next in line."} in steps
    assert {"ended": "hangup"} in steps


def test_nobody_at_work_leads_to_a_message_and_nobody_waits(house: Open) -> None:
    hotline = house(1)
    hotline.put("away")
    sid = hotline.ring(1)
    hotline.plant.exchange.wait_idle()
    assert {"said": "Please leave a message."} in hotline.plant.exchange.transcript(sid)["steps"]
    assert hotline.waiters() == []


@pytest.mark.parametrize(
    ("does", "state", "offer"),
    [
        pytest.param({"voice": "no_answer"}, "break", "missed", id="does not answer"),
        pytest.param({"voice": "busy"}, "break", "missed", id="is on the telephone"),
        pytest.param({"keys": ["2"]}, None, "declined", id="presses another key"),
        pytest.param({"voice": "machine"}, "break", "missed", id="a machine answers"),
    ],
)
def test_an_agent_who_does_not_take_the_call_keeps_nobody_waiting(
    house: Open, does: dict[str, Any], state: str | None, offer: str
) -> None:
    first = {"answer_after_s": 1, **does}
    hotline = house(2, people={agent_phone(0): first})
    hotline.ring(1)
    hotline.until(lambda: ("ended", "answered") in hotline.waiters())
    assert offer in hotline.offers()
    assert hotline.rows(Waiter)[0].agent_id == hotline.rows(Agent)[1].id
    if state:
        assert hotline.agents()[0] == state


def test_who_hangs_up_while_an_agent_is_rung_frees_the_agent(house: Open) -> None:
    hotline = house(1, people={agent_phone(0): {"answer_after_s": 15, "keys": ["1"]}}, ring_s=20)
    hotline.ring(1, Patience=8)
    hotline.until(lambda: hotline.waiters() == [("ended", "abandoned")] and "ringing" not in hotline.offers())
    assert hotline.offers() == ["lost"]
    hotline.until(lambda: hotline.agents() == ["available"])


def test_who_waits_too_long_leaves_a_message(house: Open) -> None:
    flow = FLOW.replace("max_wait_s: 1200", "max_wait_s: 30")
    busy = {agent_phone(0): {"voice": "no_answer"}}
    hotline = house(1, people=busy, flow=flow, ring_s=60)
    sid = hotline.ring(1)
    hotline.until(lambda: hotline.waiters() == [("ended", "overflow")])
    hotline.plant.exchange.wait_idle()
    assert {"said": "Please leave a message."} in hotline.plant.exchange.transcript(sid)["steps"]


def test_who_asks_to_be_called_back_keeps_the_place(house: Open) -> None:
    slow = {agent_phone(0): {"answer_after_s": 1, "keys": ["1"] * 9, "talk_s": 40}}
    back = {caller_phone(2): {"answer_after_s": 2, "talk_s": 500}}
    hotline = house(1, people={**slow, **back})
    hotline.ring(1)
    hotline.until(lambda: hotline.waiters() == [("talking", "")])
    hotline.ring(2, Keys="1")
    hotline.until(lambda: ("ended", "callback") in hotline.waiters())
    hotline.ring(3)
    hotline.until(lambda: hotline.waiters().count(("ended", "answered")) == 3, 40)
    taken = sorted(
        (one for one in hotline.rows(Waiter) if one.outcome == "answered"), key=lambda one: one.answered_at
    )
    assert [one.address for one in taken] == [caller_phone(1), caller_phone(2), caller_phone(3)]
    _call, left, back_again, _ = hotline.rows(Waiter)
    assert back_again.kind == "callback"
    assert back_again.placed_at == left.placed_at
    ledger = hotline.plant.exchange.ledger.contacts()
    assert [row["to"] for row in ledger].count(caller_phone(2)) == 1


def test_a_lost_report_is_found_by_comparing_with_the_carrier(house: Open) -> None:
    hotline = house(1, people={agent_phone(0): {"voice": "no_answer"}}, ring_s=60)
    hotline.ring(1, Patience=30)
    hotline.until(lambda: hotline.waiters() == [("waiting", "")])
    hotline.plant.exchange.fault("lose_callback", channel="calls", count=20)
    hotline.plant.exchange.wait_idle()
    assert hotline.waiters() == [("waiting", "")]
    hotline.reconcile()
    assert hotline.waiters() == [("ended", "abandoned")]
