"""What a running process holds: its settings, database, carriers and spool; and what a job is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from flask import current_app

from core.carriers.base import Carrier
from core.config import Config
from core.db import Database
from core.draining import Handler
from core.spool import Spool


@dataclass(frozen=True)
class Runtime:
    """
    Handed to every job, and found by every view through `runtime()`.

    *spooled* are the handlers of spool entries by kind; *stopping* is set when the process must end;
    *ready_until* is for core/carriers/health.py: how long the carriers of these channels are taken to be ready.
    """

    config: Config
    database: Database
    carriers: Mapping[str, Carrier]
    spool: Spool
    spooled: Mapping[str, Handler] = field(default_factory=dict)
    host: str = field(default_factory=socket.gethostname)
    stopping: threading.Event = field(default_factory=threading.Event)
    ready_until: dict[frozenset[str], float] = field(default_factory=dict)

    @property
    def spool_dir(self) -> Path:
        """Where every process of this host spools."""
        return self.config.state_dir / "spool"

    def url(self, path: str) -> str:
        """*path* as carriers reach it from outside."""
        return self.config.public_url.rstrip("/") + path


Counts = Mapping[str, int]


@dataclass(frozen=True)
class Job:
    """
    Something the worker does again and again. Rows hold the truth; a job only looks what is due.

    *run* opens its own transactions, does what is due and returns how much of what; it may be called at any time, by
    several workers at once, and after any crash. With *on_every_host* it looks after the machine it runs on; else one
    worker of the installation does it for all.
    """

    name: str
    every_s: float
    run: Callable[[Runtime, ThreadPoolExecutor], Counts]
    on_every_host: bool = False


@dataclass(frozen=True)
class Lanes:
    """
    A job that is done in lanes beside each other, each by one worker at a time.

    *busy* tells which lanes have something due; *run* works on one of them while there is work and its last argument
    says that it may go on.
    """

    name: str
    every_s: float
    busy: Callable[[Runtime], Sequence[int]]
    run: Callable[[Runtime, ThreadPoolExecutor, int, Callable[[], bool]], Counts]


def runtime() -> Runtime:
    """The runtime of the application that serves this request or command."""
    found: Runtime = current_app.extensions["carillon"]
    return found
