from __future__ import annotations

import pytest

from flows.language.turn import Play
from tests.flows.samples import call, sample

FLOW = sample("  it: {kind: play, audio: {en: welcome_en, zh: welcome_zh}, next: bye}")


@pytest.mark.parametrize(
    ("lang", "played"),
    [
        pytest.param("en", Play("welcome_en", "en"), id="english"),
        pytest.param("zh", Play("welcome_zh", "zh"), id="chinese"),
        pytest.param(None, Play("welcome_en", "en"), id="nobody knows: the default"),
    ],
)
def test_plays_the_prompt_of_the_language(lang: str | None, played: Play) -> None:
    turn = call(FLOW, lang=lang)

    assert turn.instructions[0] == played
    assert turn.ended == "goodbye"
