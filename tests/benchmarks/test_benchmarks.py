"""The benchmarks themselves, with next to nothing to measure: what they print is what people script against."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import (
    dispatch_peer,
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
from benchmarks.__main__ import EVERY, keep, measure
from benchmarks.result import result

CONTRACT = {"name", "ours", "peer", "ratio", "spread", "unit", "runs"}
TINY: dict[str, Callable[[], dict[str, Any]]] = {
    "webhook": lambda: webhook.run(turns=1, calls=20),
    "flow_size": lambda: flow_size.run(turns=1, calls=20),
    "dispatch_vs_client": lambda: dispatch_vs_client.run(runs=1, count=200, suppressions=100),
    "dispatch_vs_celery": lambda: dispatch_vs_celery.run(runs=1, count=200, suppressions=100),
    "two_workers": lambda: two_workers.run(runs=1, count=200),
    "receipts": lambda: receipts.run(runs=1, count=200),
    "outage_sqlite": lambda: outage.run("outage_sqlite", is_postgres=False, away_s=0.5, rate=100),
    "large_sqlite": lambda: large.run("large_sqlite", 300, 100, is_postgres=False),
    "stop_sqlite": lambda: stopping.run("stop_sqlite", is_postgres=False, count=300),
    "import": lambda: importing.run(runs=1, rows=1_000),
    "letters": lambda: letters.run(turns=1, count=2),
    "pdf2fax": lambda: pdf2fax.run(turns=1),
}


@pytest.mark.long
@pytest.mark.parametrize("name", TINY)
def test_a_benchmark_says_what_it_measured(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if name == "dispatch_vs_celery" and not dispatch_vs_celery.is_installed():
        pytest.skip("the peer's packages are installed by: python -m benchmarks dispatch_vs_celery")
    monkeypatch.setattr(dispatch_peer, "SHAPES", ((2, 1),))
    monkeypatch.setattr(dispatch_vs_celery, "SHAPES", (("threads", 2, 1),))

    [measured] = measure([name], TINY, tmp_path / "results.json")

    assert measured.keys() >= CONTRACT
    assert (measured["name"], measured["runs"]) == (name, 1)
    assert measured["ours"] > 0
    assert measured["peer"] > 0
    assert json.loads((tmp_path / "results.json").read_text()) == [measured]


def test_every_benchmark_is_tried_small() -> None:
    others = {"outage_postgresql", "stop_postgresql", "large_postgresql", "million"}
    assert TINY.keys() == EVERY.keys() - others, "these are others elsewhere, and larger"


def test_the_ratio_is_that_of_runs_side_by_side() -> None:
    measured = result("x", "things/s", [(10, 10), (40, 20), (9, 3)], more=7)

    assert measured == {
        "name": "x",
        "ours": 10,
        "peer": 10,
        "ratio": 2.0,
        "spread": 1.0,
        "unit": "things/s",
        "runs": 3,
        "more": 7,
    }


def test_results_left_out_stay_and_those_of_no_benchmark_go(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    keep(file, {"name": "b", "ours": 1}, ["a", "b"])
    keep(file, {"name": "gone", "ours": 1}, ["a", "b", "gone"])
    keep(file, {"name": "a", "ours": 1}, ["a", "b"])

    keep(file, {"name": "b", "ours": 2}, ["a", "b"])

    assert json.loads(file.read_text()) == [{"name": "a", "ours": 1}, {"name": "b", "ours": 2}]
    assert list(tmp_path.iterdir()) == [file]
