"""A small storm within the suite; the large one is `make chaos`."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.storm import storm


@pytest.mark.long
def test_a_small_storm_leaves_nothing_wrong(tmp_path: Path) -> None:
    report = storm(tmp_path / "house", f"sqlite:///{tmp_path / 'carillon.db'}", count=200, kills=4, seed=3)

    assert report.verdict.found() == 0, report
    assert report.unknown == 0
    assert report.verdict.reached == report.verdict.reachable > 150
    assert report.kills == 4
