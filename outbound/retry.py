"""When a failed delivery is tried again: by cause, counted from the end of the last attempt (business time)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

MINUTE_S = 60
HOUR_S = 3600

# causes after which nothing had rung and nothing had arrived
UNFELT = frozenset(
    {"busy", "network", "bad_number", "handset_off", "filtered", "opted_out", "not_allowed", "cancelled"}
)

# causes after which the pages the carrier counts have arrived
CUT_SHORT = frozenset({"cut", "poor_line", "unknown_cause"})

# cause: (further tries, seconds after the end). A cause that is not here is final: bad_number, declined, opted_out …
RETRIES: dict[str, dict[str, tuple[int, int]]] = {
    "voice": {
        "busy": (3, 5 * MINUTE_S),
        "no_answer": (2, 4 * HOUR_S),
        "network": (3, 2 * MINUTE_S),
        # hung up on; who has a message on it is not called again
        "machine": (2, 4 * HOUR_S),
    },
    "sms": {
        "handset_off": (2, 2 * HOUR_S),
        "network": (3, 2 * MINUTE_S),
        "unknown_cause": (1, 30 * MINUTE_S),
    },
    "fax": {
        "busy": (5, 5 * MINUTE_S),
        "no_answer": (3, 15 * MINUTE_S),
        "network": (3, 2 * MINUTE_S),
        "poor_line": (2, 10 * MINUTE_S),
        "cut": (2, 5 * MINUTE_S),
        # people are being rung: once more, then stop
        "not_a_fax": (1, 60 * MINUTE_S),
    },
}


def again_at(
    channel: str, cause: str, failures: int, ended_at: datetime, overrides: Mapping[str, Any]
) -> datetime | None:
    """
    When to try again after the *failures*-th attempt ended for *cause* at *ended_at*; None: never.

    *overrides* is a source's own {cause: {"times": n, "after_s": s}}.
    """
    if own := overrides.get(cause):
        times, after_s = int(own["times"]), int(own["after_s"])
    else:
        times, after_s = RETRIES[channel].get(cause, (0, 0))
    return ended_at + timedelta(seconds=after_s) if failures <= times else None
