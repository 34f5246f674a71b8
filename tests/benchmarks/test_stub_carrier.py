from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

HELD = """
from benchmarks import stub_carrier
with stub_carrier.running() as port:
    print(port, flush=True)
    input()
"""


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_it_ends_with_the_benchmark_even_where_that_is_killed() -> None:
    command = [sys.executable, "-c", HELD]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as benchmark:
        assert benchmark.stdout
        port = int(benchmark.stdout.readline())
        assert listens(port)
        benchmark.kill()
    deadline = time.monotonic() + 30
    while listens(port):
        assert time.monotonic() < deadline, "the carrier is an orphan"
        time.sleep(0.01)
