"""Disturbances to order: the exchange then behaves as a carrier on a bad day.

Kinds for a request (`channel`: calls, texts, faxes, or any of these three; reads for lists and single resources):
    refuse_503     answer 503, nothing accepted
    refuse_429     answer 429, nothing accepted; `seconds` are its Retry-After
    error_before   answer 500 without Twilio's body, nothing accepted
    reset_before   reset the connection (TCP RST), nothing accepted
    accept_late    accept it `seconds` real seconds late, whether or not anybody still waits for the answer
    error_after    accept it, then answer 500
    reset_after    accept it, then reset the connection
    drop_answer    accept it, then close the connection without an answer
    delay_answer   accept it, answer `seconds` real seconds late
Kinds for a status callback:
    lose_callback     never deliver it
    double_callback   deliver it twice, the second time `seconds` real seconds later
    delay_callback    deliver it `seconds` real seconds late; what follows about the same contact waits behind it
    reorder_callback  deliver it `seconds` real seconds late; what follows overtakes it
Kinds for the whole REST API; what was ordered before goes on, and so do callbacks:
    away_refusing  for `seconds` real seconds nobody listens, and open connections are reset
    away_silent    for `seconds` real seconds requests are taken and never answered; nothing is accepted, the ledger has them
Each is used up after `count` times; `skip` lets that many pass first, `after_s` lets so many real seconds pass. With
`percent` it happens by luck and, unless `count` says otherwise, for ever: the seed, the number and the how-manieth event
about that number decide, never timing. `to` limits it to numbers that begin so.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

FaultKind = Literal[
    "refuse_503",
    "refuse_429",
    "error_before",
    "reset_before",
    "accept_late",
    "error_after",
    "reset_after",
    "drop_answer",
    "delay_answer",
    "lose_callback",
    "double_callback",
    "delay_callback",
    "reorder_callback",
    "away_refusing",
    "away_silent",
]
ON_REQUEST = (
    "refuse_503", "refuse_429", "error_before", "reset_before", "accept_late",
    "error_after", "reset_after", "drop_answer", "delay_answer",
)  # fmt: skip
ON_CALLBACK = ("lose_callback", "double_callback", "delay_callback", "reorder_callback")
OUTAGES = ("away_refusing", "away_silent")
READS = "reads"


class Fault(BaseModel):
    """One order."""

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    channel: Literal["calls", "texts", "faxes", "any", "reads"] = "any"
    to: Annotated[str, Field(pattern=r"^(\+[1-9]\d{0,14})?$")] = ""
    count: Annotated[int, Field(ge=1)] | None = None
    skip: Annotated[int, Field(ge=0)] = 0
    percent: Annotated[float, Field(gt=0, le=100)] | None = None
    seconds: Annotated[float, Field(ge=0, le=3600)] = 0.0
    after_s: Annotated[float, Field(ge=0, le=86_400)] = 0.0

    @property
    def times(self) -> int | None:
        """How often it happens; None: for ever."""
        return 1 if self.count is None and self.percent is None else self.count

    def fits(self, kinds: Sequence[str], channel: str, to: str) -> bool:
        """Whether it is about such an event."""
        same = self.channel == channel or (self.channel == "any" and channel != READS)
        return self.kind in kinds and same and to.startswith(self.to)


class _Open:
    """An order that is not used up."""

    def __init__(self, fault: Fault) -> None:
        self.fault, self.skip, self.left = fault, fault.skip, fault.times
        self.begins = time.monotonic() + fault.after_s
        self.seen: Counter[str] = Counter()


class Faults:
    """The orders still open, oldest first. *seed* decides those that happen by luck."""

    def __init__(self, orders: Sequence[Fault], seed: int = 1) -> None:
        self._seed = seed
        self._open: list[_Open] = []
        self._outages: asyncio.Queue[Fault] = asyncio.Queue()
        for fault in orders:
            self.order(fault)

    def order(self, fault: Fault) -> None:
        """Add *fault* behind the others."""
        if fault.kind in OUTAGES:
            self._outages.put_nowait(fault)
        else:
            self._open.append(_Open(fault))

    def take(self, kinds: Sequence[str], channel: str, to: str = "") -> Fault | None:
        """The first open order that fits an event about the number *to*, now used once more; None if none does."""
        for place, order in enumerate(self._open):
            if not order.fault.fits(kinds, channel, to) or not self._happens(place, order, to):
                continue
            if order.left is not None:
                order.left -= 1
                if not order.left:
                    self._open.remove(order)
            return order.fault
        return None

    async def outage(self) -> Fault:
        """The next order to be away, when it has come to that."""
        fault = await self._outages.get()
        await asyncio.sleep(fault.after_s)
        return fault

    def _happens(self, place: int, order: _Open, to: str) -> bool:
        if time.monotonic() < order.begins:
            return False
        if order.skip:
            order.skip -= 1
            return False
        if order.fault.percent is None:
            return True
        order.seen[to] += 1
        about = f"{self._seed}|{place}|{order.fault.kind}|{to}|{order.seen[to]}"
        digest = blake2b(about.encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64 * 100 < order.fault.percent
