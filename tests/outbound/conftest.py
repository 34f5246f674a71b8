"""A whole installation for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import plant
from tests.plant import Plant

Build = Callable[..., Plant]


@pytest.fixture
def build(fresh_url: str, tmp_path: Path) -> Iterator[Build]:
    """Builds an installation whose exchange has the population given."""
    stops: list[Callable[[], None]] = []

    def made(people: dict[str, Any] | None = None, url: str = fresh_url, **settings: Any) -> Plant:
        found, stop = plant.start(url, tmp_path, people or plant.population(), **settings)
        stops.append(stop)
        return found

    yield made
    for stop in stops:
        stop()
