"""
SMS a second of two workers against one, on PostgreSQL, from two numbers.

    python -m benchmarks.two_workers

Each run is a campaign of its own by the real `flask worker`, against the stub carrier with 20 ms latency, from the first
text to the last record; the stub counts that nobody is texted twice. A sender is a lane of one worker at a time.
"""

from __future__ import annotations

import json
from typing import Any

from benchmarks.large import Run, campaign
from benchmarks.result import result

RUNS, COUNT = 5, 20_000


def run(runs: int = RUNS, count: int = COUNT) -> dict[str, Any]:
    """Both in turns."""
    turns = [(campaign(count, True, workers=2), campaign(count, True, workers=1)) for _ in range(runs)]
    return result(
        "two_workers",
        "SMS/s",
        [(_rate(two), _rate(one)) for two, one in turns],
        contacted_twice=sum(two.twice + one.twice for two, one in turns),
    )


def _rate(run: Run) -> float:
    return run.count / run.sending_s


if __name__ == "__main__":
    print(json.dumps(run()))
