"""
Erlang's formulas for a hotline: how long people wait for so many agents, and how many agents a promise takes.

Offered load A = calls x handling time / interval. B(n) is found by its recursion, never by factorials, so that thousands of
agents are no trouble.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf

MAX_AGENTS = 10_000


@dataclass(frozen=True)
class Forecast:
    """What *agents* achieve: shares from 0 to 1, *asa_s* the average speed of answer."""

    agents: int
    waits: float
    service_level: float
    asa_s: float
    occupancy: float


def forecast(calls_per_s: float, handling_s: float, agents: int, within_s: float) -> Forecast:
    """What callers who never hang up meet. With less than the load's agents everybody waits, and for ever."""
    load = calls_per_s * handling_s
    if load <= 0:
        return Forecast(agents, 0.0, 1.0, 0.0, 0.0)
    if agents <= load:
        return Forecast(agents, 1.0, 0.0, inf, 1.0)
    blocked = 1.0
    for n in range(1, agents + 1):
        blocked = load * blocked / (n + load * blocked)
    waits = blocked / (1 - load / agents * (1 - blocked))
    spare = agents - load
    return Forecast(
        agents,
        waits,
        1 - waits * exp(-spare * within_s / handling_s),
        waits * handling_s / spare,
        load / agents,
    )


def agents_needed(calls_per_s: float, handling_s: float, share: float, within_s: float) -> int:
    """The fewest agents who answer *share* of the callers within *within_s*."""
    agents = int(calls_per_s * handling_s) + 1 if calls_per_s * handling_s > 0 else 0
    while agents < MAX_AGENTS and forecast(calls_per_s, handling_s, agents, within_s).service_level < share:
        agents += 1
    return agents
