from __future__ import annotations

from dataclasses import replace

import pytest

from flows.language import engine
from flows.language.engine import MAX_STEPS, MAX_TURNS
from flows.language.turn import Dial, Dialled, Digits, Failed, Hangup, HungUp, Recorded, State
from tests.flows.samples import FACTS, call, caused, heard, sample

MENU = """
  it: {kind: menu, options: {"1": {text: {en: "Press 1.", zh: "请按1。"}, next: it}}, otherwise: it}
"""
PLAIN = sample(MENU)
STAFFED = sample(MENU, "person: agent")


def test_a_turn_tells_node_by_node_what_was_said() -> None:
    flow = sample("  hello: {kind: say, text: {en: Hello., zh: 您好。}, next: it}\n" + MENU, start="hello")

    turn = call(flow)

    assert [(step.node, step.kind, step.says, step.waits_for) for step in turn.steps] == [
        ("hello", "say", ("Hello.",), None),
        ("it", "menu", ("Press 1.",), "key"),
    ]


def test_turns_are_counted_from_nought() -> None:
    assert [call(PLAIN, *["1"] * count).state.turn for count in range(3)] == [0, 1, 2]


def test_hanging_up_ends_the_call_and_says_nothing() -> None:
    turn = call(PLAIN, HungUp())

    assert (turn.ended, turn.instructions, turn.effects, turn.steps) == ("hung_up", (), (), ())


@pytest.mark.parametrize(
    ("flow", "node", "ended"),
    [
        pytest.param(PLAIN, "it", "too_many_errors", id="to the end where nobody is there"),
        pytest.param(STAFFED, "agent", None, id="to a person"),
    ],
)
def test_six_failures_in_one_call_are_enough(flow: object, node: str, ended: str | None) -> None:
    turn = call(flow, *[""] * 6)  # type: ignore[arg-type]  # the table holds flows

    assert (turn.state.node, turn.ended) == (node, ended)
    assert ended is None or heard(turn) == [
        "We are sorry that this is not working. Please call us again. Goodbye."
    ]


def test_whoever_was_given_up_once_is_not_sent_to_a_person_again() -> None:
    flow = sample(
        """
  it: {kind: record, box: x, text: {en: Speak., zh: 请讲。}, tries: 3, next: bye, otherwise: it}
  desk: {kind: dial, number: "+18005550100", failed: it}
""",
        "person: desk",
    )

    turn = call(flow, *[""] * 6, Dialled("busy"), "")

    assert turn.ended == "too_many_errors"


def test_a_call_that_goes_in_circles_ends() -> None:
    turn = call(PLAIN, *["1"] * MAX_TURNS)

    assert (turn.state.turn, turn.ended) == (MAX_TURNS, "too_many_turns")
    assert isinstance(turn.instructions[-1], Hangup)


def test_a_message_left_at_the_last_turn_is_kept() -> None:
    flow = sample("  it: {kind: record, box: x, text: {en: a}, next: bye, otherwise: bye}")
    last = State(flow.hash, "it", MAX_TURNS + 5, "en")

    turn = engine.resume(flow, last, Recorded("https://r/1", 9), FACTS)

    assert [effect.kind for effect in turn.effects] == ["message_left"]


def test_a_circle_without_a_question_ends_in_trouble() -> None:
    flow = sample("  it: {kind: say, text: {en: Round.}, next: it}")

    turn = call(flow)

    assert turn.ended == "trouble"
    assert len(turn.steps) == MAX_STEPS
    assert caused(turn) == [("error", {"code": "too_many_steps", "node": "it"})]


TROUBLE = "We are sorry, something on our side is not working just now."


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"node": "gone"}, "node_unknown", id="a node the flow lacks"),
        pytest.param({"flow": "0000"}, "flow_changed", id="a state of another version"),
    ],
)
def test_trouble_is_told_and_leads_to_a_person(change: dict[str, str], code: str) -> None:
    state = replace(call(STAFFED).state, **change)  # type: ignore[arg-type]  # each row names a text field

    turn = engine.resume(STAFFED, state, Digits("1"), FACTS)

    assert caused(turn)[0] == ("error", {"code": code, "node": state.node})
    assert heard(turn)[0] == TROUBLE
    assert turn.ended or isinstance(turn.instructions[-1], Dial)


def test_trouble_without_a_person_ends_the_call() -> None:
    turn = engine.resume(PLAIN, replace(call(PLAIN).state, node="gone"), Digits("1"), FACTS)

    assert (heard(turn), turn.ended) == ([TROUBLE], "trouble")


def test_a_text_missing_everywhere_is_trouble_not_a_crash() -> None:
    flow = sample("  it: {kind: say, text: {zh: 您好。}, next: bye}")

    turn = call(flow)

    assert turn.ended == "trouble"
    assert caused(turn) == [("error", {"code": "text_missing", "node": "it"})]


def test_trouble_is_told_in_the_callers_language() -> None:
    turn = engine.transfer(PLAIN, call(PLAIN, lang="zh").state, FACTS)

    assert heard(turn) == ["很抱歉，我们的系统暂时出现故障。"]


def test_the_edge_in_trouble_transfers_to_a_person() -> None:
    turn = engine.transfer(STAFFED, call(STAFFED).state, FACTS)

    assert heard(turn)[0] == TROUBLE
    assert isinstance(turn.instructions[-1], Dial)
    assert caused(turn) == [("error", {"code": "edge", "node": "it"})]


def test_trouble_at_the_persons_own_node_does_not_go_in_circles() -> None:
    at_agent = State(STAFFED.hash, "agent", 3, "en")

    assert engine.resume(STAFFED, at_agent, Failed("database"), FACTS).ended == "trouble"


def test_trouble_on_the_way_from_a_person_ends_the_call() -> None:
    flow = sample(
        """
  it: {kind: say, text: {zh: 您好。}, next: desk}
  desk: {kind: dial, number: "{{ desk_number }}", failed: it}
""",
        "person: desk\nvariables: {desk_number: {type: phone}}",
    )

    turn = call(flow)

    assert turn.ended == "trouble"
    assert [data["code"] for _, data in caused(turn)] == ["text_missing", "number_missing", "text_missing"]


def test_a_flow_may_have_phrases_of_its_own() -> None:
    flow = sample(MENU, "texts: {no_input: {en: [Hm.], zh: [嗯。]}}")

    assert heard(call(flow, ""))[0] == "Hm."


def test_a_call_may_start_at_the_machines_node() -> None:
    flow = sample(MENU + "  voicemail: {kind: hangup}", "machine: voicemail")

    assert engine.start(flow, FACTS, at=flow.machine).state.node == "voicemail"


def test_only_declared_variables_travel_with_the_call() -> None:
    flow = sample(MENU, "variables: {company: {max_length: 4}, desk: {type: phone}}")

    turn = call(flow, variables={"company": "Acme Inc", "desk": "+1 (415) 555-0199<", "card": "4111"})

    assert turn.state.variables == {"company": "Acme", "desk": "+1415555-0199"}


def test_what_a_flow_still_needs_is_known_before_the_call() -> None:
    flow = sample(MENU, "variables: {company: {}, offer: {default: none}, place: {}}")

    assert flow.missing({"company": "Acme", "place": " "}) == ("place",)
