"""
A year of a workshop; the last line on stdout is one JSON object.

    python -m chaos.year                                 # 2,000 customers, some minutes
    python -m chaos.year --customers 60 --days 28 --seed 3
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from chaos.year.house import house
from chaos.year.judge import Verdict, judge
from chaos.year.play import play
from chaos.year.world import world

LOGGER = logging.getLogger("chaos.year")
MEMORY, ENOUGH = Path("/dev/shm"), 2 * 1024**3  # noqa: S108  # a folder of its own is made there
SHOWN = 20


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 if the judge finds nothing, else 1."""
    parser = argparse.ArgumentParser(prog="python -m chaos.year", description="A year of a workshop, judged.")
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--days", type=int, default=366)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    began = time.monotonic()
    verdict = _play(given.customers, given.days, given.seed)
    for word, what in verdict.findings[:SHOWN]:
        LOGGER.warning("%s: %s", word, what)
    took = {"seed": given.seed, "took_s": round(time.monotonic() - began)}
    print(json.dumps({"wrong": verdict.found(), **verdict.figures, **took}))
    return 1 if verdict.findings else 0


def _play(customers: int, days: int, seed: int) -> Verdict:
    with (
        tempfile.TemporaryDirectory(prefix="carillon-year-", dir=_quick()) as folder,
        house(world(customers, days, seed), Path(folder)) as workshop,
    ):
        return judge(workshop, play(workshop))


def _quick() -> Path | None:
    """Memory where a folder can be in it: nothing of a played year need outlive the machine."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH else None


if __name__ == "__main__":
    sys.exit(main())
