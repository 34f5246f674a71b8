"""Keeps the memory of a process with many threads from growing with what it has done."""

from __future__ import annotations

import ctypes

# mallopt(3): the most arenas
M_ARENA_MAX = -8


def share_one_arena() -> None:
    """
    Have all threads take their memory from one place. Call it before there are any.

    glibc gives threads up to eight arenas a processor, and what one frees in another's stays there: the worker, with 64 threads
    that send, grew to over a gigabyte in a campaign of 200,000. One interpreter runs one thread at a time, so they do
    not wait for each other. Elsewhere than with glibc nothing is done.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)
