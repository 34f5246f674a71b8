"""Queues of calls: made on demand by <Enqueue>, first come first served, emptied by whoever takes a member out.

They live in memory: no call outlives the exchange that carries it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from exchange.clock import Clock

LARGEST = 5000
USUAL = 1000


@dataclass(slots=True, eq=False)
class Member:
    """A call that waits. `sent_away`: the REST API has taken it out."""

    call_sid: str
    enqueued_at: float
    sent_away: bool = False


@dataclass(slots=True)
class Queue:
    """One queue of one account."""

    sid: str
    account: str
    name: str
    max_size: int
    created_at: str
    clock: Clock
    members: list[Member] = field(default_factory=list)

    def waited_s(self, member: Member) -> int:
        """How long *member* has waited."""
        return int(self.clock.now() - member.enqueued_at)

    def position(self, member: Member) -> int:
        """Its place, 1 for who is next."""
        return self.members.index(member) + 1

    @property
    def average_s(self) -> int:
        """How long those who wait now have waited."""
        waits = [self.waited_s(member) for member in self.members]
        return round(sum(waits) / len(waits)) if waits else 0


class Queues:
    """All queues of one exchange."""

    def __init__(self, clock: Clock, new_sid: Callable[[str], str]) -> None:
        self._clock, self._new_sid = clock, new_sid
        self._by_name: dict[tuple[str, str], Queue] = {}

    def named(self, account: str, name: str, max_size: int = USUAL) -> Queue:
        """The queue of that name, made if there is none."""
        queue = self._by_name.get((account, name))
        if queue is None:
            queue = Queue(self._new_sid("QU"), account, name, max_size, self._clock.stamp(), self._clock)
            self._by_name[account, name] = queue
        return queue

    def of(self, account: str) -> list[Queue]:
        """An account's queues, the newest first."""
        return [queue for (owner, _), queue in reversed(self._by_name.items()) if owner == account]

    def join(self, queue: Queue, call_sid: str) -> Member:
        """Wait at the end of *queue*."""
        member = Member(call_sid, self._clock.now())
        queue.members.append(member)
        return member
