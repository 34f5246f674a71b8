"""Disturbances to order: the exchange then behaves as a carrier on a bad day.

Kinds for a request that places a call, text or fax (`channel`: calls, texts, faxes or any):
    drop_answer    accept it, then close the connection without an answer
    error_after    accept it, then answer 500
    refuse_503     answer 503, nothing accepted
    refuse_429     answer 429, nothing accepted
    delay_answer   accept it, answer `seconds` real seconds late
Kinds for a status callback:
    lose_callback  never deliver it
    double_callback  deliver it twice
Each is used up after `count` times; `skip` lets that many pass first.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

FaultKind = Literal[
    "drop_answer",
    "error_after",
    "refuse_503",
    "refuse_429",
    "delay_answer",
    "lose_callback",
    "double_callback",
]
ON_REQUEST = ("refuse_503", "refuse_429", "drop_answer", "error_after", "delay_answer")
ON_CALLBACK = ("lose_callback", "double_callback")


class Fault(BaseModel):
    """One order."""

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    channel: Literal["calls", "texts", "faxes", "any"] = "any"
    count: Annotated[int, Field(ge=1)] = 1
    skip: Annotated[int, Field(ge=0)] = 0
    seconds: Annotated[float, Field(ge=0, le=3600)] = 0.0


class Faults:
    """The orders still open, oldest first."""

    def __init__(self, orders: list[Fault]) -> None:
        self._open = [order.model_copy() for order in orders]

    def order(self, fault: Fault) -> None:
        """Add *fault* behind the others."""
        self._open.append(fault)

    def take(self, kinds: tuple[str, ...], channel: str) -> Fault | None:
        """The first open order that fits, now used once more; None if none does."""
        for fault in self._open:
            if fault.kind not in kinds or fault.channel not in ("any", channel):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.count -= 1
            if not fault.count:
                self._open.remove(fault)
            return fault
        return None
