"""Boundaries and guards are wrapped by name: a name that has gone must be noticed before a storm blows past it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chaos.aimed import SCENARIOS
from chaos.mutants import MUTANTS
from chaos.points import POINTS, found

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", POINTS)
def test_a_boundary_is_a_function_of_ours(name: str) -> None:
    owner, attribute = found(POINTS[name].module, POINTS[name].function)

    assert callable(getattr(owner, attribute))


def test_every_guard_can_be_switched_off() -> None:
    """Each in the same process of its own: they change what they are given."""
    lines = ["from chaos.mutants import MUTANTS", "for off in MUTANTS.values(): off()"]

    subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, check=True)


def test_every_guard_has_a_scenario() -> None:
    assert MUTANTS.keys() == SCENARIOS.keys()
