from __future__ import annotations

import pytest

from flows.language import engine
from flows.language.turn import Answer, Ask, Failed, Refused, State, Told
from tests.flows.samples import FACTS, call, caused, heard, sample

FLOW = sample(
    """
  it:
    kind: case
    case: complaint
    urgency: urgent
    details: {job: "{{ job }}", from: "{{ caller }}"}
    text: {en: Registered., zh: 已登记。}
    next: bye
    unavailable: sorry
  sorry: {kind: hangup, reason: refused}
""",
    "variables: {job: {type: digits}}",
)


@pytest.mark.parametrize(
    ("available", "node", "kinds"),
    [
        pytest.param(True, "bye", ["case"], id="with the database"),
        pytest.param(False, "sorry", [], id="without the database"),
    ],
)
def test_opens_a_case_only_where_one_can_be_kept(available: bool, node: str, kinds: list[str]) -> None:
    turn = call(FLOW, available=available)

    assert (turn.state.node, [effect.kind for effect in turn.effects]) == (node, kinds)


def test_carries_what_is_known_as_it_is_not_as_it_is_read_aloud() -> None:
    turn = call(FLOW, variables={"job": "0012"})

    assert caused(turn) == [
        ("case", {"kind": "complaint", "urgency": "urgent", "job": "0012", "from": "+14155550123"})
    ]
    assert heard(turn)[0] == "Registered."


def test_goes_to_unavailable_when_the_edge_reports_a_failure() -> None:
    state = State(FLOW.hash, "it", 1, "en")

    assert engine.resume(FLOW, state, Failed("database"), FACTS).state.node == "sorry"


NUMBERED = sample(
    """
  it:
    kind: case
    case: complaint
    details: {job: "{{ job }}"}
    store: {number: case_number, due_on: case_due}
    text: {en: "Number {{ case_number }}, by {{ case_due }}.", zh: "编号{{ case_number }}，{{ case_due }}前。"}
    next: bye
    unavailable: sorry
  sorry: {kind: hangup, reason: refused}
""",
    "variables: {job: {type: digits}, case_number: {type: digits}, case_due: {type: date}}",
)


def test_a_case_whose_number_is_said_is_opened_while_the_caller_waits() -> None:
    turn = call(NUMBERED, variables={"job": "0012"})

    assert turn.asks == Ask("case", {"kind": "complaint", "urgency": "normal", "job": "0012"})
    assert caused(turn) == []


@pytest.mark.parametrize(
    ("answer", "ended", "said"),
    [
        pytest.param(
            Told({"number": "48151623", "due_on": "2026-12-28"}),
            "goodbye",
            "Number 4, 8 1 5, 1 6 2 3, by Monday, December 28.",
            id="opened",
        ),
        pytest.param(
            Refused("nobody_works_here"), "refused", "Thank you for your time. Goodbye.", id="refused"
        ),
        pytest.param(Failed("database"), "refused", "Thank you for your time. Goodbye.", id="no database"),
    ],
)
def test_the_number_is_read_back_once_there_is_one(answer: Answer, ended: str, said: str) -> None:
    turn = engine.told(NUMBERED, call(NUMBERED), answer, FACTS)

    assert (turn.ended, heard(turn)[0]) == (ended, said)
    assert [kind for kind, _ in caused(turn)] == (["case_opened"] if ended == "goodbye" else [])
