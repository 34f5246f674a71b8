from __future__ import annotations

import pytest

from flows.language import engine
from flows.language.lint import Rules, lint
from flows.language.turn import Answer, Ask, Failed, Refused, Told
from tests.flows.samples import FACTS, call, sample

NODES = """
  it:
    kind: fax
    number: "{{ fax_number }}"
    letter:
      en: {subject: "Prices of {{ month }}", paragraphs: ["Inspection: 39 dollars.", "Ask {{ caller }}."]}
      zh: {subject: 价目表, paragraphs: [检测：39元。]}
    text: {en: On its way., zh: 已发出。}
    next: bye
    refused: said
    unavailable: sorry
  said: {kind: hangup, reason: refused}
  sorry: {kind: hangup, reason: message_taken}
"""
TOP = "person: agent\nvariables: {fax_number: {type: digits, max_length: 15, default: '2135550123'}, month: {default: May}}"
FLOW = sample(NODES, TOP)


def test_asks_for_the_letter_with_everything_filled_in() -> None:
    given = {
        "number": "2135550123",
        "subject": "Prices of May",
        "paragraphs": "Inspection: 39 dollars.\n\nAsk +14155550123.",
    }

    assert call(FLOW).asks == Ask("fax", given)


@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        pytest.param(Told(), "goodbye", id="sent"),
        pytest.param(Refused("enough_today"), "refused", id="refused"),
        pytest.param(Failed("database"), "message_taken", id="no database"),
    ],
)
def test_goes_on_by_whether_it_is_sent(answer: Answer, ended: str) -> None:
    assert engine.told(FLOW, call(FLOW), answer, FACTS).ended == ended


def test_asks_nothing_where_the_database_is_known_to_be_away() -> None:
    assert call(FLOW, available=False).ended == "message_taken"


def test_lint_wants_the_letter_in_every_language() -> None:
    one = NODES.replace("      zh: {subject: 价目表, paragraphs: [检测：39元。]}\n", "")

    assert "text_missing" in {finding.code for finding in lint(sample(one, TOP), Rules())}
