"""Imports by the worker: exactly once, whatever is killed, and where they stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app import create_app
from core import clock
from core.config import Config
from core.db import ALL_TENANTS
from core.models import Tenant
from core.runtime import Runtime
from customers import imports, jobs
from customers.importing import importing, uploads
from customers.models import ConsentEvent, Customer, CustomerImport, CustomerNumber
from tests.conftest import NOON

ROOT = Path(__file__).parent.parent.parent
Open = Callable[[str], Runtime]


def people(count: int, *, start: int = 0) -> bytes:
    """A file of which every tenth row is no number and every seventh stands there already."""
    lines = ["reference,name,mobile,consent_marketing"]
    for at in range(start, start + count):
        number = "12" if at % 10 == 3 else f"1391{(at - 1 if at % 7 == 5 else at):07}"
        lines.append(f"R{at},Customer {at},{number},yes")
    return "\n".join(lines).encode()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens an installation on a database, as a process does; several may share one."""
    runtimes: list[Runtime] = []

    def made(url: str) -> Runtime:
        app = create_app(Config(database_url=url, state_dir=tmp_path / "state"), carriers={})
        runtime: Runtime = app.extensions["carillon"]
        if not runtimes:
            with runtime.database.session(ALL_TENANTS) as session:
                session.add(Tenant(id=1, slug="ours", name="Ours", region="CN", created_at=NOON))
        runtimes.append(runtime)
        return runtime

    yield made
    for runtime in runtimes:
        runtime.spool.close()
        runtime.database.close()


def submit(runtime: Runtime, content: bytes, *, check_first: bool = False, **mapping: str) -> int:
    upload = uploads.keep(runtime.config, 1, BytesIO(content))
    wanted = imports.Wanted(upload.token, "list.csv", "CN", mapping)
    with runtime.database.session(1) as session:
        return imports.submit(session, 1, wanted, "li@ours.example", check_first=check_first).id


def state(runtime: Runtime, import_id: int) -> CustomerImport:
    with runtime.database.reading(1) as session:
        return imports.get(session, import_id)


def work(runtime: Runtime) -> None:
    with ThreadPoolExecutor(1) as pool:
        jobs.import_all(runtime, pool)


def counts(found: CustomerImport) -> tuple[Any, ...]:
    return (found.state, found.percent, found.rows, found.accepted, found.duplicates, found.rejected)


def inside(runtime: Runtime) -> tuple[list[str], int, int]:
    """The references of all customers, how many numbers and consents they have."""
    with runtime.database.reading(1) as session:
        references = session.scalars(select(Customer.reference).order_by(Customer.id)).all()
        numbers = session.scalar(select(func.count(CustomerNumber.id))) or 0
        return list(map(str, references)), numbers, session.scalar(select(func.count(ConsentEvent.id))) or 0


def rejects(runtime: Runtime, found: CustomerImport) -> str:
    return uploads.at(runtime.config, 1, found.token).rejects.read_text(encoding="utf-8-sig")


@pytest.mark.storage
def test_an_import_that_is_cut_short_goes_on_where_it_was(
    opened: Open, database_url: str, sqlite_template: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 50)
    runtime = opened(database_url)
    cut = submit(runtime, people(400))
    stop_after(runtime, monkeypatch, batches=3)
    work(runtime)
    halfway = state(runtime, cut)
    torn = uploads.at(runtime.config, 1, halfway.token).rejects
    with torn.open("a") as file:
        file.write("half a row that was never committed")

    monkeypatch.undo()
    monkeypatch.setattr(importing, "BATCH", 50)
    runtime.stopping.clear()
    work(runtime)
    found = state(runtime, cut)

    whole_path = tmp_path / "whole.db"
    whole_path.write_bytes(sqlite_template)
    whole = create_app(Config(database_url=f"sqlite:///{whole_path}", state_dir=tmp_path / "whole"), carriers={}).extensions["carillon"]  # fmt: skip
    with whole.database.session(ALL_TENANTS) as session:
        session.add(Tenant(id=1, slug="ours", name="Ours", region="CN", created_at=NOON))
    at_once = submit(whole, people(400))
    work(whole)

    assert (halfway.state, halfway.rows) == ("importing", 150)
    assert counts(found) == counts(state(whole, at_once))
    assert inside(runtime) == inside(whole)
    assert rejects(runtime, found) == rejects(whole, state(whole, at_once))
    assert found.shown == state(whole, at_once).shown
    assert not uploads.at(runtime.config, 1, found.token).path.exists()
    whole.spool.close()
    whole.database.close()


def stop_after(runtime: Runtime, monkeypatch: pytest.MonkeyPatch, batches: int) -> None:
    """Have the process told to stop when so many batches are in."""
    save, seen = jobs._save, []

    def counted(*arguments: Any) -> None:
        save(*arguments)
        seen.append(1)
        if len(seen) == batches:
            runtime.stopping.set()

    monkeypatch.setattr(jobs, "_save", counted)


