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

from ivr.leg import Leg
from ivr.token import Sealed

CALLS_KEPT = 5_000


@dataclass
class Recent:
    """
    One call's last turn. Hold *lock* while working on the call: doubled requests wait for the first.

    *token* is the one its answer carries, *sealed* what is in it: the next request mostly brings it back, and what was
    just sealed need not be opened. *is_person*: a key of theirs is on record.
    """

    turn: int = -1
    document: str = ""
    token: str = ""
    sealed: Sealed | None = None
    is_person: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class RecentCalls:
    """The calls answered last, oldest forgotten first."""

    def __init__(self, kept: int = CALLS_KEPT) -> None:
        self._calls: OrderedDict[tuple[str, str], Recent] = OrderedDict()
        self._lock = threading.Lock()
        self._kept = kept

    def of(self, leg: Leg) -> Recent:
        """The last turn of that call; a fresh one if none is known."""
        key = (leg.account_sid, leg.call_sid)
        with self._lock:
            recent = self._calls.get(key) or self._calls.setdefault(key, Recent())
            self._calls.move_to_end(key)
            if len(self._calls) > self._kept:
                self._calls.popitem(last=False)
            return recent
