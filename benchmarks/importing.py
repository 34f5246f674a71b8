"""
Rows a second: a customer file imported, against a bare csv + phonenumbers loop over the same file.

    python -m benchmarks.importing

200,000 rows of eight columns with numbers written in seven ways; some are no numbers, some stand there twice. Ours
tells encoding and separator, checks every cell, keeps duplicates out, writes customers, numbers, vehicles and consents
to SQLite and reports every bad row. The peer reads the rows, parses each number, asks whether it is valid and
writes it as E.164; it checks nothing else and keeps nothing. Each run is a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import csv
import gc
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import phonenumbers

from benchmarks.result import result
from core import schema
from core.db import ALL_TENANTS, Database
from core.models import Tenant
from customers.importing import import_customers

RUNS = 5
ROWS = 200_000
AT = datetime(2026, 11, 18, 18, 0, tzinfo=UTC)
HEADINGS = ("reference", "name", "company", "mobile", "language", "plate", "consent_marketing", "tags")
# how people write (415) 555-0123; the last is an area that does not exist
WAYS = ("+1{}{}{}", "({}) {}-{}", "{}-{}-{}", "1-{}-{}-{}", "{}.{}.{}", "{} {} {}", "+1 {}-{}-{}")
BAD_EVERY, TWICE_EVERY = 200, 100


def run(runs: int = RUNS, rows: int = ROWS) -> dict[str, Any]:
    """
    Interleaved runs of both. *peak_mb* is ours with all rows, *peak_twice_mb* with twice as many: SQLite fills its page cache
    (16 MB) and no more is needed after that. *cpu_ratio* is the peer's processor time over ours, which a busy machine leaves
    alone.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "all.csv", rows)
        write(folder / "twice.csv", 2 * rows)
        twice = _measured("ours", folder / "twice.csv", 2 * rows)
        pairs = [
            (_measured("ours", folder / "all.csv", rows), _measured("peer", folder / "all.csv", rows))
            for _ in range(runs)
        ]
    return result(
        "import",
        "rows/s",
        [(rows / mine["took_s"], rows / bare["took_s"]) for mine, bare in pairs],
        cpu_ratio=round(statistics.median(bare["cpu_s"] / mine["cpu_s"] for mine, bare in pairs), 2),
        peak_mb=round(statistics.median(mine["peak_mb"] for mine, _ in pairs), 1),
        peak_twice_mb=round(twice["peak_mb"], 1),
    )


def write(path: Path, rows: int) -> None:
    """A file of *rows* customers, the same every time."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(_customers(rows))


def _customers(rows: int) -> Iterator[tuple[str, ...]]:
    for serial in range(rows):
        holder = serial - 1 if serial % TWICE_EVERY == 1 else serial
        area = "555" if is_bad(serial) else ("415", "312", "212", "303")[holder % 4]
        number = WAYS[serial % len(WAYS)].format(
            area, f"{250 + holder // 10_000:03}", f"{holder % 10_000:04}"
        )
        yield (
            f"C{serial:07}",
            f"Ann Müller {serial}",
            f"Lakeside {serial % 900} Ltd.",
            number,
            "zh" if serial % 5 == 0 else "en",
            f"IL {serial:06}",
            "express_written" if serial % 3 else "",
            "fleet;north",
        )


def is_bad(serial: int) -> bool:
    """Whether that row's number is none."""
    return serial % BAD_EVERY == 50


def ours(path: Path) -> tuple[int, float, float]:
    """Import *path* into a fresh database: the customers that went in, the seconds and processor seconds it took."""
    database = Database(f"sqlite:///{path.with_suffix('.db')}")
    schema.upgrade(database)
    with database.session(ALL_TENANTS) as session:
        tenant = Tenant(id=1, slug="bench", name="Bench", created_at=AT)
        session.add(tenant)
    began, before = time.perf_counter(), time.process_time()
    with path.open("rb") as stream:
        report = import_customers(database, tenant, stream, at=AT)
    took_s, cpu_s = time.perf_counter() - began, time.process_time() - before
    database.close()
    for file in path.parent.glob(path.stem + ".db*"):
        file.unlink()
    return report.accepted, took_s, cpu_s


def peer(path: Path) -> tuple[int, float, float]:
    """Read *path* and parse its numbers: how many are numbers, the seconds and processor seconds it took."""
    began, before, good = time.perf_counter(), time.process_time(), 0
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        mobile = next(rows).index("mobile")
        for row in rows:
            parsed = phonenumbers.parse(row[mobile], "US")
            if phonenumbers.is_valid_number(parsed):
                phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
                good += 1
    return good, time.perf_counter() - began, time.process_time() - before


def _measured(whose: str, path: Path, rows: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.importing", whose, str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603  # our own
    found: dict[str, float] = json.loads(done.stdout)
    bad = sum(map(is_bad, range(rows)))
    twice = sum(serial % TWICE_EVERY == 1 for serial in range(rows))
    wanted = rows - bad - (twice if whose == "ours" else 0)
    if found["good"] != wanted:
        raise SystemExit(f"{whose}: {found['good']} customers of {path.name}, not {wanted}")
    return found


def _peak_mb() -> float:
    """What this process alone has held at most; Linux's ru_maxrss begins with that of the process it came from."""
    status = Path("/proc/self/status")
    if status.exists():
        [kilobytes] = [
            line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:")
        ]
        return int(kilobytes) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)  # macOS counts bytes


def main(arguments: list[str]) -> None:
    """Everything, or one run: ours|peer FILE."""
    if not arguments:
        print(json.dumps(run()))
        return
    whose, path = arguments
    gc.freeze()  # as wsgi.py does
    good, took_s, cpu_s = {"ours": ours, "peer": peer}[whose](Path(path))
    print(json.dumps({"good": good, "took_s": took_s, "cpu_s": cpu_s, "peak_mb": _peak_mb()}))


if __name__ == "__main__":
    main(sys.argv[1:])
