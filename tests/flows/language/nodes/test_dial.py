from __future__ import annotations

import pytest

from flows.language.turn import Answer, Dial, Dialled, Digits, Failed
from tests.flows.samples import call, caused, sample

FLOW = sample(
    """
  it: {kind: dial, number: "{{ desk }}", text: {en: Connecting., zh: 转接。}, timeout_s: 20, failed: busy}
  busy: {kind: hangup, reason: refused}
""",
    "variables: {desk: {type: phone}}",
)
DESK = {"desk": "+14155550199"}


@pytest.mark.parametrize(
    ("answer", "node", "ended"),
    [
        pytest.param(Dialled("completed", 80), "it", "transferred", id="they have spoken"),
        pytest.param(Dialled("answered"), "it", "transferred", id="they are speaking"),
        pytest.param(Dialled("busy"), "busy", "refused", id="busy"),
        pytest.param(Dialled("no-answer"), "busy", "refused", id="nobody there"),
        pytest.param(Dialled("failed"), "busy", "refused", id="no such line"),
        pytest.param(Dialled("canceled"), "busy", "refused", id="called off"),
        pytest.param(Dialled("something new"), "busy", "refused", id="a word nobody knows"),
        pytest.param(Digits("1"), "busy", "refused", id="an answer to another question"),
        pytest.param(Failed("database"), "it", "trouble", id="nothing can be had"),
    ],
)
def test_ends_with_the_conversation_or_goes_on(answer: Answer, node: str, ended: str) -> None:
    turn = call(FLOW, answer, variables=DESK)

    assert (turn.state.node, turn.ended) == (node, ended)


def test_dials_the_number_of_the_variable() -> None:
    assert call(FLOW, variables=DESK).instructions[-1] == Dial("+14155550199", 20, 3600)


@pytest.mark.parametrize("number", ["", "0", "911", "+0123456789", "+1415555019912345678", "sip:x@y"])
def test_what_is_no_number_is_not_dialled(number: str) -> None:
    turn = call(FLOW, variables={"desk": number})

    assert turn.state.node == "busy"
    assert caused(turn) == [("error", {"code": "number_missing", "node": "it"})]


def test_goes_on_after_the_conversation_where_it_says_so() -> None:
    flow = sample('  it: {kind: dial, number: "+14155550199", next: agent, failed: bye}')

    assert call(flow, Dialled("completed")).state.node == "agent"
