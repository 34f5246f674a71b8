"""
Keeps the processes of the demo running, as systemd does in production: one that dies is started again, and the screen says
so. One that dies soon after its start would die again, so then all of them end.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# one that has run for so long may be started again
STEADY_S = 10.0
# a worker takes four seconds to leave nothing unknown
GRACE_S = 6.0
LOOK_S = 0.1
Say = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """
    One process: *steps* are run one after another, and what the last one says goes to *log*.

    With a *port* (127.0.0.1) the next part is started once something listens there.
    """

    name: str
    steps: Sequence[Sequence[str]]
    log: Path
    port: int | None = None

    @property
    def command(self) -> str:
        """One shell line that ends as its last step, so that a signal reaches that step itself."""
        *first, last = [shlex.join(step) for step in self.steps]
        return " && ".join([*first, f"exec {last} >>{shlex.quote(str(self.log))} 2>&1"])


class Supervisor:
    """The running *parts*. They hold the file descriptor *lock* open, so that it is free once the last of them has ended."""

    def __init__(self, parts: Sequence[Part], env: Mapping[str, str], lock: int, say: Say) -> None:
        self._parts, self._env, self._lock, self._say = parts, env, lock, say
        self._running: dict[str, tuple[subprocess.Popen[bytes], float]] = {}
        self._is_asked = False

    @property
    def groups(self) -> list[int]:
        """The process groups of the parts."""
        return [process.pid for process, _ in self._running.values()]

    def run(self, started: Callable[[], None]) -> bool:
        """
        Until SIGINT, SIGTERM or SIGHUP: True; until a part cannot be kept running: False. All have ended when it returns.

        *started* is called after each start.
        """
        for number in SIGNALS:
            signal.signal(number, self._ask)
        try:
            for part in self._parts:
                self._start(part)
                started()
                self._await(part)
            while not self._is_asked:
                for part in self._parts:
                    if (code := self._running[part.name][0].poll()) is not None:
                        if not self._again(part, code):
                            return False
                        started()
                time.sleep(LOOK_S)
            return True
        finally:
            self._stop()

    def _ask(self, signum: int, frame: FrameType | None) -> None:
        self._is_asked = True

    def _start(self, part: Part) -> None:
        # our own words; a group of its own, so that Ctrl-C reaches only us and we end the parts in order
        process = subprocess.Popen(  # noqa: S602
            part.command, shell=True, env=dict(self._env), start_new_session=True, pass_fds=(self._lock,)
        )
        self._running[part.name] = process, time.monotonic()

    def _await(self, part: Part) -> None:
        """Wait until *part* listens, is over, or nobody wants it any more."""
        process, _ = self._running[part.name]
        while part.port and not self._is_asked and process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", part.port), timeout=1):
                return
            time.sleep(LOOK_S)

    def _again(self, part: Part, code: int) -> bool:
        """Start *part*, which has ended with *code*, once more, unless it would only end again."""
        process, began = self._running[part.name]
        _send(process.pid, signal.SIGKILL)  # what a killed web server leaves behind would keep its port
        if time.monotonic() - began < STEADY_S:
            self._say(
                f"{part.name} {ending(code)} within {STEADY_S:.0f} seconds of its start, so everything is stopped. "
                f"Its log is {part.log}."
            )
            return False
        self._say(f"{part.name} {ending(code)} and is started again. Its log is {part.log}.")
        self._start(part)
        return True

    def _stop(self) -> None:
        until = time.monotonic() + GRACE_S
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in self.groups:
                _send(pid, number)
            for process, _ in self._running.values():
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, until - time.monotonic()))
            until = time.monotonic() + GRACE_S


def ending(code: int) -> str:
    """What became of a process that ended with *code*: a signal's number is negative, or above 128 from a shell."""
    number = -code if code < 0 else code - 128
    try:
        return f"was ended by signal {number} ({signal.Signals(number).name})"
    except ValueError:
        return f"ended with exit code {code}"


def _send(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nobody is left; macOS says it in the second way
        os.killpg(group, number)
