"""The demo's processes are kept running; whatever ends, the screen says what, how and where to read on."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import supervising
from demo.supervising import SIGNALS, Part, Supervisor, ending

STAYS = [sys.executable, "-c", "print('here', flush=True); import time; time.sleep(60)"]
ENDS = [sys.executable, "-c", "print('no settings'); raise SystemExit(3)"]
LISTENS = [
    sys.executable,
    "-c",
    "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(60)",
]


@pytest.fixture(autouse=True)
def _signals_as_found() -> Iterator[None]:
    found = [signal.getsignal(number) for number in SIGNALS]
    yield
    for number, handler in zip(SIGNALS, found, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[int]:
    with (tmp_path / "lock").open("w") as file:
        yield file.fileno()


def is_running(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_what_is_killed_is_started_again_and_the_screen_says_so(
    tmp_path: Path, lock: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "STEADY_S", 0.0)
    said: list[str] = []
    groups: list[list[int]] = []
    parts = [Part(name, [STAYS], tmp_path / f"{name}.log") for name in ("web", "worker")]
    supervisor = Supervisor(parts, os.environ, lock, said.append)

    def started() -> None:
        groups.append(supervisor.groups)
        if len(groups) == 2:
            os.kill(supervisor.groups[1], signal.SIGKILL)
        elif len(groups) == 3:
            stop()

    assert supervisor.run(started)

    assert said == [
        f"worker was ended by signal 9 (SIGKILL) and is started again. Its log is {tmp_path}/worker.log."
    ]
    assert groups[1][0] == groups[2][0], "web was left alone"
    assert groups[1][1] != groups[2][1]
    assert not any(is_running(group) for seen in groups for group in seen)


def test_what_ends_soon_after_its_start_ends_everything_with_its_last_words_kept(
    tmp_path: Path, lock: int
) -> None:
    said: list[str] = []
    parts = [Part("web", [STAYS], tmp_path / "web.log"), Part("worker", [ENDS], tmp_path / "worker.log")]
    supervisor = Supervisor(parts, os.environ, lock, said.append)

    assert not supervisor.run(lambda: None)

    assert said == [
        "worker ended with exit code 3 within 10 seconds of its start, so everything is stopped. "
        f"Its log is {tmp_path}/worker.log."
    ]
    assert (tmp_path / "worker.log").read_text() == "no settings\n"
    assert not any(is_running(group) for group in supervisor.groups)


def test_the_next_part_is_started_once_the_one_before_listens(tmp_path: Path, lock: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    parts = [
        Part("web", [[*LISTENS, str(port)]], tmp_path / "web.log", port),
        Part("worker", [["true"], STAYS], tmp_path / "worker.log"),
    ]
    supervisor = Supervisor(parts, os.environ, lock, pytest.fail)
    listening: list[bool] = []

    def started() -> None:
        with socket.socket() as client:
            listening.append(client.connect_ex(("127.0.0.1", port)) == 0)
        if len(listening) == 2:
            stop()

    assert supervisor.run(started)
    assert listening[1]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        pytest.param(1, "ended with exit code 1", id="an error"),
        pytest.param(0, "ended with exit code 0", id="although it should go on"),
        pytest.param(-9, "was ended by signal 9 (SIGKILL)", id="killed"),
        pytest.param(-11, "was ended by signal 11 (SIGSEGV)", id="crashed"),
        pytest.param(137, "was ended by signal 9 (SIGKILL)", id="killed under a shell"),
        pytest.param(255, "ended with exit code 255", id="no signal of that number"),
    ],
)
def test_how_a_process_ended_is_said_plainly(code: int, says: str) -> None:
    assert ending(code) == says
