"""Threads of the worker take their memory from one place."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

ARENAS = """
import ctypes, threading
from core import memory
{first}
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier(8)
def work():
    together.wait()
    libc.malloc(1000)
    together.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")
@pytest.mark.parametrize(
    ("first", "is_one"),
    [
        pytest.param("memory.share_one_arena()", True, id="told to"),
        pytest.param("pass", False, id="not told to"),
    ],
)
def test_threads_share_one_arena(first: str, is_one: bool) -> None:
    run = [sys.executable, "-c", ARENAS.format(first=first)]
    said = subprocess.run(run, check=True, capture_output=True, text=True).stdout  # our own

    assert (said.count("<heap ") == 1) is is_one
