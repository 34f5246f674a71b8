from __future__ import annotations

import pytest

from flows.language.turn import Gather, Recorded
from tests.flows.samples import call, caused, sample

NODES = """
  it:
    kind: rate
    text: {{en: Rate us., zh: 请评分。}}
    answer: recommend
    store: score
    least: {least}
    most: {most}
    {low}
    next: thanks
    otherwise: refused
  thanks: {{kind: hangup}}
  sorry: {{kind: hangup, reason: message_taken}}
  refused: {{kind: hangup, reason: refused}}
  stop: {{kind: optout, scope: all, text: {{en: Stopped., zh: 好。}}}}
"""
TOP = 'person: agent\nanywhere: {"9": stop}\nvariables: {score: {type: number}}'


def scale(least: int, most: int, low: str = "") -> object:
    return sample(NODES.format(least=least, most=most, low=low), TOP)


NPS = scale(0, 10, "low: {to: 6, next: sorry}")
STARS = scale(1, 5)


@pytest.mark.parametrize(
    ("flow", "keys", "node", "kept"),
    [
        pytest.param(STARS, "5", "thanks", "5", id="one key"),
        pytest.param(STARS, "6", "it", "", id="over the most"),
        pytest.param(STARS, "0", "agent", "", id="zero is a person where it is no rating"),
        pytest.param(STARS, "9", "stop", "", id="a key that works anywhere"),
        pytest.param(NPS, "10", "thanks", "10", id="two keys"),
        pytest.param(NPS, "1", "sorry", "1", id="one is not ten"),
        pytest.param(NPS, "0", "sorry", "0", id="zero is a rating"),
        pytest.param(NPS, "9", "thanks", "9", id="a rating has no other meaning"),
        pytest.param(NPS, "6", "sorry", "6", id="the greatest that is low"),
        pytest.param(NPS, "7", "thanks", "7", id="the least that is not"),
        pytest.param(NPS, "11", "it", "", id="two keys over the most"),
        pytest.param(NPS, "3*8", "thanks", "8", id="star clears"),
        pytest.param(NPS, "*", "it", "", id="star repeats"),
        pytest.param(NPS, "", "it", "", id="silence"),
        pytest.param(NPS, "٥", "it", "", id="a digit of another script"),
        pytest.param(NPS, "A", "it", "", id="a letter"),
    ],
)
def test_keeps_a_rating(flow: object, keys: str, node: str, kept: str) -> None:
    turn = call(flow, keys)  # type: ignore[arg-type]

    assert turn.state.node == node
    assert turn.state.variables.get("score", "") == kept
    assert caused(turn)[:1] == (
        [("answer", {"name": "recommend", "value": kept})] if kept else caused(turn)[:1]
    )


def test_an_answer_to_another_question_is_no_rating() -> None:
    assert call(NPS, Recorded("u", 3)).state.node == "it"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("flow", "digits", "finish"),
    [pytest.param(STARS, 1, "", id="up to nine"), pytest.param(NPS, 2, "#", id="ten and one begin alike")],
)
def test_nobody_is_cut_short_after_the_first_of_two_keys(flow: object, digits: int, finish: str) -> None:
    gather = call(flow).instructions[-1]  # type: ignore[arg-type]

    assert isinstance(gather, Gather)
    assert (gather.max_digits, gather.finish_on_key) == (digits, finish)


def test_three_failures_move_on() -> None:
    assert call(NPS, "", "99", "").ended == "refused"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("least", "most", "low"),
    [
        pytest.param(5, 5, "", id="a scale of one"),
        pytest.param(6, 5, "", id="upside down"),
        pytest.param(1, 5, "low: {to: 5, next: sorry}", id="everything is low"),
        pytest.param(1, 5, "low: {to: 0, next: sorry}", id="nothing is low"),
    ],
)
def test_bounds_that_make_no_sense_are_refused(least: int, most: int, low: str) -> None:
    with pytest.raises(Exception, match="least"):
        scale(least, most, low)
