"""
The last answer each live call got, kept in this process.

A carrier may ask for a turn twice, late, or after a newer one. The same turn again, and any older one, is answered with
what was said last. Another process does not know that answer: there the same turn with the same keys is worked out anew,
which gives the same document (tokens are deterministic) and no new effect (records are unique by call, turn and
position; opt-outs and recordings by what they are about). An older turn there repeats what it said at its time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

CALLS_KEPT = 5_000


@dataclass
class Recent:
    """One call's last turn. Hold *lock* while working on the call: doubled requests wait for the first."""

    turn: int = -1
    document: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)


class RecentCalls:
    """The calls answered last, oldest forgotten first."""

    def __init__(self, kept: int = CALLS_KEPT) -> None:
        self._calls: OrderedDict[str, Recent] = OrderedDict()
        self._lock = threading.Lock()
        self._kept = kept

    def of(self, call_sid: str) -> Recent:
        """The last turn of that call; a fresh one if none is known."""
        with self._lock:
            recent = self._calls.setdefault(call_sid, Recent())
            self._calls.move_to_end(call_sid)
            if len(self._calls) > self._kept:
                self._calls.popitem(last=False)
            return recent