@pytest.mark.long
def test_a_killed_worker_loses_and_doubles_nobody(opened: Open, sqlite_url: str, tmp_path: Path) -> None:
    runtime = opened(sqlite_url)
    found = submit(runtime, people(24_000))
    environment = {**os.environ, "DATABASE_URL": sqlite_url, "STATE_DIR": str(tmp_path / "state")}
    command = [sys.executable, "-m", "flask", "worker"]
    kills = 0
    for rows in (1, 12_000):
        worker = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        until(
            lambda rows=rows: state(runtime, found).rows >= rows or state(runtime, found).state == "finished"
        )  # type: ignore[misc]
        kills += state(runtime, found).state == "importing"
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        with runtime.database.session(1) as session:  # rather than wait for its lease to run out
            session.execute(update(CustomerImport).values(lease_until=clock.real() - timedelta(seconds=1)))
    work(runtime)

    ended = state(runtime, found)
    references, numbers, consents = inside(runtime)
    assert kills
    assert (ended.state, ended.rows) == ("finished", 24_000)
    assert ended.accepted + ended.duplicates + ended.rejected == 24_000
    assert len(references) == len(set(references)) == ended.accepted == numbers == consents
    assert ended.rejected == 2_400 == rejects(runtime, ended).count("\n") - 1


def until(done: Callable[[], bool], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.storage
def test_two_imports_at_once_take_nobody_twice(
    opened: Open, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 100)
    runtimes = [opened(database_url), opened(database_url)]
    ids = [submit(runtimes[0], people(1000)), submit(runtimes[0], people(1000, start=500))]
    threads = [threading.Thread(target=work, args=[runtime]) for runtime in runtimes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = [state(runtimes[0], each) for each in ids]
    references, numbers, _ = inside(runtimes[0])
    with runtimes[0].database.reading(1) as session:
        addresses = session.scalars(select(CustomerNumber.address)).all()
    assert [each.state for each in found] == ["finished", "finished"]
    assert len(references) == len(set(references)) == len(set(addresses)) == numbers
    assert sum(each.accepted for each in found) == len(references)


def test_a_cancelled_import_stops_at_its_next_batch(
    opened: Open, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 50)
    runtime = opened(sqlite_url)
    found = submit(runtime, people(400))
    save = jobs._save

    def cancelling(session: Any, row: CustomerImport, values: Any) -> None:
        if values["rows"] == 100:
            imports.cancel(session, imports.get(session, found), "li@ours.example")
        save(session, row, values)

    monkeypatch.setattr(jobs, "_save", cancelling)
    work(runtime)
    assert state(runtime, found).state == "importing", "what was undone with the batch was its cancelling too"
    monkeypatch.setattr(jobs, "_save", save)
    with runtime.database.session(1) as session:
        imports.cancel(session, imports.get(session, found), "li@ours.example")
    work(runtime)

    assert (state(runtime, found).state, state(runtime, found).rows) == ("cancelled", 50)
    assert len(inside(runtime)[0]) == state(runtime, found).accepted


def test_one_that_was_taken_over_undoes_its_batch(
    opened: Open, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = opened(sqlite_url)
    found = submit(runtime, people(20))
    slow = jobs._claim(runtime)
    assert slow
    with runtime.database.session(1) as session:
        session.execute(update(CustomerImport).values(lease_until=clock.real() - timedelta(seconds=1)))
    work(runtime)
    before = inside(runtime)

    assert jobs.work(runtime, slow) == 0
    assert state(runtime, found).state == "finished"
    assert inside(runtime) == before


def test_a_check_writes_nobody_and_is_followed_by_the_import(opened: Open, sqlite_url: str) -> None:
    runtime = opened(sqlite_url)
    found = submit(runtime, people(40), check_first=True)
    work(runtime)
    checked = state(runtime, found)
    nobody = inside(runtime)
    with runtime.database.session(1) as session:
        imports.take(session, imports.get(session, found))
    work(runtime)

    assert nobody == ([], 0, 0)
    assert checked.state == "checked"
    assert counts(checked)[1:] == counts(state(runtime, found))[1:]
    assert checked.shown[0] == {
        "line": 5,
        "column": "mobile",
        "value": "12",
        "code": "number_short",
        "reason": "this is too short; enter the whole number, like +14155550123",
    }


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "empty_file", id="empty"),
        pytest.param(b"name\nA\n", "no_number_column", id="no number column"),
        pytest.param(b"PK\x03\x04 no", "bad_workbook", id="no workbook"),
    ],
)
def test_a_file_of_no_use_fails_with_the_reason_and_is_not_kept(
    opened: Open, sqlite_url: str, content: bytes, code: str
) -> None:
    runtime = opened(sqlite_url)
    found = submit(runtime, content)
    work(runtime)

    assert (state(runtime, found).state, state(runtime, found).code) == ("failed", code)
    assert state(runtime, found).message
    assert list((runtime.config.state_dir / "uploads" / "1").iterdir()) == []


def test_an_import_whose_file_lies_elsewhere_is_left_to_others_for_a_time(
    opened: Open, sqlite_url: str
) -> None:
    runtime = opened(sqlite_url)
    found = submit(runtime, people(5))
    uploads.at(runtime.config, 1, state(runtime, found).token).drop()
    work(runtime)
    waiting = state(runtime, found).state
    with runtime.database.session(1) as session:
        old = clock.now() - timedelta(seconds=uploads.KEEP_S + 1)
        session.execute(update(CustomerImport).values(created_at=old))
    work(runtime)

    assert (waiting, state(runtime, found).code) == ("importing", "no_upload")


def test_files_are_swept_out_after_their_time(opened: Open, sqlite_url: str) -> None:
    runtime = opened(sqlite_url)
    old, new = (uploads.keep(runtime.config, 1, BytesIO(b"x")) for _ in range(2))
    os.utime(old.path, (0, 0))

    assert uploads.sweep(runtime.config) == 1
    assert (old.path.exists(), new.path.exists()) == (False, True)
