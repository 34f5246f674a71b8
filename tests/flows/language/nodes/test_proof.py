from __future__ import annotations

from flows.language.turn import Gather, RecordCall, Say
from tests.flows.samples import call, sample

FLOW = sample(
    """
  it:
    kind: proof
    text: {en: You are recorded., zh: 正在录音。}
    next: ask
  ask: {kind: menu, options: {"1": {text: {en: "To agree, press 1."}, next: bye}}, otherwise: bye}
"""
)


def test_tells_of_the_recording_before_it_begins() -> None:
    said, recorded, asked = call(FLOW).instructions

    assert (said, recorded) == (Say("You are recorded.", "en"), RecordCall())
    assert isinstance(asked, Gather)


def test_tells_of_it_in_the_callers_language() -> None:
    assert call(FLOW, lang="zh").instructions[0] == Say("正在录音。", "zh")


def test_a_question_asked_again_is_not_recorded_again() -> None:
    assert RecordCall() not in call(FLOW, "").instructions
