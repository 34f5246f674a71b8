"""
Every measurement against its peer, one after another; nothing else should run on the machine meanwhile.

    python -m benchmarks [NAME ...]      # all but those that take long, or only some

Prints a table and writes benchmarks/results.json: [{"name", "ours", "peer", "ratio", "spread", "unit", "runs", …}]. Results
of benchmarks left out stay in the file.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import (
    dispatch_vs_celery,
    dispatch_vs_client,
    flow_size,
    importing,
    large,
    letters,
    outage,
    pdf2fax,
    receipts,
    stopping,
    two_workers,
    webhook,
)

Result = dict[str, Any]

BENCHMARKS: Mapping[str, Callable[[], Result]] = {
    "webhook": webhook.run,
    "flow_size": flow_size.run,
    "dispatch_vs_client": dispatch_vs_client.run,
    "dispatch_vs_celery": dispatch_vs_celery.run,
    "two_workers": two_workers.run,
    "receipts": receipts.run,
    "import": importing.run,
    "letters": letters.run,
    "pdf2fax": pdf2fax.run,
}
# those that take long are run only when asked for
EVERY = {**BENCHMARKS, **outage.OUTAGES, **stopping.STOPPING, **large.LARGE}
RESULTS = Path(__file__).parent / "results.json"
COLUMNS = ("name", "ours", "peer", "ratio", "spread", "unit", "runs", "load", "took_s")


def measure(names: Sequence[str], benchmarks: Mapping[str, Callable[[], Result]], file: Path) -> list[Result]:
    """Run the benchmarks called *names* and keep each result in *file* as soon as it is there."""
    found = []
    print(line(COLUMNS))
    for name in names:
        before, began = os.getloadavg()[0], time.perf_counter()
        measured = benchmarks[name]()
        load, took_s = round(before, 1), round(time.perf_counter() - began)
        found.append({**measured, "load": load, "took_s": took_s})
        print(line([found[-1][column] for column in COLUMNS]), flush=True)
        keep(file, found[-1], list(benchmarks))
    return found


def keep(file: Path, result: Result, order: Sequence[str]) -> None:
    """Put *result* in the place of the one of its name in *file*, which is never half written."""
    known = json.loads(file.read_text()) if file.exists() else []
    results = {one["name"]: one for one in [*known, result] if one["name"] in order}
    fresh = file.with_name(file.name + ".tmp")
    fresh.write_text(
        json.dumps([results[name] for name in order if name in results], indent=1, ensure_ascii=False) + "\n"
    )
    fresh.replace(file)


def line(cells: Sequence[object]) -> str:
    """One line of the table."""
    first, *others = map(str, cells)
    return f"{first:<20}" + "".join(f" {cell:>13}" for cell in others)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure against the peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(EVERY)}")
    chosen = parser.parse_args().names
    if unknown := [name for name in chosen if name not in EVERY]:
        parser.error(f"there is no benchmark {unknown[0]}; enter one of {', '.join(EVERY)}")
    measure(chosen or list(BENCHMARKS), EVERY, RESULTS)


if __name__ == "__main__":
    main()
