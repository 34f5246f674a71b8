"""
Append-only files per host for what must not be lost while the database is away.

Call records, receipts and opt-outs are written here, flushed to disk before the carrier gets its answer (one fsync for
everything that arrived meanwhile), and carried into the database by core/draining.py.

    {"kind": "receipt", "data": {...}}\\n

Whoever writes a file holds a lock on it, so that it is known when it is finished.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

MAX_FILE_BYTES = 16_000_000
_json = json.JSONEncoder(ensure_ascii=False).encode


class _Round:
    """Entries that go to disk together. *error* is why they may not have got there."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.over = threading.Event()
        self.error: BaseException | None = None


class Spool:
    """One process's file in the host's spool folder. Safe to use from many threads."""

    def __init__(self, folder: Path, owner: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._owner = owner
        self._joining = threading.Lock()
        self._writing = threading.Lock()
        self._open = _Round()
        self._file: BinaryIO | None = None
        self._size = 0

    def append(self, kind: str, data: Mapping[str, Any]) -> None:
        """Keep one entry; returns once it is on disk. What is no text (lone surrogates) becomes a question mark."""
        line = (_json({"kind": kind, "data": data}) + "\n").encode("utf-8", "replace")
        with self._joining:
            mine = self._open
            mine.lines.append(line)
            leads = len(mine.lines) == 1
        if leads:
            self._lead(mine)
        else:
            mine.over.wait()
        if mine.error is not None:
            raise OSError(f"the spool was not written: {mine.error}") from mine.error

    def _lead(self, mine: _Round) -> None:
        """Whoever comes first writes for all who come until then: group commit. Those who come meanwhile are the next round."""
        try:
            with self._writing:
                with self._joining:
                    self._open = _Round()
                self._write(b"".join(mine.lines))
        except BaseException as error:
            mine.error = error
            if self._open is mine:  # interrupted before its turn came
                self._open = _Round()
            if not isinstance(error, OSError):
                raise
        finally:
            mine.over.set()

    def _write(self, lines: bytes) -> None:
        try:
            file = self._current()
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
            self._size += len(lines)
        except BaseException:
            self._let_go()  # asked again the disk might say that all is well; a torn line would spoil the next
            raise

    def _current(self) -> BinaryIO:
        if self._file and (self._size > MAX_FILE_BYTES or not os.fstat(self._file.fileno()).st_nlink):
            self._let_go()
        if self._file is None:
            self._file, self._size = _create(self.folder, self._owner), 0
        return self._file

    def _let_go(self) -> None:
        """Leave the file to the drain."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()

    def close(self) -> None:
        """Let go of the file; what it holds stays for the drain."""
        with self._writing:
            self._let_go()


def _create(folder: Path, owner: str) -> BinaryIO:
    """A new file that is ours. Another process may have the same number in another container, or had it before."""
    serial = 0
    while True:
        serial += 1
        path = folder / f"{owner}-{os.getpid()}-{serial:06}.spool"
        try:
            file = path.open("xb")
        except FileExistsError:
            continue
        fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists():  # it was not taken for finished between its making and its lock
            path.with_suffix(".mark").unlink(missing_ok=True)
            _sync_folder(folder)
            return file
        file.close()


def _sync_folder(folder: Path) -> None:
    """Make names of new files last through a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
