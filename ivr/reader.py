"""The snapshot as a web process holds it: read again when its file changed, renewed when it grew old."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

from core import clock
from core.errors import Unavailable
from ivr import snapshot
from ivr.snapshot import Snapshot

STALE_S = 90
"""A worker rewrites the file each minute; older than this, nobody does."""
RETRY_S = 10
log = logging.getLogger(__name__)


class SnapshotReader:
    """Gives the newest snapshot there is; *renew* writes a fresh one from the database."""

    def __init__(self, path: Path, renew: Callable[[], object]) -> None:
        self._path, self._name = path, str(path)
        self._renew = renew
        self._held: Snapshot | None = None
        self._stamp = 0
        self._lock = threading.Lock()
        self._tried_at = 0.0

    def current(self) -> Snapshot:
        """Never waits for the database but on a host's very first start. Raises Unavailable if there is nothing to go by."""
        stamp = self._file_stamp()
        if stamp != self._stamp or self._held is None:
            self._read(stamp)
        if clock.real().timestamp() - self._stamp / 1e9 > STALE_S:
            self.renew_soon()
        assert self._held is not None
        return self._held

    def renew_soon(self) -> None:
        """Have the file rewritten beside this request, at most once in ten seconds."""
        with self._lock:
            if clock.monotonic() - self._tried_at < RETRY_S:
                return
            self._tried_at = clock.monotonic()
        threading.Thread(target=self._try_to_renew, name="snapshot", daemon=True).start()

    def _file_stamp(self) -> int:
        try:
            return os.stat(self._name).st_mtime_ns
        except OSError:
            return 0

    def _read(self, stamp: int) -> None:
        with self._lock:
            if stamp == self._stamp and self._held is not None:
                return
            try:
                if stamp == 0 and self._held is None:
                    self._renew()
                    stamp = self._file_stamp()
                self._held = snapshot.read(self._path)
            except Unavailable as error:
                if self._held is None:
                    raise
                log.error("snapshot: %s; going on with the last good one", error.message)
            self._stamp = stamp

    def _try_to_renew(self) -> None:
        try:
            self._renew()
        except Exception as error:  # whatever the driver raises: the old snapshot goes on
            log.warning("snapshot not renewed: %s", type(error).__name__)
