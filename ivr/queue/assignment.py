"""
Who is offered which caller: the whole rule, and nothing else.

Callers come in the order of their priority, then of their first entry into the queue: a callback keeps the place of the
call it came from. Each gets, of the free agents who have every skill asked for, the one they had before (R-25), else the one
who has been idle longest. Whom nobody free can serve holds up nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Caller:
    """
    Somebody who waits. *priority*: 1 before 9. *own*: the agent they had before, for whom they wait alone until *own_until*.
    """

    id: int
    priority: int
    entered_at: datetime
    skills: frozenset[str] = frozenset()
    own: int | None = None
    own_until: datetime | None = None


@dataclass(frozen=True)
class Free:
    """An agent without a caller, idle since *since*."""

    id: int
    since: datetime
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Pair:
    """*caller* is to be offered to *agent*."""

    caller: int
    agent: int


def pairs(callers: Iterable[Caller], agents: Iterable[Free], now: datetime) -> list[Pair]:
    """Whom to offer to whom at *now*, in the order of the queue."""
    free = {agent.id: agent for agent in sorted(agents, key=lambda one: (one.since, one.id))}
    found: list[Pair] = []
    for caller in sorted(callers, key=place):
        if not free:
            break
        agent = _agent_for(caller, free, now)
        if agent is not None:
            found.append(Pair(caller.id, agent))
            del free[agent]
    return found


def place(caller: Caller) -> tuple[int, datetime, int]:
    """Sorts callers as they are served."""
    return caller.priority, caller.entered_at, caller.id


def _agent_for(caller: Caller, free: dict[int, Free], now: datetime) -> int | None:
    """Of *free*, the longest idle first."""
    fitting = [agent.id for agent in free.values() if caller.skills <= agent.skills]
    if caller.own in fitting:
        return caller.own
    is_held = caller.own is not None and caller.own_until is not None and now < caller.own_until
    return fitting[0] if fitting and not is_held else None
