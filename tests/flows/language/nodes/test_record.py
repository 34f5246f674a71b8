from __future__ import annotations

import pytest

from flows.language.turn import Answer, Digits, Record, Recorded, Say
from tests.flows.samples import call, caused, sample

FLOW = sample(
    """
  it:
    kind: record
    box: after_sales
    text: {en: Speak., zh: 请讲。}
    max_length_s: 90
    next: kept
    otherwise: bye
  kept: {kind: hangup, reason: message_taken}
"""
)
LEFT = [("message_left", {"box": "after_sales", "url": "https://r/1", "duration_s": "7"})]


@pytest.mark.parametrize(
    ("answers", "node", "ended", "effects"),
    [
        pytest.param([Recorded("https://r/1", 7)], "kept", "message_taken", LEFT, id="a message"),
        pytest.param(
            [Recorded("https://r/1", 7, "hangup")], "kept", "message_taken", LEFT, id="hung up while speaking"
        ),
        pytest.param([Recorded("https://r/1", 0)], "it", None, [], id="an empty recording"),
        pytest.param([Recorded("", 5)], "it", None, [], id="a recording without an address"),
        pytest.param([Digits("")], "it", None, [], id="no recording at all"),
        pytest.param([Digits("")] * 2, "bye", "goodbye", [], id="nothing said twice"),
        pytest.param(
            [Digits(""), Recorded("https://r/1", 7)], "kept", "message_taken", LEFT, id="on second thoughts"
        ),
    ],
)
def test_takes_a_message(answers: list[Answer], node: str, ended: str | None, effects: list[object]) -> None:
    turn = call(FLOW, *answers)

    assert (turn.state.node, turn.ended, caused(turn)) == (node, ended, effects)


def test_says_what_to_do_before_it_records() -> None:
    said, record = call(FLOW).instructions

    assert said == Say("Speak.", "en")
    assert record == Record(max_length_s=90, timeout_s=5, finish_on_key="#", beep=True)
