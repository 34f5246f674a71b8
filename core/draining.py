"""
Carries what the processes of a host have spooled into the database, in order.

Every handler is idempotent, so a crash between the database's commit and the spool's mark repeats an entry without harm.
An entry that can never be applied goes to dead-letters.jsonl with the reason, and what is behind it goes on; once the
cause is mended, that file renamed to anything.spool is carried again.
"""

from __future__ import annotations

import fcntl
import json
import logging
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy.exc import DBAPIError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from core import clock
from core.db import ALL_TENANTS, Database, ScopedSession
from core.errors import Unavailable

LOGGER = logging.getLogger(__name__)
Handler = Callable[[ScopedSession, list[dict[str, Any]]], None]
DEAD_LETTERS = "dead-letters.jsonl"
CARRIED = "carried"
# PostgreSQL: a table or column is missing, or we may not use it. That is our installation, not the entry
SCHEMA_ERRORS = ("42P01", "42703", "42501")


@dataclass(frozen=True)
class _Entry:
    """One line of a spool file; *kind* is "" if it is none of ours."""

    line: bytes
    kind: str
    data: dict[str, Any]


def waiting(folder: Path) -> int:
    """Bytes still to be carried into the database."""
    return sum(max(0, size - _mark(path)) for path, size, _ in _files(folder))


def behind_s(folder: Path) -> float:
    """Seconds since which something may wait; 0 if nothing does. Large after an outage, until `drain` has caught up."""
    if not waiting(folder):
        return 0.0
    try:
        return clock.real().timestamp() - (folder / CARRIED).stat().st_mtime
    except FileNotFoundError:
        return math.inf


def drain(folder: Path, database: Database, handlers: Mapping[str, Handler], batch: int = 500) -> int:
    """
    Carry every entry in *folder* into the database, oldest file first; the number of entries dealt with.

    Runs of one kind go to its handler together. Raises what the database raises while it is away; nothing is lost then.
    Of several processes on a host one carries, the others find nothing to do.
    """
    with (folder / "lock").open("w") as lock:
        if not _locked(lock.fileno()):
            return 0
        began = clock.real().timestamp()
        carried = sum(_carry_file(path, database, handlers, batch) for path, _, _ in _files(folder))
        (folder / CARRIED).open("a").close()
        os.utime(folder / CARRIED, (began, began))  # what came since may not have been seen
        return carried


def _locked(handle: int) -> bool:
    """Whether we got the lock that another process or thread may hold."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _files(folder: Path) -> list[tuple[Path, int, int]]:
    """Path, size and last change of every file, the oldest first."""
    found = []
    for path in folder.glob("*.spool"):
        try:
            about = path.stat()
        except FileNotFoundError:  # carried and gone meanwhile
            continue
        found.append((path, about.st_size, about.st_mtime_ns))
    return sorted(found, key=lambda file: (file[2], file[0].name))


def _carry_file(path: Path, database: Database, handlers: Mapping[str, Handler], batch: int) -> int:
    carried = 0
    with path.open("rb") as file:
        is_finished = _locked(file.fileno())
        position = _mark(path)
        file.seek(position)
        while lines := _lines(file, batch, is_finished):
            entries = [_entry(line) for line in lines]
            _bury(path.parent, _carry(database, handlers, entries))
            position += sum(map(len, lines))
            file.seek(position)
            _set_mark(path, position)
            carried += len(entries)
        if is_finished:
            path.with_suffix(".mark").unlink(missing_ok=True)
            path.unlink()
    return carried


def _lines(file: BinaryIO, size: int, is_finished: bool) -> list[bytes]:
    """The next lines. A last one without an end is still being written, unless its writer is gone."""
    lines: list[bytes] = []
    while len(lines) < size and (line := file.readline()):
        if not line.endswith(b"\n") and not is_finished:
            break
        lines.append(line)
    return lines


def _entry(line: bytes) -> _Entry:
    try:
        found = json.loads(line)
        kind, data = found["kind"], found["data"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return _Entry(line, "", {})
    is_ours = isinstance(kind, str) and isinstance(data, dict)
    return _Entry(line, kind, data) if is_ours else _Entry(line, "", {})


def _carry(
    database: Database, handlers: Mapping[str, Handler], entries: Sequence[_Entry]
) -> list[tuple[_Entry, Exception]]:
    """Apply *entries* in one transaction, or in ever smaller ones to find those that cannot be; these with the reason."""
    try:
        with database.session(ALL_TENANTS) as session:
            for kind, run in _runs(entries):
                handlers[kind](session, run)
    except Exception as error:
        if _may_pass(error):
            raise
        if len(entries) == 1:
            return [(entries[0], error)]
        middle = len(entries) // 2
        return _carry(database, handlers, entries[:middle]) + _carry(database, handlers, entries[middle:])
    return []


def _may_pass(error: Exception) -> bool:
    """Whether the same entry may well be applied later: the database is away, or not as it should be."""
    if isinstance(error, DBAPIError):
        is_schema = getattr(error.orig, "sqlstate", None) in SCHEMA_ERRORS
        return (
            isinstance(error, OperationalError | InternalError) or error.connection_invalidated or is_schema
        )
    return isinstance(error, OSError | MemoryError | NoConnection | Unavailable)


def _bury(folder: Path, dead: Sequence[tuple[_Entry, Exception]]) -> None:
    if not dead:
        return
    with (folder / DEAD_LETTERS).open("ab") as file:
        for entry, error in dead:
            what = {"kind": entry.kind, "data": entry.data} if entry.kind else {"line": _text(entry.line)}
            about = {"error": f"{type(error).__name__}: {error}"[:500], "at": clock.real().isoformat()}
            file.write((json.dumps({**what, **about}) + "\n").encode())
            LOGGER.error(
                "spool: an entry (%s) cannot be applied: %s. It is kept in %s",
                entry.kind or "not one of ours",
                type(error).__name__,
                file.name,
            )
        file.flush()
        os.fsync(file.fileno())


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\n")


def _runs(entries: Sequence[_Entry]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    start = 0
    for at in range(1, len(entries) + 1):
        if at == len(entries) or entries[at].kind != entries[start].kind:
            yield entries[start].kind, [entry.data for entry in entries[start:at]]
            start = at


def _mark(path: Path) -> int:
    """How far *path* has been carried; from the beginning if that is not known any more."""
    try:
        return int(path.with_suffix(".mark").read_text())
    except (FileNotFoundError, ValueError):
        return 0


def _set_mark(path: Path, position: int) -> None:
    fresh = path.with_suffix(".mark.new")
    fresh.write_text(str(position))
    fresh.replace(path.with_suffix(".mark"))
