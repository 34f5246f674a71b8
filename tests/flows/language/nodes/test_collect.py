from __future__ import annotations

import pytest

from flows.language.turn import Gather, Recorded
from tests.flows.samples import call, caused, heard, sample

FLOW = sample(
    """
  it:
    kind: collect
    text: {en: Score., zh: 分数。}
    store: score
    min_digits: 2
    max_digits: 2
    most: 10
    answer: true
    next: job
    otherwise: given_up
  job:
    kind: collect
    text: {en: Job., zh: 单号。}
    store: job
    min_digits: 3
    max_digits: 6
    next: pin
    otherwise: given_up
  pin:
    kind: collect
    text: {en: "PIN for {{ job }}, {{ pin }}?", zh: 密码。}
    store: pin
    min_digits: 4
    max_digits: 4
    secret: true
    next: right
    otherwise: given_up
  right: {kind: branch, variable: pin, cases: {"4711": inside}, otherwise: pin}
  inside: {kind: menu, options: {"1": {text: {en: "Your {{ pin }}: 1.", zh: 1}, next: bye}}, otherwise: bye}
  given_up: {kind: hangup, reason: refused}
  stop: {kind: optout, scope: all, text: {en: Stopped., zh: 好。}}
""",
    """
person: agent
anywhere: {"9": stop}
variables: {score: {type: number}, job: {type: digits}, pin: {type: digits, max_length: 4}}
""",
)
AT_JOB = "05"
AT_PIN = (AT_JOB, "0012")


@pytest.mark.parametrize(
    ("answers", "node", "kept"),
    [
        pytest.param(["05"], "job", {"score": "5"}, id="a number loses its zeros"),
        pytest.param(["10"], "job", {"score": "10"}, id="the greatest"),
        pytest.param(["11"], "it", {}, id="over the greatest"),
        pytest.param(["5"], "it", {}, id="too short"),
        pytest.param(["9"], "stop", {}, id="a key that works anywhere"),
        pytest.param(["0"], "agent", {}, id="zero is a person where it is no entry"),
        pytest.param([""], "it", {}, id="silence"),
        pytest.param(["*"], "it", {}, id="star clears"),
        pytest.param(["1*07"], "job", {"score": "7"}, id="star clears what came before"),
        pytest.param(["D5"], "it", {}, id="letters"),
        pytest.param(["٠٥"], "it", {}, id="digits of another script"),
        pytest.param(["9" * 200], "it", {}, id="two hundred digits"),
        pytest.param([Recorded("u", 2)], "it", {}, id="an answer to another question"),
        pytest.param(["", "99", ""], "given_up", {}, id="three failures"),
        pytest.param([AT_JOB, "0012"], "pin", {"score": "5", "job": "0012"}, id="digits keep their zeros"),
        pytest.param([*AT_PIN, "4711"], "inside", {"score": "5", "job": "0012"}, id="a secret is never kept"),
        pytest.param(
            [*AT_PIN, "0000"], "pin", {"score": "5", "job": "0012"}, id="a wrong secret is never kept"
        ),
    ],
)
def test_keeps_what_fits(answers: list[str], node: str, kept: dict[str, str]) -> None:
    turn = call(FLOW, *answers)

    assert (turn.state.node, turn.state.variables) == (node, kept)


def test_a_secret_shows_nowhere() -> None:
    turn = call(FLOW, *AT_PIN, "4711")

    assert "4711" not in repr(turn)
    assert heard(turn) == ["Your : 1."]


def test_a_secret_entry_is_marked_for_the_edge() -> None:
    gathers = [call(FLOW, *keys).instructions[-1] for keys in ([AT_JOB], AT_PIN)]

    assert [one.secret for one in gathers if isinstance(one, Gather)] == [False, True]


def test_digits_are_spelled() -> None:
    assert heard(call(FLOW, *AT_PIN)) == ["PIN for 0 0 1 2, ?"]


def test_an_answer_is_kept_the_moment_it_is_given() -> None:
    assert caused(call(FLOW, "10")) == [("answer", {"name": "score", "value": "10"})]
    assert caused(call(FLOW, AT_JOB, "0012")) == []
