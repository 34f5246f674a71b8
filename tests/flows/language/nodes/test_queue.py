from __future__ import annotations

import pytest

from flows.language import engine
from flows.language.context import Context
from flows.language.lint import lint
from flows.language.nodes.queue import QueueNode, rung
from flows.language.rules import Rules
from flows.language.turn import Answer, Ask, Dialled, Digits, Enqueue, Failed, Queued, Refused, Told
from tests.flows.samples import FACTS, call, heard, sample

FLOW = sample(
    """
  it:
    kind: queue
    team: service
    skills: [zh, repair]
    priority: 3
    text: {en: Hold., zh: 稍候。}
    max_wait_s: 300
    own_agent_s: 20
    music: song
    callback: later
    overflow: busy
    nobody: empty
    unavailable: agent
  later: {kind: hangup, reason: refused}
  busy: {kind: hangup, reason: message_taken}
  empty: {kind: hangup}
"""
)
TOLD = Told({"queue": "carillon-1-service"})
QUEUED = engine.told(FLOW, call(FLOW), TOLD, FACTS)


def test_a_place_is_asked_for_and_the_caller_waits_in_the_carriers_queue() -> None:
    wanted = {
        "team": "service",
        "skills": "zh repair",
        "priority": "3",
        "max_wait_s": "300",
        "own_agent_s": "20",
    }
    assert call(FLOW).asks == Ask("queue", wanted)
    assert QUEUED.instructions[-1] == Enqueue("carillon-1-service")
    assert (heard(QUEUED), QUEUED.steps[-1].waits_for) == (["Hold."], "queue")


@pytest.mark.parametrize(
    ("answer", "node"),
    [
        pytest.param(Refused("nobody_at_work"), "empty", id="nobody is at work"),
        pytest.param(Failed("unavailable"), "agent", id="no database"),
    ],
)
def test_without_a_place_the_caller_goes_elsewhere(answer: Answer, node: str) -> None:
    assert engine.told(FLOW, call(FLOW), answer, FACTS).state.node == node
    assert call(FLOW, available=False).state.node == "agent"


@pytest.mark.parametrize(
    ("answer", "node", "ended"),
    [
        pytest.param(Dialled("answered", 80), "it", "transferred", id="they have spoken"),
        pytest.param(Dialled("failed"), "busy", "message_taken", id="they could not"),
        pytest.param(Queued("callback"), "later", "refused", id="asks to be called back"),
        pytest.param(Queued("overflow"), "busy", "message_taken", id="has waited long enough"),
        pytest.param(Queued("failed"), "busy", "message_taken", id="the carrier failed"),
        pytest.param(Queued("hung_up"), "it", "abandoned", id="has hung up"),
        pytest.param(Digits("1"), "busy", "message_taken", id="an answer to another question"),
    ],
)
def test_the_wait_ends(answer: Answer, node: str, ended: str) -> None:
    turn = engine.resume(FLOW, QUEUED.state, answer, FACTS)
    assert (turn.state.node, turn.ended) == (node, ended)


@pytest.mark.parametrize(
    ("place", "minutes", "said"),
    [
        (1, 0, "You are next in line. We expect to be with you in less than a minute."),
        (2, 2, "There is one caller before you. We expect to be with you in about two minutes."),
        (99, 45, "There are several callers before you. It may take longer than ten minutes."),
    ],
)
def test_who_waits_hears_their_place_and_what_they_may_do(place: int, minutes: int, said: str) -> None:
    node = FLOW.nodes["it"]
    assert isinstance(node, QueueNode)
    parts = node.waiting(Context(FLOW, QUEUED.state, FACTS), place, minutes, 20)
    words = " ".join(getattr(part, "text", f"[{getattr(part, 'audio', '')}]") for part in parts)
    assert words == f"{said} To be called back instead and keep your place, press 1. [song]"


def test_the_phrase_for_a_wait_fits_its_minutes() -> None:
    assert [rung(minutes) for minutes in (0, 1, 2, 3, 5, 6, 10, 11)] == [1, 1, 2, 3, 3, 4, 4, 5]


def test_a_queue_is_a_person_for_whoever_presses_0() -> None:
    flow = sample(
        """
  it: {kind: menu, options: {"1": {text: {en: Press 1., zh: 按1。}, next: bye}}, otherwise: bye}
  desk: {kind: queue, team: service, overflow: bye, unavailable: agent}
""",
        "person: desk",
    )
    assert not [one for one in lint(flow, Rules()) if one.level == "error"]


def test_queues_that_lead_to_each_other_are_an_endless_loop() -> None:
    flow = sample(
        "  it: {kind: queue, team: one, overflow: other, unavailable: agent}\n  other: {kind: queue, team: two, overflow: it, unavailable: agent}"
    )
    assert "uncounted_loop" in {one.code for one in lint(flow, Rules())}
