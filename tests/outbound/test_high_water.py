"""How far this machine has sent is kept outside the database, and only ever rises."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.db import ALL_TENANTS, Database
from outbound import high_water


@pytest.mark.parametrize(
    ("written", "stands"),
    [
        pytest.param((), 0, id="nothing was sent"),
        pytest.param((7,), 7, id="the first"),
        pytest.param((7, 1_000_000), 1_000_000, id="it rises"),
        pytest.param((7, 3), 7, id="a slower process does not lower it"),
    ],
)
def test_the_mark_rises(tmp_path: Path, written: tuple[int, ...], stands: int) -> None:
    path = high_water.path_in(tmp_path, "name")
    for attempt_id in written:
        high_water.raise_to(path, attempt_id)

    assert high_water.read(path) == stands


@pytest.mark.storage
def test_a_database_keeps_its_name_until_it_is_given_another(database_url: str) -> None:
    database = Database(database_url)
    names = []
    for act in (high_water.identity, high_water.identity, high_water.renew, high_water.identity):
        with database.session(ALL_TENANTS) as session:
            names.append(act(session))
    database.close()

    assert names[0] == names[1] != names[2] == names[3]
