"""
What leaves together: a slice is what one claim lets leave through a sender, and its terms.

Before the first order of a slice leaves, this process has read its monotonic clock, made sure that no machine's spool and no
older copy of the database stands in the way, claimed, and written down outside the database how far it goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from core import clock, hosts
from core.carriers.base import Carrier
from core.runtime import Runtime
from outbound import high_water, restored
from outbound.breaker import Watch
from outbound.claim import claim
from outbound.links import Links
from outbound.work import Work


@dataclass(frozen=True)
class Lane:
    """One sender while this process sends through it; *watch* sees every answer of its carrier."""

    runtime: Runtime
    pool: ThreadPoolExecutor
    sender_id: int
    tenant_id: int
    carrier: Carrier
    links: Links
    watch: Watch = field(default_factory=Watch)


@dataclass(frozen=True)
class Slice:
    """*work* is sent *gap_s* apart from *began* on, by its places; none from *submit_by* on (both monotonic)."""

    lane: Lane
    work: Sequence[Work]
    submit_by: float
    began: float
    gap_s: float

    def chunks(self) -> list[tuple[Slice, Sequence[Work]]]:
        """Its work as it is marked and posted: as much at a time as there are threads."""
        size = self.lane.runtime.config.send_threads
        return [(self, self.work[start : start + size]) for start in range(0, len(self.work), size)]


def open_lane(
    runtime: Runtime, pool: ThreadPoolExecutor, sender_id: int, tenant_id: int, channel: str
) -> Lane:
    """Where what leaves through one sender goes."""
    return Lane(runtime, pool, sender_id, tenant_id, runtime.carriers[channel], Links.of(runtime))


def next_slice(lane: Lane) -> tuple[Slice, Counter[str]]:
    """Claim up to two seconds' worth of the sender's rate; beside it how many were decided on, and how."""
    runtime = lane.runtime
    submit_by = clock.monotonic() + runtime.config.submit_window_s
    with runtime.database.session(lane.tenant_id) as session:
        if hosts.in_the_way(session, runtime.host) or restored.hold_if_older(runtime, session):
            return Slice(lane, (), submit_by, 0.0, 0.0), Counter()
        mark = high_water.path_in(runtime.config.state_dir, high_water.identity(session))
        claimed = claim(session, lane.sender_id, runtime.config.lease_s, runtime.config.submit_window_s)
    if claimed.work:
        high_water.raise_to(mark, max(one.attempt_id for one in claimed.work))
    began = clock.monotonic() + claimed.wait_s
    return Slice(lane, claimed.work, submit_by, began, claimed.gap_s), claimed.decided
