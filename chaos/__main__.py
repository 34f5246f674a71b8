"""
Storms and mutants; the last line on stdout is one JSON object.

    python -m chaos                               # both databases and every mutant: some minutes
    python -m chaos --recipients 300 --kills 6 --database sqlite --mutants none     # half a minute
    python -m chaos --storms none --mutants last_look,not_after
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from benchmarks.postgres import postgres
from chaos.aimed import SCENARIOS, find
from chaos.judge import added
from chaos.storm import Report, storm

LOGGER = logging.getLogger("chaos")
RECIPIENTS, KILLS = 10_000, 50
FAULTS = ("contacted_twice", "lost", "outside_hours", "after_opt_out")


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 if the judge finds nothing and every mutant is found, else 1."""
    given = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whatever it has started ends with it
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    reports = {name: _storm(name, given) for name in _databases(given.database)}
    named = _mutants(given.mutants)
    found = {name: _find(name) for name in named}
    total = Counter(added([report.verdict for report in reports.values()]))
    unknown = sum(report.unknown for report in reports.values())
    line = {
        **{word: total[word] for word in FAULTS},
        "unknown": unknown,
        **{word: total[word] for word in ("reached", "reachable", "contacts", "opted_out")},
        "kills": sum(report.kills for report in reports.values()),
        "seed": given.seed,
        "mutants_found": sum(found.values()),
        "mutants": len(found),
        "mutants_missed": [name for name, is_found in found.items() if not is_found],
        "setups": {name: dict(report.blows) for name, report in reports.items()},
    }
    print(json.dumps(line))
    is_clean = not unknown and not any(total[word] for word in FAULTS)
    return 0 if is_clean and total["reached"] >= 0.99 * total["reachable"] and all(found.values()) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m chaos", description="Storms, judged by the exchange's ledger."
    )
    parser.add_argument("--recipients", type=int, default=RECIPIENTS)
    parser.add_argument("--kills", type=int, default=KILLS, help="kills and stalls a storm")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both", "none"], default="both")
    parser.add_argument("--mutants", default="all", help=f"all, none, or some of {','.join(SCENARIOS)}")
    return parser


def _databases(chosen: str) -> tuple[str, ...]:
    return {"both": ("sqlite", "postgresql"), "none": ()}.get(chosen, (chosen,))


def _mutants(chosen: str) -> list[str]:
    names = {"all": list(SCENARIOS), "none": []}.get(chosen, chosen.split(","))
    if unknown := [name for name in names if name not in SCENARIOS]:
        raise SystemExit(f"there is no mutant {unknown[0]}; enter some of {','.join(SCENARIOS)}")
    return names


def _storm(name: str, given: argparse.Namespace) -> Report:
    with (
        tempfile.TemporaryDirectory(prefix="carillon-chaos-") as folder,
        _database(name, Path(folder)) as url,
    ):
        report = storm(
            Path(folder) / "house", url,
            count=given.recipients, kills=given.kills, seed=given.seed, workers=1 if name == "sqlite" else 2,
        )  # fmt: skip
    LOGGER.info("%s: %s, unknown %d, %.0f s", name, report.verdict, report.unknown, report.took_s)
    return report


def _database(name: str, folder: Path) -> AbstractContextManager[str]:
    return postgres() if name == "postgresql" else nullcontext(f"sqlite:///{folder / 'carillon.db'}")


def _find(name: str) -> bool:
    """Whether the judge finds the mutant, and nothing while its guard is on."""
    sound, mutant = find(name, guard_is_off=False), find(name, guard_is_off=True)
    LOGGER.info("%s: with the guard %s, without %s", name, sound, mutant)
    return not sound.found() and bool(mutant.found())


if __name__ == "__main__":
    sys.exit(main())
