"""
voice: a call that plays a published flow once it is answered.

A source whose content has `machine` wants to know who answers; {"machine": {"message_in": ["US"], "counts": false}}: in
those regions a machine is left a message, elsewhere it is hung up on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.carriers.base import Call, Order
from core.phone import region_of
from customers.figures import LONGEST_RING_S
from outbound.links import Links
from outbound.work import Work

TIME_LIMIT_S = 600
MARGIN_S = 30


def order(work: Work, links: Links) -> Order:
    """The call to place."""
    machine = work.content.get("machine")
    return Call(
        to=work.address,
        from_=work.sender,
        answer_url=links.answer(work.token),
        status_url=links.receipts(work.token, "voice"),
        fallback_url=links.fallback(),
        ring_s=work.ring_s,
        time_limit_s=TIME_LIMIT_S,
        machine_url=links.answered_by(work.token) if machine is not None else "",
        waits_for_beep=machine is not None and region_of(work.address) in machine["message_in"],
    )


def placeholders(text: Mapping[str, Any]) -> frozenset[str]:
    """A flow declares its variables itself; the campaign's check asks the flow."""
    return frozenset(text.get("needs", ()))


def check(text: Mapping[str, Any], variables: Mapping[str, str], language: str) -> int:
    """One call. Nothing further: the flow was proven when it was published."""
    return 1


def busy_s(queue_s: float) -> float:
    """Waiting at the carrier, ringing, the longest call, and a margin."""
    return queue_s + LONGEST_RING_S + TIME_LIMIT_S + MARGIN_S
