"""`make run` says what is in its way, and starts each process with its own port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import Config, load
from demo import run

ROOT = Path(__file__).parents[2]
SETUP = {
    "seed": 7,
    "speed": 12.0,
    "business": "2026-12-01T01:05:00+00:00",
    "real": "2026-11-22T01:00:00+00:00",
}


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind((run.HOST, 0))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((run.HOST, 0))
        return int(probe.getsockname()[1])


def test_a_busy_port_is_named_with_the_way_to_another(busy_port: int, free_port: int) -> None:
    with pytest.raises(run.CannotRun, match=rf"port {busy_port} is in use.*make run PORT={busy_port + 10}"):
        run.chosen_ports({"PORT": str(busy_port), "EXCHANGE_PORT": str(free_port)})


def test_both_ports_are_looked_at_before_anything_is_said(busy_port: int) -> None:
    with pytest.raises(run.CannotRun, match=rf"PORT=no is no port.*port {busy_port} is in use"):
        run.chosen_ports({"PORT": "no", "EXCHANGE_PORT": str(busy_port)})


@pytest.mark.parametrize("port", ["no", "80", "65536", "-8000", "８０００", "8000.5"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(run.CannotRun, match="is no port; enter a number from 1024 to 65535"):
        run.chosen_ports({"PORT": port})


def test_one_port_for_both_is_refused(free_port: int) -> None:
    with pytest.raises(run.CannotRun, match="must differ"):
        run.chosen_ports({"PORT": str(free_port), "EXCHANGE_PORT": str(free_port)})


def test_the_command_ends_with_2_before_it_starts_anything(busy_port: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "demo.run"],
        cwd=tmp_path,
        env={"PORT": str(busy_port), "PATH": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("make run: ")
    assert f"port {busy_port} is in use" in done.stderr


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    refused = pytest.raises(run.CannotRun, match="running from this folder already")
    with run.only_one(tmp_path / "demo"), refused, run.only_one(tmp_path / "demo"):
        pass
    with run.only_one(tmp_path / "demo"):
        pass


def test_parts_that_outlived_their_terminal_are_named_and_keep_their_data(tmp_path: Path) -> None:
    with run.only_one(tmp_path / "demo") as lock:
        left = subprocess.Popen(["sleep", "60"], start_new_session=True, pass_fds=(lock.fileno(),))
        print(1, -left.pid, file=lock, end="", flush=True)

    with pytest.raises(run.CannotRun, match=f"kill -9 -- 1 -{left.pid}$"), run.only_one(tmp_path / "demo"):
        pass
    left.kill()
    left.wait()
    with run.only_one(tmp_path / "demo"):
        pass


def test_no_setting_of_the_shell_gets_into_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICE_CARRIER", "twilio")
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://real")
    monkeypatch.setenv("LANG", "C.UTF-8")
    env = run.environment({"PORT": 8010, "EXCHANGE_PORT": 8011}, tmp_path)
    assert "VOICE_CARRIER" not in env
    assert env["LANG"] == "C.UTF-8"
    assert env["DATABASE_URL"] == f"sqlite:///{tmp_path}/carillon.db"
    for name in set(os.environ) - set(env):
        monkeypatch.delenv(name)
    config = load(
        **{name.lower(): value for name, value in env.items() if name.lower() in Config.model_fields}
    )
    assert not config.is_production


def test_ports_are_given_as_words_of_the_commands() -> None:
    web, exchange, worker = run.parts({"PORT": 8010, "EXCHANGE_PORT": 8011}, Path("var/demo"), SETUP)
    assert [part.name for part in (web, exchange, worker)] == ["web", "exchange", "worker"]
    assert "127.0.0.1:8010" in web.steps[0]
    assert "--no-control-socket" in web.steps[0]
    assert exchange.steps[0][3:5] == ["--port", "8011"]
    assert SETUP["business"] in exchange.steps[0]
    assert worker.command.endswith(" >>var/demo/worker.log 2>&1"), "what a killed one said is kept"
