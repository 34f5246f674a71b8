from __future__ import annotations

import pytest

from flows.language import engine
from flows.language.lint import Rules, lint
from flows.language.load import load
from flows.language.turn import Answer, Ask, Failed, Refused, Told, Turn
from tests.flows.samples import FACTS, HEAD, call, caused, document, heard, sample

NODES = """
  it: {kind: menu, options: {"1": {text: {en: Press 1., zh: 按1。}, next: take}}, otherwise: bye}
  take:
    kind: appointment
    do: take
    choice: 2
    store: {time: at}
    answer: decision
    next: tell
    refused: gone
    unavailable: sorry
  tell: {kind: hangup, text: {en: "It is on {{ at }}.", zh: "{{ at }}"}}
  gone: {kind: hangup, reason: refused}
  sorry: {kind: hangup, reason: message_taken}
"""
TOP = "variables: {at: {}}"
FLOW = sample(NODES, TOP)


def took(answer: Answer) -> Turn:
    asked = call(FLOW, "1")
    assert asked.asks == Ask("appointment:take", {"choice": "2"})
    return engine.told(FLOW, asked, answer, FACTS)


@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        pytest.param(Told({"done": "moved", "time": "Friday"}), "goodbye", id="taken"),
        pytest.param(Refused("taken"), "refused", id="somebody else has it"),
        pytest.param(Failed("database"), "message_taken", id="no database"),
    ],
)
def test_goes_on_by_what_came_of_it(answer: Answer, ended: str) -> None:
    assert took(answer).ended == ended


def test_says_what_was_done_and_keeps_it_as_the_answer() -> None:
    turn = took(Told({"done": "moved", "time": "Friday"}))

    assert heard(turn) == ["It is on Friday."]
    assert caused(turn) == [("answer", {"name": "decision", "value": "moved"})]


def test_what_was_refused_is_no_answer() -> None:
    assert caused(took(Refused("lapsed"))) == []


def test_asks_nothing_where_the_database_is_known_to_be_away() -> None:
    assert call(FLOW, "1", available=False).ended == "message_taken"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("choice: 2", "choice: 4", "choice", id="a fourth time"),
        pytest.param("    choice: 2\n", "", "choice: say which", id="none of the times"),
        pytest.param("do: take", "do: confirm", "choice: say which", id="a choice of nothing"),
        pytest.param("{time: at}", "{second: at}", "take gives time", id="what it does not give"),
        pytest.param("do: take", "do: steal", "do", id="something else"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(old: str, new: str, said: str) -> None:
    with pytest.raises(Exception, match=said):
        load(document(NODES.replace(old, new), TOP))


@pytest.mark.parametrize(("direction", "found"), [("inbound", ["unverified"]), ("outbound", [])])
def test_who_calls_us_proves_who_they_are_first(direction: str, found: list[str]) -> None:
    head = HEAD.replace("inbound", direction)
    flow = load(document(NODES, "person: agent\n" + TOP, head=head))

    assert [one.code for one in lint(flow, Rules()) if one.code == "unverified"] == found
