from __future__ import annotations

import pytest

from flows.language import engine
from flows.language.turn import Answer, Ask, Failed, Refused, Told
from tests.flows.samples import FACTS, call, caused, heard, sample

FLOW = sample(
    """
  it:
    kind: callback
    team: service
    text: {en: "We will call {{ caller }}.", zh: "我们会拨打{{ caller }}。"}
    next: bye
    refused: message
    unavailable: agent
  message: {kind: hangup, reason: refused}
"""
)


def test_the_number_is_asked_to_be_called_back() -> None:
    wanted = {"team": "service", "number": "+14155550123", "skills": "", "priority": "5"}
    assert call(FLOW).asks == Ask("callback", wanted)


@pytest.mark.parametrize(
    ("answer", "node", "effects"),
    [
        pytest.param(Told({"number": "+14155550123"}), "bye", ["callback_asked"], id="noted"),
        pytest.param(Refused("kind_not_allowed"), "message", [], id="a number nobody calls back"),
        pytest.param(Failed("unavailable"), "agent", [], id="no database"),
    ],
)
def test_the_caller_hears_whether_they_are_called_back(answer: Answer, node: str, effects: list[str]) -> None:
    turn = engine.told(FLOW, call(FLOW), answer, FACTS)
    assert (turn.state.node, [kind for kind, _ in caused(turn)]) == (node, effects)
    assert any(said.startswith("We will call") for said in heard(turn)) == bool(effects)
    assert call(FLOW, available=False).state.node == "agent"
