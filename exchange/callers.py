"""People who ring our numbers all the while: so many a real minute, each with a script of keys."""

from __future__ import annotations

import asyncio
import math
import time

from exchange.calls import ring_in
from exchange.population import Caller
from exchange.subscribers import Party
from exchange.switch import Switch

LEAST_DIGITS = 11


async def ring_for_ever(switch: Switch, caller: Caller, stream: int) -> None:
    """Place one stream's calls until cancelled; the n-th caller is the same person in every run."""
    due, n = time.monotonic(), 0
    while True:
        n += 1
        luck = switch.subscribers.luck(f"stream {stream}", n, "caller gap")
        due += -math.log(1 - luck) * 60 / caller.rate_per_min
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        from_ = number(caller.from_prefix, switch.subscribers.luck(f"stream {stream}", n, "caller number"))
        choice = switch.subscribers.luck(f"stream {stream}", n, "caller to")
        party = Party(
            keys=switch.subscribers.script(None, caller.scripts, from_, n),
            reaction_s=1.5 + 4 * switch.subscribers.luck(from_, n, "reaction"),
            hang_up_after_s=caller.hang_up_after_s,
            patience_s=caller.patience_s,
            message_s=caller.message_s,
        )
        ring_in(switch, from_, caller.to[int(choice * len(caller.to))], party)


def number(prefix: str, luck: float) -> str:
    """A subscriber's number under *prefix*."""
    missing = max(LEAST_DIGITS - (len(prefix) - 1), 0)
    return f"{prefix}{int(luck * 10**missing):0{missing}d}" if missing else prefix
