"""The spool: what was appended arrives once in the database, in order, whatever dies in between."""

from __future__ import annotations

import json
import logging
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError, ProgrammingError

from core import clock, spool
from core.bulk import insert_new
from core.db import ALL_TENANTS, Database, ScopedSession
from core.draining import DEAD_LETTERS, behind_s, drain, waiting
from core.models import Counter
from core.spool import Spool

EPOCH = clock.datetime(2026, 1, 1, tzinfo=clock.UTC)


def keep(session: ScopedSession, entries: list[dict[str, Any]]) -> None:
    """An idempotent handler, as every handler is: one row a name."""
    for entry in entries:
        if entry["name"] == "bad":
            raise ValueError("this can never be applied")
    rows = [{"name": entry["name"], "window_start": EPOCH, "count": 1} for entry in entries]
    insert_new(session, Counter, rows)


def away(session: ScopedSession, entries: list[dict[str, Any]]) -> None:
    raise OperationalError("INSERT", {}, Exception("the database is away"))


HANDLERS = {"note": keep}


@pytest.fixture
def database(fresh_url: str) -> Iterator[Database]:
    found = Database(fresh_url)
    yield found
    found.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def kept(database: Database) -> list[str]:
    with database.reading(ALL_TENANTS) as session:
        return list(session.scalars(select(Counter.name).order_by(Counter.id)))


def note(writer: Spool, *names: str) -> None:
    for name in names:
        writer.append("note", {"name": name})


STEPS = st.lists(
    st.sampled_from(["append", "append", "crash", "torn", "drain", "outage", "lose marks"]), max_size=20
)


@given(steps=STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_lost_or_changes_places(database: Database, tmp_path: Path, steps: list[str]) -> None:
    with database.session(ALL_TENANTS) as session:
        session.execute(delete(Counter))
    folder = Path(mkdtemp(dir=tmp_path))
    writer, written = Spool(folder, "web"), list[str]()
    for number, step in enumerate([*steps, "crash", "drain"]):
        match step:
            case "append":
                note(writer, str(number))
                written.append(str(number))
            case "crash":  # what it had acknowledged is on disk, its lock is free
                writer.close()
                writer = Spool(folder, "web")
            case "torn":
                writer.close()
                writer = Spool(folder, "web")
                if files := sorted(folder.glob("*.spool"), key=lambda path: path.stat().st_mtime_ns):
                    with files[-1].open("ab") as file:
                        file.write(b'{"kind": "note", "da')
            case "drain":
                drain(folder, database, HANDLERS, batch=3)
            case "outage":
                with suppress(OperationalError):
                    drain(folder, database, {"note": away})
            case "lose marks":  # as when a crash came between commit and mark
                for mark in folder.glob("*.mark"):
                    mark.unlink()

    assert kept(database) == written
    assert waiting(folder) == 0
    writer.close()


def test_many_threads_share_one_file_and_each_keeps_its_order(folder: Path, database: Database) -> None:
    writer = Spool(folder, "web")
    in_threads(8, lambda number: note(writer, *(f"{number}:{serial:03}" for serial in range(40))))

    drain(folder, database, HANDLERS)

    names = kept(database)
    assert len(names) == 320
    assert len(list(folder.glob("*.spool"))) == 1
    for number in range(8):
        mine = [name for name in names if name.startswith(f"{number}:")]
        assert mine == sorted(mine)
    writer.close()


def test_a_full_file_gives_way_to_the_next_under_many_threads(
    folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MAX_FILE_BYTES", 200)
    writer = Spool(folder, "web")
    in_threads(8, lambda number: note(writer, *(f"{number}:{serial:03}" for serial in range(30))))
    assert len(list(folder.glob("*.spool"))) > 10

    drain(folder, database, HANDLERS)

    assert len(set(kept(database))) == 240
    assert len(list(folder.glob("*.spool"))) == 1, "the finished ones are gone, the last is still open"
    writer.close()


def in_threads(count: int, work: Callable[[int], None]) -> None:
    wrong: list[Exception] = []

    def run(number: int) -> None:
        try:
            work(number)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        pytest.param(b"what is this\n", "", id="no JSON"),
        pytest.param(b"\xff\xfe\x00\n", "", id="no text"),
        pytest.param(b'{"kind": "note", "da{"kind": "note", "data": {}}\n', "", id="torn in the middle"),
        pytest.param(b'[["note"]]\n', "", id="no object"),
        pytest.param(b'{"kind": 7, "data": {}}\n', "", id="a kind that is no word"),
        pytest.param(b'{"kind": "note", "data": "x"}\n', "", id="data that are no fields"),
        pytest.param(b'{"kind": "fashion", "data": {"name": "x"}}\n', "fashion", id="a kind nobody handles"),
        pytest.param(b'{"kind": "note", "data": {}}\n', "note", id="a field is missing"),
        pytest.param(b'{"kind": "note", "data": {"name": "bad"}}\n', "note", id="refused by its handler"),
        pytest.param(b'{"kind": "note", "data": {"name": {}}}\n', "note", id="a value no column takes"),
        pytest.param(b"[" * 100_000 + b"\n", "", id="nested without end"),
    ],
)
def test_an_entry_that_cannot_be_applied_stops_nobody(
    folder: Path, database: Database, caplog: pytest.LogCaptureFixture, line: bytes, kind: str
) -> None:
    folder.mkdir()
    good = [json.dumps({"kind": "note", "data": {"name": str(n)}}).encode() + b"\n" for n in range(7)]
    (folder / "web-1-000001.spool").write_bytes(b"".join([*good[:3], line, *good[3:]]))

    with caplog.at_level(logging.ERROR, "core.draining"):
        drain(folder, database, HANDLERS)

    assert kept(database) == [str(n) for n in range(7)]
    assert waiting(folder) == 0
    assert "cannot be applied" in caplog.text
    [dead] = [json.loads(row) for row in (folder / DEAD_LETTERS).read_text().splitlines()]
    assert dead.get("kind", "") == kind
    assert dead["error"]
    assert dead["at"]


