from __future__ import annotations

import pytest

from flows.language import engine
from flows.language.turn import Failed, State
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
