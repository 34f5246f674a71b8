from __future__ import annotations

import pytest

from flows.language import engine
from flows.language.lint import lint
from flows.language.load import load
from flows.language.rules import Rules
from flows.language.turn import Answer, Ask, Dialled, Digits, Failed, Meet, Refused, Told
from tests.flows.samples import FACTS, call, document, sample

NODE = """
  it: {kind: transfer, team: sales, skills: [zh, vans], nobody: busy, unavailable: away}
  busy: {kind: hangup, reason: refused}
  away: {kind: hangup, reason: message_taken}
"""
FLOW = sample(NODE)
BROUGHT = engine.told(FLOW, call(FLOW), Told({"room": "r-1", "about": "t/0"}), FACTS)


def test_the_room_of_an_agent_is_asked_for_and_entered_without_a_word() -> None:
    assert call(FLOW).asks == Ask("transfer", {"team": "sales", "skills": "zh vans"})
    assert (BROUGHT.instructions, BROUGHT.steps[-1].waits_for) == ((Meet("r-1", "t/0"),), "transfer")


@pytest.mark.parametrize(
    ("answer", "node"),
    [
        pytest.param(Refused("nobody_stands_by"), "busy", id="nobody stands by"),
        pytest.param(Failed("unavailable"), "away", id="no database"),
    ],
)
def test_who_finds_nobody_goes_elsewhere_at_once(answer: Answer, node: str) -> None:
    assert engine.told(FLOW, call(FLOW), answer, FACTS).state.node == node
    assert call(FLOW, available=False).state.node == "away"


@pytest.mark.parametrize(
    ("answer", "node", "ended"),
    [
        pytest.param(Dialled("answered", 30), "it", "transferred", id="they have spoken"),
        pytest.param(Dialled("completed"), "it", "transferred", id="in the carrier's other word"),
        pytest.param(Dialled("failed"), "busy", "refused", id="the agent was gone"),
        pytest.param(Digits("1"), "busy", "refused", id="an answer to another question"),
    ],
)
def test_ends_with_the_conversation_or_goes_on(answer: Answer, node: str, ended: str) -> None:
    turn = engine.resume(FLOW, BROUGHT.state, answer, FACTS)
    assert (turn.state.node, turn.ended) == (node, ended)


@pytest.mark.parametrize(
    ("nodes", "direction", "codes"),
    [
        pytest.param(NODE, "inbound", {"transfer_misplaced"}, id="for people who ring us"),
        pytest.param(NODE, "outbound", set(), id="for people we call"),
        pytest.param(
            NODE.replace("nobody: busy", "nobody: more")
            + "  more: {kind: transfer, team: vans, nobody: busy, unavailable: away}",
            "outbound",
            {"several_teams"},
            id="to two teams",
        ),
    ],
)
def test_lint_lets_calls_of_ours_bring_people_to_one_team(
    nodes: str, direction: str, codes: set[str]
) -> None:
    flow = load(document(nodes).replace("direction: inbound", f"direction: {direction}"))
    found = {finding.code for finding in lint(flow, Rules())}
    assert found & {"transfer_misplaced", "several_teams"} == codes
    assert flow.team == "sales"
