"""
Webhooks a second in a flow of some 800 menus, each call another way through it, against one of four menus that all share.

    python -m benchmarks flow_size

Both are four levels deep with nine choices each, so that what is said in a call is as long. A turn must not cost more in a
large flow. Served and asked as in webhook.py; the time is that of the answers.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.menu import DIGITS, menus
from benchmarks.result import result
from benchmarks.webhook import hang_up, ring, served, settle
from core.config import Config

RUNS, CALLS = 5, 400
LEVELS, CHOICES = 4, 9


def run(turns: int = RUNS, calls: int = CALLS) -> dict[str, Any]:
    """Interleaved runs; *ours* in the large flow, *peer* in the small one, both ours."""
    with tempfile.TemporaryDirectory() as folder:
        large, small = (
            settle(Path(folder) / name, menus(LEVELS, CHOICES, is_shared))
            for name, is_shared in (("large", False), ("small", True))
        )
        with served("wsgi:app", large) as many, served("wsgi:app", small) as few:
            for port in (many, few):
                asyncio.run(ring(port, 1, 0, _keys))
            pairs = [
                (_rate(many, large, turn, calls), _rate(few, small, turn, calls))
                for turn in range(1, turns + 1)
            ]
    return result("flow_size", "requests/s", pairs)


def _rate(port: int, config: Config, turn: int, calls: int) -> float:
    began = time.perf_counter()
    times = asyncio.run(ring(port, calls, turn, _keys))
    took_s = time.perf_counter() - began
    hang_up(config)
    return len(times) / took_s


def _keys(number: int) -> str:
    """The way of the *number*-th caller: far from that of the one before."""
    return "".join(DIGITS[number // CHOICES**level % CHOICES] for level in range(LEVELS))
