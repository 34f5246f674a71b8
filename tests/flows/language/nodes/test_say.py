from __future__ import annotations

import pytest

from tests.flows.samples import call, heard, sample

NODES = """
  it: {kind: say, text: {en: "Hello {{ who }}.", zh: "{{ who }}您好。"}, next: bye}
"""
TOP = "variables: {who: {max_length: 7}}"
FLOW = sample(NODES, TOP)


@pytest.mark.parametrize(
    ("lang", "variables", "said"),
    [
        pytest.param("en", {"who": "Ann"}, "Hello Ann.", id="a variable is filled in"),
        pytest.param("zh", {"who": "王先生"}, "王先生您好。", id="the caller's language is spoken"),
        pytest.param("fr", {"who": "Ann"}, "Hello Ann.", id="a language the flow lacks falls to its default"),
        pytest.param("en", {"who": "A\x00n\x0bn"}, "Hello An n.", id="control characters are dropped"),
        pytest.param(
            "en", {"who": "Maximilian"}, "Hello Maximil.", id="a value is cut to its declared length"
        ),
        pytest.param("en", {"who": "{{ x }}"}, "Hello {{ x }}.", id="a value is never looked into"),
        pytest.param("en", {}, "Hello .", id="an unknown value is left out"),
    ],
)
def test_says_its_text(lang: str, variables: dict[str, str], said: str) -> None:
    assert heard(call(FLOW, lang=lang, variables=variables))[0] == said


def test_plays_clips_and_pauses_inside_a_text() -> None:
    flow = sample("  it: {kind: say, text: {en: [{play: jingle}, {pause_s: 2}, Hello.]}, next: bye}")

    turn = call(flow)

    assert [type(one).__name__ for one in turn.instructions] == ["Play", "Pause", "Say", "Say", "Hangup"]
    assert heard(turn)[:2] == ["[jingle]", "Hello."]