def test_dead_letters_are_carried_again_once_they_can_be(folder: Path, database: Database) -> None:
    writer = Spool(folder, "web")
    writer.append("later", {"name": "x"})
    writer.close()
    drain(folder, database, HANDLERS)
    assert kept(database) == []

    (folder / DEAD_LETTERS).rename(folder / "again.spool")
    drain(folder, database, {**HANDLERS, "later": keep})

    assert kept(database) == ["x"]
    assert not list(folder.glob("*.spool"))


class SchemaBehind(Exception):
    sqlstate = "42P01"


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(OperationalError("INSERT", {}, Exception("locked")), id="the database is locked"),
        pytest.param(ProgrammingError("INSERT", {}, SchemaBehind()), id="a table is missing"),
        pytest.param(OSError("no space left"), id="the disk is full"),
    ],
)
def test_what_may_pass_is_tried_again_and_nothing_is_put_aside(
    folder: Path, database: Database, error: Exception
) -> None:
    writer = Spool(folder, "web")
    note(writer, "a", "b")

    def refuse(session: ScopedSession, entries: list[dict[str, Any]]) -> None:
        raise error

    with pytest.raises(type(error)):
        drain(folder, database, {"note": refuse})
    assert not (folder / DEAD_LETTERS).exists()
    drain(folder, database, HANDLERS)

    assert kept(database) == ["a", "b"]
    writer.close()


def test_a_line_still_being_written_waits(folder: Path, database: Database) -> None:
    writer = Spool(folder, "web")
    note(writer, "a")
    [path] = folder.glob("*.spool")
    with path.open("ab") as file:
        file.write(b'{"kind": "note", "data": {"name": "b')
        file.flush()
        drain(folder, database, HANDLERS)
        assert kept(database) == ["a"]
        assert not (folder / DEAD_LETTERS).exists()
        file.write(b'"}}\n')

    drain(folder, database, HANDLERS)

    assert kept(database) == ["a", "b"]
    writer.close()


def test_of_two_drains_at_once_one_carries(folder: Path, database: Database) -> None:
    writer = Spool(folder, "web")
    note(writer, "a")
    begun, go_on, carried = threading.Event(), threading.Event(), list[int]()

    def slow(session: ScopedSession, entries: list[dict[str, Any]]) -> None:
        begun.set()
        assert go_on.wait(30)
        keep(session, entries)

    first = threading.Thread(target=lambda: carried.append(drain(folder, database, {"note": slow})))
    first.start()
    assert begun.wait(30)
    carried.append(drain(folder, database, HANDLERS))
    go_on.set()
    first.join()

    assert carried == [0, 1]
    writer.close()


def test_only_files_nobody_writes_any_more_are_removed(folder: Path, database: Database) -> None:
    alive, gone = Spool(folder, "web"), Spool(folder, "web")
    note(alive, "a")
    note(gone, "b")
    gone.close()
    drain(folder, database, HANDLERS)
    assert len(list(folder.glob("*.spool"))) == 1

    note(alive, "c")
    drain(folder, database, HANDLERS)

    assert sorted(kept(database)) == ["a", "b", "c"]
    alive.close()


def test_a_mark_left_behind_hides_nothing_of_a_new_file(folder: Path, database: Database) -> None:
    first = Spool(folder, "web")
    note(first, "a", "b", "c")
    [path] = folder.glob("*.spool")
    drain(folder, database, HANDLERS)
    path.unlink()  # a crash between removing the file and its mark
    first.close()

    second = Spool(folder, "web")
    note(second, "d")
    drain(folder, database, HANDLERS)

    assert kept(database) == ["a", "b", "c", "d"]
    second.close()


def test_a_mark_that_was_torn_begins_again(folder: Path, database: Database) -> None:
    writer = Spool(folder, "web")
    note(writer, "a")
    drain(folder, database, HANDLERS)
    [mark] = folder.glob("*.mark")
    mark.write_text("")
    note(writer, "b")
    drain(folder, database, HANDLERS)

    assert kept(database) == ["a", "b"]
    writer.close()


def test_broken_unicode_is_kept_as_question_marks(folder: Path, database: Database) -> None:
    writer = Spool(folder, "web")
    note(writer, "a\ud800b", "湖滨")
    drain(folder, database, HANDLERS)

    assert kept(database) == ["a?b", "湖滨"]
    writer.close()


def test_how_far_behind_it_is(folder: Path, database: Database) -> None:
    writer = Spool(folder, "web")
    assert behind_s(folder) == 0.0
    note(writer, "a")
    assert behind_s(folder) == math.inf, "nothing was ever carried here"
    drain(folder, database, HANDLERS)
    assert behind_s(folder) == 0.0
    note(writer, "b")
    assert 0 <= behind_s(folder) < 60
    writer.close()


def test_what_comes_while_others_are_carried_is_behind_since_that_began(
    folder: Path, database: Database, frozen: datetime
) -> None:
    first, late = Spool(folder, "web"), Spool(folder, "another")
    note(first, "a")

    def slow(session: ScopedSession, entries: list[dict[str, Any]]) -> None:
        clock.advance(timedelta(seconds=8))
        note(late, "STOP")

    drain(folder, database, {**HANDLERS, **dict.fromkeys(HANDLERS, slow)})

    assert behind_s(folder) == 8.0
    first.close()
    late.close()
