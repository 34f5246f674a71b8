from __future__ import annotations

import pytest

from flows.language.turn import Dialled, Gather, Recorded, Say
from tests.flows.samples import call, caused, heard, sample

FLOW = sample(
    """
  it:
    kind: menu
    text: {en: "How can we help?", zh: "请选择服务。"}
    answer: wish
    options:
      "1": {text: {en: "For repairs, press 1.", zh: "维修请按1。"}, value: repair, next: sub}
      "2": {text: {en: "For orders, press 2.", zh: "订单请按2。"}, next: bye}
      "5": {text: {en: "For more, press 5."}, next: emergency}
    otherwise: last
  sub:
    kind: menu
    options:
      "1": {text: {en: "For this, press 1.", zh: "请按1。"}, next: bye}
      "*": {text: {en: "To go back, press star.", zh: "返回请按星号键。"}, next: it}
    no_input: {en: [Nothing there., Still nothing.]}
    otherwise: last
  last: {kind: say, text: {en: Last., zh: 最后。}, next: bye}
  emergency: {kind: hangup, reason: refused}
""",
    'person: agent\nanywhere: {"7": emergency, "5": last}',
)


@pytest.mark.parametrize(
    ("keys", "node", "ended"),
    [
        pytest.param(["1"], "sub", None, id="a key leads to its option"),
        pytest.param(["2"], "bye", "goodbye", id="another key leads to another"),
        pytest.param(["7"], "emergency", "refused", id="a key that works anywhere"),
        pytest.param(["5"], "emergency", "refused", id="the menu's own use of a key goes first"),
        pytest.param(["0"], "agent", None, id="zero is a person"),
        pytest.param(["*"], "it", None, id="star repeats"),
        pytest.param(["1", "*"], "it", None, id="star goes back where the menu says so"),
        pytest.param(["8"], "it", None, id="an unknown key asks again"),
        pytest.param([""], "it", None, id="silence asks again"),
        pytest.param(["#"], "it", None, id="pound alone is no choice"),
        pytest.param(["12"], "it", None, id="two keys are no choice"),
        pytest.param(["A"], "it", None, id="keys of a military telephone"),
        pytest.param(["１"], "it", None, id="a full-width digit is no key"),
        pytest.param([Recorded("u", 3)], "it", None, id="an answer to another question"),
        pytest.param([Dialled("completed")], "it", None, id="a connection nobody made"),
        pytest.param(["", "8"], "it", None, id="two failures"),
        pytest.param(["", "8", ""], "bye", "goodbye", id="three failures move on"),
        pytest.param(["*", "*", "*", "*"], "it", None, id="the fourth repeat is a failure"),
        pytest.param(["*"] * 6, "bye", "goodbye", id="nobody repeats for ever"),
    ],
)
def test_goes_where_the_key_leads(keys: list[str], node: str, ended: str | None) -> None:
    turn = call(FLOW, *keys)

    assert (turn.state.node, turn.ended) == (node, ended)


def test_speaks_everything_while_listening_for_one_key() -> None:
    (gather,) = call(FLOW, lang="zh").instructions

    assert gather == Gather(
        (
            Say("请选择服务。", "zh"),
            Say("维修请按1。", "zh"),
            Say("订单请按2。", "zh"),
            Say("For more, press 5.", "zh"),
        ),
        max_digits=1,
        finish_on_key="",
        timeout_s=5,
    )


def test_texts_for_failures_escalate_and_differ() -> None:
    first, second, third = (heard(call(FLOW, *[""] * count))[0] for count in (1, 2, 3))
    wrong = heard(call(FLOW, "8"))[0]

    assert len({first, second, third, wrong}) == 4


def test_the_explanation_cannot_be_skipped_by_a_key() -> None:
    explanation, gather = call(FLOW, "8").instructions

    assert isinstance(explanation, Say)
    assert isinstance(gather, Gather)


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "Nothing there."), (2, "Still nothing."), (3, "Still nothing.")],
)
def test_a_menu_may_have_words_of_its_own(count: int, said: str) -> None:
    assert heard(call(FLOW, "1", *[""] * count))[0] == said


def test_failures_are_forgotten_once_the_caller_gets_on() -> None:
    turn = call(FLOW, "", "", "1", "", "")

    assert (turn.state.node, turn.state.counters) == ("sub", {"tries": 2, "errors": 4})


@pytest.mark.parametrize(
    ("key", "answers"),
    [
        pytest.param("1", [("answer", {"name": "wish", "value": "repair"})], id="by its value"),
        pytest.param("2", [("answer", {"name": "wish", "value": "2"})], id="by its key"),
        pytest.param("8", [], id="a wrong key is no answer"),
    ],
)
def test_the_choice_is_kept_as_an_answer(key: str, answers: list[object]) -> None:
    assert caused(call(FLOW, key)) == answers
