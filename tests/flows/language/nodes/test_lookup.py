from __future__ import annotations

import pytest

from flows.language import engine
from flows.language.lint import Rules, lint
from flows.language.load import load
from flows.language.turn import Answer, Ask, Failed, Refused, Told
from tests.flows.samples import FACTS, call, document, heard, sample

NODES = """
  it: {kind: menu, options: {"1": {text: {en: Press 1., zh: 按1。}, next: prove}}, otherwise: bye}
  prove:
    kind: verify
    facts: {order: "{{ job }}"}
    next: status
    refused: bye
    locked: bye
    unavailable: bye
  status:
    kind: lookup
    what: work_order
    by: {number: "{{ job }}"}
    store: {state: step, promised_on: ready_on}
    next: tell
    not_found: unknown
    unavailable: sorry
  tell: {kind: say, text: {en: "It is in {{ step }} until {{ ready_on }}.", zh: "{{ step }}{{ ready_on }}"}, next: bye}
  unknown: {kind: hangup, reason: refused}
  sorry: {kind: hangup, reason: message_taken}
"""
TOP = "person: agent\nvariables: {job: {type: digits, default: '4711'}, step: {}, ready_on: {type: date}}"
FLOW = sample(NODES, TOP)
ASKED = Ask("lookup:work_order", {"number": "4711"})


def looked_up(answer: Answer, **facts: object) -> object:
    asked = engine.told(FLOW, call(FLOW, "1", **facts), Told({"customer": "9"}), FACTS)
    assert asked.asks == ASKED
    return engine.told(FLOW, asked, answer, FACTS)


@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        pytest.param(Told({"state": "workshop"}), "goodbye", id="known"),
        pytest.param(Refused("not_found"), "refused", id="not found"),
        pytest.param(Refused("locked"), "refused", id="guessed too often"),
        pytest.param(Failed("database"), "message_taken", id="no database"),
    ],
)
def test_goes_on_by_what_is_known(answer: Answer, ended: str) -> None:
    assert looked_up(answer).ended == ended  # type: ignore[attr-defined]


def test_keeps_and_says_what_it_was_told_in_the_same_turn() -> None:
    turn = looked_up(Told({"state": "workshop", "promised_on": "2026-12-28", "plate": "not asked for"}))

    assert turn.state.turn == 1  # type: ignore[attr-defined]
    assert heard(turn)[0] == "It is in workshop until Monday, December 28."  # type: ignore[arg-type]
    assert turn.state.variables == {"customer": "9", "step": "workshop", "ready_on": "2026-12-28"}  # type: ignore[attr-defined]


def test_what_is_not_found_forgets_what_was_found_before() -> None:
    asked = engine.told(FLOW, call(FLOW, "1", variables={"step": "ready"}), Told({"customer": "9"}), FACTS)

    assert engine.told(FLOW, asked, Refused("not_found"), FACTS).state.variables["step"] == ""


def test_asks_nothing_where_the_database_is_known_to_be_away() -> None:
    assert call(FLOW, "1", available=False).ended == "goodbye"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("what: work_order", "what: wallet", "lookup", id="nothing of that kind"),
        pytest.param(
            'by: {number: "{{ job }}"}', "by: {}", "looked up by number", id="nothing to look it up by"
        ),
        pytest.param(
            'by: {number: "{{ job }}"}', 'by: {plate: "1"}', "looked up by number", id="by something else"
        ),
        pytest.param(
            "store: {state: step,", "store: {colour: step,", "there is no colour", id="a fact there is not"
        ),
    ],
)
def test_what_cannot_be_looked_up_does_not_load(old: str, new: str, said: str) -> None:
    assert old in NODES

    with pytest.raises(Exception, match=said if said != "lookup" else "work_order"):
        sample(NODES.replace(old, new, 1), TOP)


# fmt: off
BROKEN = {
    "a person's order told to anybody": ("next: prove}", "next: status}", "", "unverified", "status"),
    "told after a refusal": ("refused: bye", "refused: status", "", "unverified", "status"),
    "told after proof was lost": ("next: tell\n", "next: prove\n", "", "uncounted_loop", "prove"),
    "kept in nothing": ("store: {state: step,", "store: {state: stage,", "", "variable_unknown", "status"),
    "a state kept as digits": ("", "", "step: {}->step: {type: digits}", "variable_type", "status"),
    "looked up by nothing": ('by: {number: "{{ job }}"}', 'by: {number: "{{ jobb }}"}', "", "variable_unknown", "status"),
    "proved by nothing": ('order: "{{ job }}"', 'order: "{{ jobb }}"', "", "variable_unknown", "prove"),
    "who the caller is, said aloud": ("It is in {{ step }}", "It is in {{ customer }}", "", "variable_unknown", "tell"),
    "who the caller is, declared": ("", "", "step: {}->step: {}, customer: {}", "variable_taken", ""),
}
# fmt: on


@pytest.mark.parametrize("label", BROKEN)
def test_lint_finds_what_would_tell_the_wrong_person_or_nothing(label: str) -> None:
    old, new, top, code, node = BROKEN[label]
    was, _, becomes = top.partition("->")
    assert old in NODES
    assert was in TOP

    found = lint(load(document(NODES.replace(old, new, 1), TOP.replace(was, becomes, 1))), Rules())

    assert (code, node) in {(one.code, one.node) for one in found}


def test_lint_finds_nothing_in_a_flow_that_proves_first() -> None:
    assert [one for one in lint(FLOW, Rules()) if one.level == "error"] == []
