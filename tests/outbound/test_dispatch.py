"""The slice against a real exchange: what is sent, what is written down, and what never happens twice."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from outbound.models import Attempt
from tests.outbound.conftest import Build

MOBILES = [f"+1415555{n:04}" for n in range(2001, 2021)]


@pytest.mark.parametrize("channel", ["sms", "fax"])
def test_everyone_is_reached_once(build: Build, channel: str) -> None:
    plant = build()
    plant.deliver(channel, *MOBILES)

    plant.run_until(plant.is_over)

    assert set(plant.states().values()) == {"reached"}
    assert sorted(row["to"] for row in plant.contacts()) == MOBILES
    with plant.session() as session:
        assert {attempt.state for attempt in session.scalars(select(Attempt))} == {"ended"}
