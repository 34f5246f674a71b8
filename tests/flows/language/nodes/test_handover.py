from __future__ import annotations

import pytest

from flows.language import engine
from flows.language.lint import Rules, lint
from flows.language.load import load
from flows.language.turn import Turn
from flows.publish import library
from tests.flows.samples import FACTS, call, heard, sample

FLOW = load(library("returned_call"))


@pytest.mark.parametrize("to", ["message", "menu"])
def test_ends_this_flow_without_a_word(to: str) -> None:
    turn = call(sample(f"  it: {{kind: handover, to: {to}}}"))

    assert (turn.ended, turn.instructions) == (f"to_{to}", ())


def test_no_other_flow_is_left_for_another() -> None:
    found = lint(sample("  it: {kind: handover, to: menu}"), Rules())

    assert [one.code for one in found if one.node == "it"] == ["handover_misplaced"]


@pytest.mark.parametrize(
    ("answers", "ended", "effects"),
    [
        pytest.param(["1"], "to_message", ["answer"], id="hears it"),
        pytest.param(["2"], "goodbye", ["answer"], id="knows already"),
        pytest.param(["9"], "opted_out", ["answer", "opt_out"], id="wants no such calls"),
        pytest.param(["0"], "to_menu", ["answer"], id="wants something else"),
        pytest.param(["*", "1"], "to_message", ["answer"], id="listens twice"),
        pytest.param(["", "", ""], "to_menu", [], id="says nothing"),
        pytest.param(["5", "5", "1"], "to_message", ["answer"], id="finds the key at last"),
    ],
)
def test_who_rings_back_may(answers: list[str], ended: str, effects: list[str]) -> None:
    turn = call(FLOW, *answers, variables={"company": "Acme", "why": "offer", "rang_on": "2026-12-23"})

    assert (turn.ended, [effect.kind for effect in turn.effects]) == (ended, effects)


@pytest.mark.parametrize(
    ("why", "words", "scope"),
    [
        pytest.param("offer", "an offer or an event", "marketing", id="a campaign"),
        pytest.param("question", "whether all is well", "service", id="a follow-up"),
        pytest.param("notice", "something to tell you", "service", id="a notice"),
    ],
)
def test_they_hear_why_and_stop_just_that(why: str, words: str, scope: str) -> None:
    known = {"company": "Acme", "why": why, "rang_on": "2026-12-23"}

    assert words in " ".join(heard(call(FLOW, variables=known)))
    assert call(FLOW, "9", variables=known).effects[-1].data == {"scope": scope}


def test_another_flow_goes_on_in_the_same_turn() -> None:
    turn = call(FLOW, "0")
    onward = engine.start(load(library("hotline")), FACTS, turn=turn.state.turn)

    both: Turn = engine.joined(turn, onward)

    assert (both.state.turn, both.state.flow, both.ended) == (1, onward.state.flow, None)
    assert [step.node for step in both.steps] == ["choice", "menu", "language"]
