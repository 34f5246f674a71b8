"""How many of the busy lanes one worker takes: no more than its even share, so that each machine has some to do."""

from __future__ import annotations

import threading
from math import ceil

import procrastinate

# Procrastinate's own tables; its task manager can list what is in them, but not count
COUNT = """
    SELECT
        (SELECT count(*) FROM procrastinate_workers
         WHERE last_heartbeat > now() - make_interval(secs => %(stalled_s)s)) AS workers,
        (SELECT count(DISTINCT lock) FROM procrastinate_jobs
         WHERE queue_name = %(queue)s AND status = 'doing') AS lanes
"""


class Share:
    """The lanes this worker holds. Safe to use from many threads."""

    def __init__(self) -> None:
        self._most = 1
        self._held: list[str] = []
        self._lock = threading.Lock()

    async def look(self, app: procrastinate.App, queue: str, stalled_s: float, busy: int) -> None:
        """Count the workers that are alive and the lanes that *queue* has under way; *busy* have something due."""
        found = await app.connector.execute_query_one_async(COUNT, queue=queue, stalled_s=stalled_s)
        self.set(max(found["lanes"], busy), found["workers"])

    def set(self, lanes: int, workers: int) -> None:
        """Share *lanes* among *workers*."""
        self._most = max(1, ceil(lanes / max(1, workers)))

    def is_full(self) -> bool:
        """Whether this worker does as many lanes as it should."""
        return len(self._held) >= self._most

    def take(self, lane: str) -> bool:
        """Whether this worker may do *lane*: it is not doing it already, nor as many as it should."""
        with self._lock:
            is_free = lane not in self._held and len(self._held) < self._most
            if is_free:
                self._held.append(lane)
            return is_free

    def keeps(self, lane: str) -> bool:
        """Whether *lane* may stay here; the last ones taken go when others are free to do them."""
        with self._lock:
            return lane in self._held[: self._most]

    def give_back(self, lane: str) -> None:
        """*lane* is done for now."""
        with self._lock:
            self._held.remove(lane)
