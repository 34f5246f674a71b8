"""The rule in a pure simulation, against Erlang C (reference figures of domain.md C2)."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import inf, log
from random import Random

import pytest

from ivr.queue.assignment import Caller, Free, pairs
from ivr.queue.erlang import agents_needed, forecast

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("calls", "interval_s", "handling_s", "agents", "within_s", "waits", "level", "asa_s"),
    [
        (360, 1800, 240, 55, 15, 0.23870, 0.84588, 8.184),
        (100, 1800, 180, 14, 20, 0.17413, 0.88835, 7.836),
        (100, 1800, 180, 10, 20, 1, 0, inf),
        (0, 1800, 180, 3, 20, 0, 1, 0),
    ],
    ids=["a large team", "a small team", "as much work as agents", "no calls"],
)
def test_erlang_c(
    calls: int, interval_s: int, handling_s: int, agents: int, within_s: int, waits: float, level: float, asa_s: float
) -> None:  # fmt: skip
    found = forecast(calls / interval_s, handling_s, agents, within_s)
    assert found.waits == pytest.approx(waits, abs=1e-5)
    assert found.service_level == pytest.approx(level, abs=1e-5)
    assert found.asa_s == pytest.approx(asa_s, abs=1e-3)


@pytest.mark.parametrize(
    ("calls", "interval_s", "handling_s", "agents"),
    [(200, 1800, 180, 24), (100, 3600, 300, 12), (0, 3600, 300, 0)],
)
def test_how_many_agents_a_promise_takes(calls: int, interval_s: int, handling_s: int, agents: int) -> None:
    assert agents_needed(calls / interval_s, handling_s, 0.8, 20) == agents


def spans(luck: Random, n: int, mean_s: float) -> list[float]:
    """*n* exponential spans in any order, one from each n-th of the distribution: the load is as ordered, not only on average."""
    drawn = [-mean_s * log(1 - (k + luck.random()) / n) for k in range(n)]
    luck.shuffle(drawn)
    return drawn


def waits(luck: Random, callers: int, per_s: float, handling_s: float, agents: int) -> Iterator[float]:
    """How long each of so many patient callers waits, who come and talk by chance and are given out by our rule."""
    gaps, talks = spans(luck, callers, 1 / per_s), spans(luck, callers, handling_s)
    events = [(gaps[0], -1)]
    arrived = 0
    queue: dict[int, Caller] = {}
    free = {n: Free(n, NOON) for n in range(agents)}
    while events:
        now, agent = heapq.heappop(events)
        instant = NOON + timedelta(seconds=now)
        if agent >= 0:
            free[agent] = Free(agent, instant)
        else:
            arrived += 1
            queue[arrived] = Caller(arrived, 5, instant)
            if arrived < callers:
                heapq.heappush(events, (now + gaps[arrived], -1))
        for pair in pairs(queue.values(), free.values(), instant):
            del free[pair.agent]
            yield (instant - queue.pop(pair.caller).entered_at).total_seconds()
            heapq.heappush(events, (now + talks.pop(), pair.agent))


def test_20_000_patient_callers_wait_as_erlang_says() -> None:
    per_s, handling_s, agents = 100 / 1800, 180, 14
    found = list(waits(Random(7), 20_000, per_s, handling_s, agents))
    expected = forecast(per_s, handling_s, agents, 20)
    assert len(found) == 20_000
    assert share(found, 20) == pytest.approx(expected.service_level, abs=0.02)
    assert 1 - share(found, 0) == pytest.approx(expected.waits, abs=0.02)
    assert sum(found) / len(found) == pytest.approx(expected.asa_s, abs=2)


def share(found: list[float], within_s: float) -> float:
    """How many of them waited no longer."""
    return sum(wait <= within_s for wait in found) / len(found)
