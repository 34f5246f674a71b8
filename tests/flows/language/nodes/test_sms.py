from __future__ import annotations

import pytest

from flows.language import engine
from flows.language.lint import Rules, lint
from flows.language.turn import Answer, Ask, Failed, Refused, Told
from tests.flows.samples import FACTS, call, heard, sample

NODES = """
  it:
    kind: sms
    message: {en: "Job {{ job }}: 12 Lake Road", zh: "单号{{ job }}：湖滨路12号"}
    text: {en: On its way., zh: 已发送。}
    next: bye
    refused: said
    unavailable: sorry
  said: {kind: hangup, reason: refused}
  sorry: {kind: hangup, reason: message_taken}
"""
TOP = "person: agent\nvariables: {job: {type: digits, default: '4711'}}"
FLOW = sample(NODES, TOP)


@pytest.mark.parametrize(("lang", "text"), [("en", "Job 4711: 12 Lake Road"), ("zh", "单号4711：湖滨路12号")])
def test_sends_it_in_the_callers_language_as_it_is_written_not_as_it_is_spoken(lang: str, text: str) -> None:
    assert call(FLOW, lang=lang).asks == Ask("sms", {"number": "+14155550123", "text": text})


@pytest.mark.parametrize(
    ("answer", "ended", "said"),
    [
        pytest.param(Told(), "goodbye", "On its way.", id="sent"),
        pytest.param(
            Refused("kind_not_allowed"), "refused", "Thank you for your time. Goodbye.", id="refused"
        ),
        pytest.param(
            Failed("database"), "message_taken", "Thank you for your time. Goodbye.", id="no database"
        ),
    ],
)
def test_says_that_it_is_sent_only_if_it_is(answer: Answer, ended: str, said: str) -> None:
    turn = engine.told(FLOW, call(FLOW), answer, FACTS)

    assert (turn.ended, heard(turn)[0]) == (ended, said)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        pytest.param(', zh: "单号{{ job }}：湖滨路12号"', "", "text_missing", id="in one language only"),
        pytest.param("Job {{ job }}", "Job {{ jobb }}", "variable_unknown", id="an unknown placeholder"),
        pytest.param("Job {{ job }}", "Job {{ job", "placeholder_broken", id="a broken placeholder"),
    ],
)
def test_lint_finds_what_could_not_be_sent(old: str, new: str, code: str) -> None:
    assert old in NODES

    assert code in {one.code for one in lint(sample(NODES.replace(old, new, 1), TOP), Rules())}
