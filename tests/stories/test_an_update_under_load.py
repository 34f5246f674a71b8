"""Web and worker are replaced in mid-campaign and mid-call, as deploy/README.md says: no call is lost, nobody is contacted twice."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core import clock
from core.db import ALL_TENANTS
from core.turned import write_turn
from ivr.models import Call
from outbound.models import Attempt
from tests import plant as plants
from tests.plant import MORNING, SPEED, Plant
from tests.stories.test_a_killed_worker import PEOPLE, attempts, certificates, check, launch, wait

ROOT = Path(__file__).parents[2]


@pytest.fixture
def plant(database_url: str, tmp_path: Path) -> Iterator[Plant]:
    found, stop = plants.start(database_url, tmp_path, PEOPLE)
    yield found
    stop()


@contextmanager
def running(plant: Plant, url: str, log: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the installation whose web is at *url*; it does not outlive the test."""
    config = plant.runtime.config
    environment = {
        **os.environ,
        "DATABASE_URL": config.database_url,
        "PUBLIC_URL": url,
        "EXCHANGE_URL": config.exchange_url,
        "STATE_DIR": str(config.state_dir),
    }
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], env=environment, stdout=file, stderr=file, cwd=ROOT
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz") as answer:
            return bool(answer.status == 200)
    except urllib.error.URLError:
        return False


def talking(plant: Plant) -> int:
    """Calls that are under way just now."""
    with plant.runtime.database.reading(ALL_TENANTS) as session:
        alive = select(func.count(Attempt.id)).where(Attempt.channel == "voice")
        return session.scalar(alive.where(Attempt.status == "in-progress")) or 0


@pytest.mark.long
@pytest.mark.storage
def test_an_update_loses_no_call_and_contacts_nobody_twice(plant: Plant, tmp_path: Path) -> None:
    clock.turn(turn := clock.Turn(clock.real(), MORNING, SPEED))
    write_turn(plant.runtime.database, turn)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    url, web_log, worker_log = f"http://{address}", tmp_path / "web.log", tmp_path / "worker.log"
    gunicorn = ("gunicorn", "wsgi:app", "--no-control-socket", "--worker-class", "gthread", "--bind", address)
    flask = ("flask", "--app", "wsgi", "worker")
    with ExitStack() as stack:
        web = stack.enter_context(
            running(plant, url, web_log, *gunicorn, "--workers", "1", "--threads", "16")
        )
        wait(lambda: answers(url), 60, "the web does not answer")
        ids = launch(plant)
        old = stack.enter_context(running(plant, url, worker_log, *flask))
        wait(lambda: attempts(plant) > 60 and talking(plant) > 0, 120, "nobody is called")

        web.send_signal(signal.SIGHUP)  # what `systemctl reload` does
        new = stack.enter_context(running(plant, url, worker_log, *flask))
        wait(lambda: web_log.read_text().count("Booting worker") == 2, 60, "no new web process")
        before = attempts(plant)
        old.send_signal(signal.SIGTERM)
        assert old.wait(4.5) == 0, "a worker ends within four seconds"
        wait(lambda: attempts(plant) > before, 120, "the new worker does not go on")
        over = lambda: all(found["state"] == "finished" for found in certificates(plant, ids))  # noqa: E731  # a condition
        wait(over, 300, "not finished")
        new.send_signal(signal.SIGTERM)
        assert new.wait(4.5) == 0
        web.send_signal(signal.SIGTERM)
        assert web.wait(35) == 0

    check(plant, ids)
    assert "Traceback" not in web_log.read_text()
    answered = [
        row for row in plant.contacts() if row["channel"] == "voice" and row["outcome"] == "completed"
    ]
    with plant.runtime.database.reading(ALL_TENANTS) as session:
        calls = set(session.scalars(select(Call.carrier_id)))
    assert {row["sid"] for row in answered} <= calls, "every conversation is on record"
