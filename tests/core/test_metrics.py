"""Prometheus reads how the installation stands: right over several processes, closed to strangers, silent about persons."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from core import clock, hosts
from core.config import Config
from core.db import ALL_TENANTS
from core.holds import hold
from core.runtime import Runtime
from tests.outage import away
from tests.outbound.conftest import Build, build  # noqa: F401  # a fixture

ROOT = Path(__file__).parents[2]


@pytest.fixture
def app(fresh_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(Config(database_url=fresh_url, state_dir=tmp_path / "state"))
    yield app
    runtime: Runtime = app.extensions["carillon"]
    runtime.spool.close()
    runtime.database.close()


def values(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_it_tells_what_is_sent_held_and_alive(build: Build) -> None:  # noqa: F811  # the fixture
    plant = build()
    plant.deliver("sms", "+14155550123", "+14155550124")
    plant.run_until(plant.is_over)
    with plant.runtime.database.session(ALL_TENANTS) as session:
        hosts.report(session, "a", clock.real(), 70, 1.5)
        hold(session, None, "stopped", "ann")

    text = plant.app.test_client().get("/metrics").text
    found = values(text)

    key = 'carillon_attempts{channel="sms",outcome="reached",state="ended",tenant="ours"}'
    assert found[key] == 2
    assert found['carillon_holds{reason="stopped"}'] == 1
    assert found['carillon_spool_bytes{host="a"}'] == 70
    assert found['carillon_spool_behind_seconds{host="a"}'] == 1.5
    assert 0 <= found['carillon_worker_silent_seconds{host="a"}'] < 60
    assert found["carillon_database_up"] == 1
    assert not re.search(r"\+?1415555|Ann", text), "no word about persons"


def test_without_the_database_it_still_says_so(app: Flask) -> None:
    runtime: Runtime = app.extensions["carillon"]
    runtime.spool.append("note", {})
    with away(runtime.database):
        answer = app.test_client().get("/metrics")

    assert answer.status_code == 200
    assert values(answer.text)["carillon_database_up"] == 0
    assert values(answer.text)["carillon_spool_here_bytes"] > 0


@pytest.mark.parametrize(
    ("token", "address", "headers", "status"),
    [
        pytest.param("", "127.0.0.1", {}, 200, id="this computer"),
        pytest.param("", "::1", {}, 200, id="this computer by IPv6"),
        pytest.param("", "203.0.113.7", {}, 403, id="a stranger"),
        pytest.param("", "", {}, 403, id="from nowhere"),
        pytest.param(
            "", "127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, 403, id="a stranger through a proxy"
        ),
        pytest.param(
            "secret", "203.0.113.7", {"Authorization": "Bearer secret"}, 200, id="who has the token"
        ),
        pytest.param("secret", "203.0.113.7", {"Authorization": "Bearer secre"}, 403, id="a wrong token"),
        pytest.param("secret", "127.0.0.1", {}, 403, id="with a token everybody needs it"),
        pytest.param("secret", "127.0.0.1", {"Authorization": "Bearer \u00e9"}, 403, id="no ASCII"),
    ],
)
def test_who_may_read_it(
    fresh_url: str, tmp_path: Path, token: str, address: str, headers: dict[str, str], status: int
) -> None:
    app = create_app(Config(database_url=fresh_url, state_dir=tmp_path / "state", metrics_token=token))

    answer = app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})

    assert answer.status_code == status
    app.extensions["carillon"].spool.close()
    app.extensions["carillon"].database.close()


def test_two_processes_count_their_requests_together(sqlite_url: str, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": sqlite_url,
        "STATE_DIR": str(tmp_path / "state"),
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
    }
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--no-control-socket", "--workers", "2"]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "error"]
    with subprocess.Popen(command, env=environment, cwd=ROOT) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            before = asked(port)
            for _ in range(40):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").close()
            counts = {asked(port) - before for _ in range(10)}
        finally:
            server.terminate()

    assert counts == {40.0}, "whichever process answers"


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(url).close()
        except urllib.error.URLError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def asked(port: int) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        return values(answer.read().decode())['carillon_request_seconds_count{part="web",status="2xx"}']
