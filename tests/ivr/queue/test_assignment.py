from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ivr.queue.assignment import Caller, Free, Pair, pairs, place

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def caller(id_: int, since_s: float = 0, priority: int = 5, skills: str = "", **more: object) -> Caller:
    return Caller(id_, priority, at(since_s), frozenset(skills.split()), **more)  # type: ignore[arg-type]


def free(id_: int, since_s: float = 0, skills: str = "") -> Free:
    return Free(id_, at(since_s), frozenset(skills.split()))


@pytest.mark.parametrize(
    ("callers", "agents", "expected"),
    [
        pytest.param([caller(1)], [], [], id="nobody is free"),
        pytest.param([], [free(7)], [], id="nobody waits"),
        pytest.param([caller(1, 9), caller(2, 3)], [free(7)], [(2, 7)], id="who came first"),
        pytest.param([caller(1, 3), caller(2, 9, priority=1)], [free(7)], [(2, 7)], id="who matters more"),
        pytest.param([caller(1)], [free(7, 20), free(8, 10)], [(1, 8)], id="who has been idle longest"),
        pytest.param(
            [caller(1, skills="zh")], [free(7, 0, "en"), free(8, 9, "en zh")], [(1, 8)], id="who has the skill"
        ),
        pytest.param(
            [caller(1, 0, skills="zh"), caller(2, 9)], [free(7)], [(2, 7)], id="whom nobody can serve holds up nobody"
        ),
        pytest.param([caller(1, own=8)], [free(7, 0), free(8, 9)], [(1, 8)], id="their own agent"),
        pytest.param(
            [caller(1, own=8, skills="zh")], [free(7, 0, "zh"), free(8, 9)], [(1, 7)], id="not if their own lacks the skill"
        ),
        pytest.param([caller(1, own=9)], [free(7)], [(1, 7)], id="anybody, if their own is not free"),
        pytest.param([caller(1, own=9, own_until=at(1))], [free(7)], [], id="held for their own"),
        pytest.param([caller(1, own=9, own_until=at(0))], [free(7)], [(1, 7)], id="held no longer"),
        pytest.param(
            [caller(1, 0), caller(2, 1, own=7)], [free(7), free(8, 1)], [(1, 7), (2, 8)], id="the order of the queue wins"
        ),
    ],
)  # fmt: skip
def test_who_is_offered_to_whom(
    callers: list[Caller], agents: list[Free], expected: list[tuple[int, int]]
) -> None:
    assert pairs(callers, agents, NOON) == [Pair(*one) for one in expected]


SKILLS = some.frozensets(some.sampled_from(["zh", "repair", "vip"]), max_size=2)
INSTANTS = some.integers(-500, 0).map(at)
CALLERS = some.lists(
    some.builds(
        Caller,
        id=some.integers(1, 99),
        priority=some.integers(1, 3),
        entered_at=INSTANTS,
        skills=SKILLS,
        own=some.none() | some.integers(1, 9),
        own_until=some.none() | some.integers(-9, 9).map(at),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)
AGENTS = some.lists(
    some.builds(Free, id=some.integers(1, 9), since=INSTANTS, skills=SKILLS),
    max_size=6,
    unique_by=lambda one: one.id,
)


@settings(max_examples=30)
@given(CALLERS, AGENTS, some.randoms(use_true_random=False))
def test_the_rule_is_fair_and_wastes_nobody(callers: list[Caller], agents: list[Free], luck: Random) -> None:
    found = pairs(callers, agents, NOON)
    by_id, staff = {one.id: one for one in callers}, {one.id: one for one in agents}
    served, busy = {one.caller for one in found}, {one.agent for one in found}
    assert len(served) == len(busy) == len(found)
    assert all(by_id[one.caller].skills <= staff[one.agent].skills for one in found)
    for left in (one for one in callers if one.id not in served):
        held = left.own is not None and left.own_until is not None and left.own_until > NOON
        assert held or not any(left.skills <= one.skills for one in agents if one.id not in busy)
        overtaken = [by_id[one] for one in served if place(by_id[one]) > place(left)]
        assert held or not any(one.skills == left.skills and one.own is None for one in overtaken)
    luck.shuffle(callers)
    luck.shuffle(agents)
    assert pairs(callers, agents, NOON) == found
