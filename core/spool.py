"""
An append-only file per host for what must not be lost while the database is away.

Call records, receipts and opt-outs are written here, flushed to disk before the carrier gets its answer (one fsync for
everything that arrived meanwhile), and carried into the database in order by `drain`. Every handler is idempotent, so a
crash between the database's commit and the spool's mark repeats an entry without harm.

    {"kind": "receipt", "data": {...}}\\n
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from core.db import ALL_TENANTS, Database, ScopedSession

Handler = Callable[[ScopedSession, list[dict[str, Any]]], None]
MAX_FILE_BYTES = 16_000_000


class Spool:
    """One process's file in the host's spool folder. Safe to use from many threads."""

    def __init__(self, folder: Path, owner: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._owner = owner
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._file: Any = None
        self._written = 0
        self._synced = 0
        self._serial = 0

    def append(self, kind: str, data: Mapping[str, Any]) -> None:
        """Keep one entry; returns once it is on disk."""
        line = (json.dumps({"kind": kind, "data": data}, ensure_ascii=False) + "\n").encode()
        with self._lock:
            file = self._current()
            file.write(line)
            self._written += 1
            ticket = self._written
        self._flush(ticket)

    def _current(self) -> Any:
        if self._file is None or not Path(self._file.name).exists() or self._file.tell() > MAX_FILE_BYTES:
            if self._file is not None:
                self._sync(self._file)
                self._file.close()
            self._serial += 1
            path = self.folder / f"{self._owner}-{os.getpid()}-{self._serial:06}.spool"
            self._file = path.open("ab")
            self._synced = self._written
        return self._file

    def _flush(self, ticket: int) -> None:
        """Whoever comes first syncs for all who wrote before: group commit."""
        with self._flushing:
            with self._lock:
                if self._synced >= ticket:
                    return
                reached, file = self._written, self._file
                file.flush()
            os.fsync(file.fileno())
            self._synced = reached

    @staticmethod
    def _sync(file: Any) -> None:
        file.flush()
        os.fsync(file.fileno())

    def close(self) -> None:
        """Let go of the file; what it holds stays for `drain`."""
        with self._flushing, self._lock:
            if self._file is not None:
                self._sync(self._file)
                self._file.close()
                self._file = None


def waiting(folder: Path) -> int:
    """Bytes still to be carried into the database."""
    return sum(path.stat().st_size - _mark(path) for path in _files(folder))


def drain(folder: Path, database: Database, handlers: Mapping[str, Handler], batch: int = 500) -> int:
    """
    Carry every entry in *folder* into the database, oldest file first; the number carried.

    Runs of one kind go to its handler together. Raises what the database raises; nothing is lost then. Of several
    processes on a host one carries, the others find nothing to do.
    """
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0
        return _drain(folder, database, handlers, batch)


def _drain(folder: Path, database: Database, handlers: Mapping[str, Handler], batch: int) -> int:
    carried = 0
    for path in _files(folder):
        for entries, position in _batches(path, batch):
            with database.session(ALL_TENANTS) as session:
                for kind, run in _runs(entries):
                    handlers[kind](session, run)
            _set_mark(path, position)
            carried += len(entries)
        _remove_if_done(path)
    return carried


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.spool"), key=lambda path: (path.stat().st_mtime_ns, path.name))


def _batches(path: Path, size: int) -> Iterator[tuple[list[dict[str, Any]], int]]:
    with path.open("rb") as file:
        file.seek(_mark(path))
        entries: list[dict[str, Any]] = []
        while (line := file.readline()).endswith(b"\n"):  # a torn last line is still being written
            entries.append(json.loads(line))
            if len(entries) >= size:
                yield entries, file.tell()
                entries = []
        if entries:
            yield entries, file.tell() - len(line)


def _runs(entries: list[dict[str, Any]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    start = 0
    for at in range(1, len(entries) + 1):
        if at == len(entries) or entries[at]["kind"] != entries[start]["kind"]:
            yield entries[start]["kind"], [entry["data"] for entry in entries[start:at]]
            start = at


def _mark(path: Path) -> int:
    mark = path.with_suffix(".mark")
    return int(mark.read_text()) if mark.exists() else 0


def _set_mark(path: Path, position: int) -> None:
    fresh = path.with_suffix(".mark.new")
    fresh.write_text(str(position))
    fresh.replace(path.with_suffix(".mark"))


def _remove_if_done(path: Path) -> None:
    """Drop a finished file of a process that is gone; a living one goes on writing to its own."""
    if _mark(path) >= path.stat().st_size and not _is_alive(path):
        path.unlink()
        path.with_suffix(".mark").unlink(missing_ok=True)


def _is_alive(path: Path) -> bool:
    pid = int(path.stem.rsplit("-", 2)[1])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
