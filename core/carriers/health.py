"""Whether those who carry our calls, texts and faxes are ready for us: asked by `flask carriers check` and before every launch."""

from __future__ import annotations

from collections.abc import Collection

from core import clock
from core.carriers.round_trip import CHANNELS, round_trip_problems
from core.runtime import Runtime

# a carrier that was ready so long ago is taken to be ready; one that was not is asked again
GOOD_FOR_S = 60.0


def problems(of: Runtime, channels: Collection[str] = CHANNELS) -> list[str]:
    """What is wrong with the carrier of each of *channels*, and on the way from it to us: a sentence each."""
    used = {channel: of.carriers[channel] for channel in sorted(channels) if channel in of.carriers}
    carriers = {carrier.name: carrier for carrier in used.values()}
    found = [problem for name in sorted(carriers) for problem in carriers[name].check()]
    return found + round_trip_problems(of.config, tuple(used))


def recent_problems(of: Runtime, channels: Collection[str]) -> list[str]:
    """`problems`, unless there were none a moment ago."""
    asked = frozenset(channels)
    if of.ready_until.get(asked, 0.0) > clock.monotonic():
        return []
    found = problems(of, channels)
    if not found:
        of.ready_until[asked] = clock.monotonic() + GOOD_FOR_S
    return found
