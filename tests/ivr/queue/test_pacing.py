from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from ivr.queue import easing, pacing, stand_bys
from outbound import deliveries
from outbound.models import Source
from tests.ivr.queue.conftest import Desk


@pytest.mark.parametrize(
    ("free", "live", "pressed", "tried", "most"),
    [
        pytest.param(0, 50, 5, 100, 0, id="nobody stands by"),
        pytest.param(1, 0, 0, 0, 1, id="nothing is known: everybody might ask"),
        pytest.param(3, 0, 0, 0, 3, id="three agents"),
        pytest.param(1, 50, 50, 100, 1, id="whoever answers asks"),
        pytest.param(1, 50, 5, 100, 3, id="one answer in ten asks"),
        pytest.param(10, 50, 5, 100, 152, id="many agents share the risk"),
        pytest.param(1, 50, 0, 100, 101, id="hardly anybody asks"),
        pytest.param(10, 99, 0, 100, pacing.MOST_CALLS, id="and never more than this"),
    ],
)
def test_as_many_calls_as_free_agents_can_take(
    free: int, live: int, pressed: int, tried: int, most: int
) -> None:
    assert pacing.calls(free, live, pressed, tried) == most


def source(desk: Desk, name: str, team: str = "service") -> Source:
    content = {"texts": {"en": {"flow": "x"}}, "team": team}
    return deliveries.open_source(
        desk.session, 1, name, channel="voice", purpose="marketing", content=content
    )


@pytest.mark.storage
def test_sources_of_one_team_share_its_agents_and_a_crowded_hotline_slows_them(desk: Desk) -> None:
    first, second, other, test = (
        source(desk, "wave:1"), source(desk, "wave:2"), source(desk, "wave:3", "vans"), source(desk, "test:1"),
    )  # fmt: skip
    assert [one.ceiling for one in (first, second, other, test)] == [0, 0, 0, None]
    for n in (1, 2, 3):
        agent = desk.agent(n)
        stand_bys.ask(desk.session, agent, "service", clock.now())
    for token in stand_bys.to_ring(desk.session):
        found = stand_bys.by_token(desk.session, token)
        assert found
        assert stand_bys.ready(desk.session, found)
    assert pacing.pace(desk.session, desk.tenant, clock.now()) == 2
    assert [one.ceiling for one in (first, second, other, test)] == [2, 1, 0, None]
    assert pacing.pace(desk.session, desk.tenant, clock.now()) == 0, "nothing has changed"
    desk.waiter(1, entered_at=clock.now() - timedelta(seconds=120))
    easing.ease(desk.session, desk.tenant, clock.now())
    pacing.pace(desk.session, desk.tenant, clock.now())
    assert [one.ceiling for one in (first, second)] == [1, 1]
