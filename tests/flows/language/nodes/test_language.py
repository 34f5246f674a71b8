from __future__ import annotations

import pytest

from flows.language.turn import Gather
from tests.flows.samples import call, caused, sample

FLOW = sample(
    """
  it:
    kind: language
    options:
      "1": {language: zh, text: 中文请按1。}
      "2": {language: en, text: "For English, press 2."}
    next: main
  main:
    kind: menu
    options: {"1": {text: {en: Press 1., zh: 请按1。}, next: bye}, "2": {text: {en: Language, zh: 语言}, next: it}}
    otherwise: bye
""",
    "person: agent",
)


@pytest.mark.parametrize(
    ("keys", "known", "node", "lang"),
    [
        pytest.param([], None, "it", "en", id="asks when the language is not known"),
        pytest.param([], "zh", "main", "zh", id="is passed over when it is known"),
        pytest.param([], "fr", "it", "en", id="asks when what is known is not spoken here"),
        pytest.param(["1"], None, "main", "zh", id="the first language"),
        pytest.param(["2"], None, "main", "en", id="the second language"),
        pytest.param(["5"], None, "it", "en", id="a wrong key asks once more"),
        pytest.param(["5", ""], None, "main", "en", id="then the call goes on in the default"),
        pytest.param(["0"], None, "agent", "en", id="zero is a person"),
        pytest.param(["2"], "zh", "it", "zh", id="whoever comes back is asked, known or not"),
        pytest.param(["2", "2"], "zh", "main", "en", id="and may change"),
        pytest.param(["1", ""], None, "main", "zh", id="the choice holds"),
    ],
)
def test_the_choice_holds_for_the_call(keys: list[str], known: str | None, node: str, lang: str) -> None:
    turn = call(FLOW, *keys, lang=known)

    assert (turn.state.node, turn.state.lang) == (node, lang)


def test_each_language_invites_in_its_own() -> None:
    (gather,) = call(FLOW).instructions

    assert isinstance(gather, Gather)
    assert [getattr(prompt, "lang", "") for prompt in gather.prompts] == ["zh", "en"]


def test_the_choice_is_told_so_that_it_can_be_kept() -> None:
    assert caused(call(FLOW, "1")) == [("language", {"language": "zh"})]
