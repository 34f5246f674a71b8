"""Lanes are shared evenly, and change hands one by one when a worker comes or goes."""

from __future__ import annotations

import pytest

from core.sharing import Share


@pytest.mark.parametrize(
    ("lanes", "workers", "most"),
    [
        pytest.param(0, 1, 1, id="nothing to do: ready for one"),
        pytest.param(4, 1, 4, id="alone"),
        pytest.param(4, 2, 2, id="even"),
        pytest.param(3, 2, 2, id="odd"),
        pytest.param(2, 5, 1, id="more workers than lanes"),
        pytest.param(4, 0, 4, id="not registered yet"),
    ],
)
def test_a_worker_takes_its_even_share(lanes: int, workers: int, most: int) -> None:
    share = Share()
    share.set(lanes, workers)

    taken = [lane for lane in map(str, range(10)) if share.take(lane)]

    assert len(taken) == most
    assert share.is_full()


def test_nobody_does_a_lane_twice() -> None:
    share = Share()
    share.set(2, 1)

    assert share.take("dispatch:1")
    assert not share.take("dispatch:1")
    share.give_back("dispatch:1")
    assert share.take("dispatch:1")


def test_when_another_worker_comes_the_last_lanes_go() -> None:
    share = Share()
    share.set(3, 1)
    for lane in ("a", "b", "c"):
        assert share.take(lane)

    share.set(3, 2)

    assert [lane for lane in ("a", "b", "c") if share.keeps(lane)] == ["a", "b"]
