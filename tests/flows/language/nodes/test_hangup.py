from __future__ import annotations

import pytest

from flows.language.turn import Hangup
from tests.flows.samples import call, heard, sample


@pytest.mark.parametrize(
    ("node", "lang", "said", "ended"),
    [
        pytest.param("{kind: hangup, text: {en: Bye.}}", "en", "Bye.", "goodbye", id="its own text"),
        pytest.param(
            "{kind: hangup}", "en", "Thank you for your time. Goodbye.", "goodbye", id="never silent"
        ),
        pytest.param("{kind: hangup}", "zh", "感谢您的来电，再见。", "goodbye", id="never silent in chinese"),
        pytest.param(
            "{kind: hangup, reason: message_taken}", "en", None, "message_taken", id="its own reason"
        ),
    ],
)
def test_says_goodbye_and_ends(node: str, lang: str, said: str | None, ended: str) -> None:
    turn = call(sample(f"  it: {node}"), lang=lang)

    assert turn.ended == ended
    assert isinstance(turn.instructions[-1], Hangup)
    assert said is None or heard(turn) == [said]
