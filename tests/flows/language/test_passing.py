"""What lasts a turn: known, said and then gone; and lint finds where it would be missed."""

from __future__ import annotations

import pytest

from flows.language import engine
from flows.language.lint import Rules, lint, token_chars
from flows.language.load import load
from flows.language.turn import Told
from tests.flows.samples import FACTS, call, document, heard, sample

NODES = """
  it:
    kind: lookup
    what: event
    store: {name: event, held_on: day}
    next: place
    not_found: bye
    unavailable: bye
  place:
    kind: lookup
    what: event
    store: {address: venue}
    next: tell
    not_found: bye
    unavailable: bye
  tell: {kind: say, text: {en: "{{ event }}, {{ venue }}.", zh: "{{ event }}，{{ venue }}。"}, next: main}
  main:
    kind: menu
    options: {"1": {text: {en: "For the day, press 1.", zh: "日期请按1。"}, next: when}}
    otherwise: bye
  when: {kind: say, text: {en: "{{ day }}.", zh: "{{ day }}。"}, next: main}
"""
TOP = "person: agent\nvariables: {event: {lasts: turn}, venue: {lasts: turn}, day: {type: date}}"


def test_it_is_said_and_does_not_travel_with_the_call() -> None:
    flow = sample(NODES, TOP)
    first = engine.told(flow, call(flow), Told({"name": "Open day", "held_on": "2026-12-05"}), FACTS)

    turn = engine.told(flow, first, Told({"address": "12 Lake Road"}), FACTS)

    assert heard(turn)[0] == "Open day, 12 Lake Road.", "also what an earlier question of the turn had told"
    assert turn.state.variables == {"day": "2026-12-05"}
    assert turn.passing == {}


def test_it_takes_no_room_in_the_link() -> None:
    longer = TOP.replace("venue: {lasts: turn}", "venue: {lasts: turn, max_length: 300}")

    assert token_chars(sample(NODES, TOP), Rules()) == token_chars(sample(NODES, longer), Rules())


@pytest.mark.parametrize(
    ("old", "new", "top", "node"),
    [
        pytest.param("", "", "day: {type: date}->day: {type: date, lasts: turn}", "when", id="after the caller has answered"),
        pytest.param("start", "start", "", None, id="not where it is known"),
        pytest.param("not_found: bye\n    unavailable: bye\n  tell", "not_found: bye\n    unavailable: tell\n  tell", "", "tell", id="where the node that tells it could not"),
    ],
)  # fmt: skip
def test_lint_finds_where_it_is_gone(old: str, new: str, top: str, node: str | None) -> None:
    was, _, becomes = top.partition("->")

    found = lint(load(document(NODES.replace(old, new, 1), TOP.replace(was, becomes, 1))), Rules())

    assert [one.node for one in found if one.code == "variable_gone"] == ([node] if node else [])
