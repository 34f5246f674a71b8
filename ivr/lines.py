"""
Who is on the line: the calls one host answers, counted by all its web processes in a file of its own, without the database.

A call that would be too many is turned away: a caller's own hears a busy line and costs nothing, for robots hold a free line on
purpose (E-14); where everybody is calling at once, people hear why and to call again (E-15). If the file cannot be had, all are answered.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import weakref
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from core import clock
from flows.language import engine
from flows.language.flow import Flow
from flows.language.phrases import PHRASES
from flows.language.turn import Hangup, Instruction, Reject, Say, State, Step, Turn
from ivr.leg import Leg, number_or_none
from ivr.settings import Limits

log = logging.getLogger(__name__)
FILE = "lines.db"
LINES_BUSY: Final = "lines_busy"
CALLER_BUSY: Final = "caller_busy"
IN_MENUS = timedelta(minutes=15)
"""Longer than a flow keeps anybody, after the minutes it allows: a call whose end nobody reported is given up then."""
WITH_A_PERSON = timedelta(hours=4)
"""The carrier ends every call after that."""
DAY = timedelta(hours=24)
WAIT_S = 1.0
TABLE = """
CREATE TABLE IF NOT EXISTS line (
    call_sid TEXT PRIMARY KEY, tenant INTEGER NOT NULL, caller TEXT NOT NULL, began REAL NOT NULL, until REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ix_line_until ON line (tenant, until);
CREATE INDEX IF NOT EXISTS ix_line_caller ON line (tenant, caller, began);
CREATE INDEX IF NOT EXISTS ix_line_began ON line (began);
"""
COUNT = """
SELECT (SELECT count(*) FROM line WHERE tenant = :tenant AND until > :now),
       (SELECT count(*) FROM line WHERE tenant = :tenant AND caller = :caller AND began > :since AND until > :now),
       (SELECT count(*) FROM line WHERE tenant = :tenant AND caller = :caller AND began > :since)
"""


class Lines:
    """The calls of one host. Instants are business time."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / FILE
        self._lock = threading.Lock()
        self._held: sqlite3.Connection | None = None

    def take(self, tenant_id: int, leg: Leg, limits: Limits, minutes: int) -> str | None:
        """A line for *leg*, who may stay in the menus for *minutes*; if there is none for it, which limit says so."""
        now = clock.now()
        until = now + timedelta(minutes=minutes) + IN_MENUS
        try:
            with self._lock, self._file() as file:
                return _take(file, tenant_id, leg, limits, now, until)
        except (sqlite3.Error, OSError) as error:
            log.error("lines are not counted: %s", error)
            return None

    def hold(self, leg: Leg) -> None:
        """The caller talks to a person or waits for one, which may take long."""
        self._write(
            "UPDATE line SET until = ? WHERE call_sid = ?", (_s(clock.now() + WITH_A_PERSON), leg.call_sid)
        )

    def free(self, leg: Leg) -> None:
        """The call is over. It still counts among those of its day."""
        self._write("UPDATE line SET until = 0 WHERE call_sid = ?", (leg.call_sid,))

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            with self._lock, self._file() as file:
                file.execute(statement, values)
        except (sqlite3.Error, OSError) as error:
            log.error("lines are not counted: %s", error)

    def _file(self) -> sqlite3.Connection:
        """Opened by whoever needs it first, in the process that answers: never before it was forked."""
        if self._held is None:
            file = sqlite3.connect(self._path, timeout=WAIT_S, check_same_thread=False)
            # what a power failure takes along is over anyway
            file.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; {TABLE}")
            self._held = file
            weakref.finalize(self, file.close)
        return self._held


def _take(
    file: sqlite3.Connection, tenant_id: int, leg: Leg, limits: Limits, now: datetime, until: datetime
) -> str | None:
    file.execute("BEGIN IMMEDIATE")
    if file.execute("SELECT 1 FROM line WHERE call_sid = ?", (leg.call_sid,)).fetchone():
        return None
    file.execute("DELETE FROM line WHERE began < ?", (_s(now - DAY),))
    caller = number_or_none(leg.caller)
    asked = {"tenant": tenant_id, "caller": caller, "now": _s(now), "since": _s(now - DAY)}
    everybody, mine, today = file.execute(COUNT, asked).fetchone()
    if caller and caller not in limits.unlimited and (mine >= limits.of_a_caller or today >= limits.a_day):
        return CALLER_BUSY
    if everybody >= limits.at_once:
        return LINES_BUSY
    row = (leg.call_sid, tenant_id, caller, _s(now), _s(until))
    file.execute("INSERT INTO line VALUES (?, ?, ?, ?, ?)", row)
    return None


def turned_away(flow: Flow, why: str) -> Turn:
    """What a caller hears for whom there is no line."""
    said: tuple[Instruction, ...] = (Reject("busy"),)
    if why == LINES_BUSY:
        said = (*(_busy(flow, lang) for lang in flow.languages), Hangup())
    state = State(flow.hash, flow.start, 0, flow.default_language)
    return Turn(state, said, (), (Step("limit", "limit", engine.says(said), None),), why)


def _busy(flow: Flow, lang: str) -> Say:
    ladder = (
        flow.texts.get(LINES_BUSY, {}).get(lang) or PHRASES[LINES_BUSY].get(lang) or PHRASES[LINES_BUSY]["en"]
    )
    return Say(ladder[0], lang)


def _s(at: datetime) -> float:
    return at.timestamp()
