"""Where callers go: counted from the steps real calls left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from core import clock
from core.errors import NotFound
from core.runtime import Runtime
from flows import publish
from ivr import funnel
from ivr.funnel import Funnel, Passed
from tests.ivr.conftest import NOON
from tests.ivr.phone import Caller

pytestmark = pytest.mark.storage
DAY = timedelta(days=1)
# each caller's keys ("-" hangs up), and whether the carrier reports the end
CALLS = ("2 4", "2 1 *", "2 8 0", "2 0", "", "1 3 1")


@pytest.fixture
def passed(app: Flask, drain: Callable[[], int], runtime: Runtime) -> Callable[[], dict[str, Passed]]:
    for number, keys in enumerate(CALLS):
        caller = Caller(app.test_client(), f"CA{number:032x}", f"+1415555{number:04}")
        caller.ring()
        for key in keys.split():
            clock.freeze(clock.now() + timedelta(seconds=4))
            caller.press(key)
        clock.freeze(clock.now() + timedelta(seconds=4))
        caller.post("/ivr/status", CallStatus="completed", CallDuration="30")
    drain()
    return lambda: {one.node: one for one in found(runtime).nodes}


def found(runtime: Runtime, version: str = "", since: timedelta = DAY) -> Funnel:
    with runtime.database.reading(1) as session:
        return funnel.funnel(session, 1, "hotline", version, NOON - since, NOON + DAY)


def test_each_node_tells_who_came_what_they_pressed_and_who_gave_up(
    passed: Callable[[], dict[str, Passed]],
) -> None:
    nodes = passed()

    assert nodes["language"] == Passed("language", "language", 6, {"2": 4, "1": 1}, hang_ups=1, wait_s=4.0)
    # once from the language each, and once back from repair
    assert nodes["main"] == Passed(
        "main",
        "menu",
        6,
        {"4": 1, "1": 1, "8": 1, "0": 2, "3": 1},
        no_match=1,
        zero=2,
        hang_ups=1,
        wait_s=4.0,
    )
    assert nodes["repair"] == Passed("repair", "menu", 1, {"*": 1}, wait_s=4.0)
    assert (nodes["agent"].entries, nodes["agent"].hang_ups) == (2, 0), "no team is at work"
    assert (nodes["switchboard"].entries, nodes["switchboard"].hang_ups) == (2, 2)
    assert nodes["opinion"].hang_ups == 1
    assert "complaint" not in nodes, "nobody came there"


def test_calls_of_other_days_and_versions_are_not_counted(
    passed: Callable[[], dict[str, Passed]], runtime: Runtime
) -> None:
    with runtime.database.session(1) as session:
        other = publish.save_draft(
            session, 1, publish.library("hotline").replace("Welcome to", "Hello from"), NOON
        )
        version = other.hash

    assert (found(runtime).calls, found(runtime).is_all) == (len(CALLS), True)
    assert (found(runtime, version).calls, found(runtime, version).nodes) == (0, ())
    assert found(runtime, since=timedelta(days=-1)).calls == 0
    with pytest.raises(NotFound):
        found(runtime, "0" * 16)


def test_no_more_calls_are_looked_at_than_it_may_cost(
    passed: Callable[[], dict[str, Passed]], runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(funnel, "MOST", 2)

    assert (found(runtime).calls, found(runtime).is_all) == (2, False)
    assert passed()["language"].entries == 2, "the newest"


def test_answers_that_are_no_single_key_are_not_told(
    app: Flask, drain: Callable[[], int], runtime: Runtime
) -> None:
    caller = Caller(app.test_client())
    caller.ring()
    for key in ("2", "1", "1", "47115", "1", "123"):
        caller.press(key)
    drain()

    nodes = {one.node: one for one in found(runtime).nodes}
    assert nodes["job"].answers == {"entry": 1}
    assert nodes["job_plate"].answers == {"entry": 1}
    assert nodes["job_prove"].entries == 1, "what is asked of our books is passed once"


def test_silence_is_told_apart(app: Flask, drain: Callable[[], int], runtime: Runtime) -> None:
    caller = Caller(app.test_client())
    caller.ring()
    for key in ("2", "", "1"):
        caller.press(key)
    drain()

    (main,) = [one for one in found(runtime).nodes if one.node == "main"]
    assert (main.entries, main.answers, main.no_input) == (1, {"": 1, "1": 1}, 1)
