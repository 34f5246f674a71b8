from __future__ import annotations

import pytest

from flows.language.lint import Rules, lint
from flows.language.load import load
from flows.language.turn import Answer, Digits, Gather, Heard, Recorded
from tests.flows.samples import call, caused, document, sample

NODES = """
  it:
    kind: speech
    text: {en: "How can we help?", zh: "请问您需要什么服务？"}
    answer: wish
    options:
      "1":
        text: {en: "For repairs, press 1.", zh: "维修请按1。"}
        says: {en: [repair, "my car is broken", "status"], zh: [维修, 坏了]}
        value: repair
        next: fixed
      "2":
        text: {en: "To complain, press 2.", zh: "投诉请按2。"}
        says: {en: [complaint, "repair status"], zh: [投诉]}
        next: bye
    otherwise: last
  fixed: {kind: hangup, reason: message_taken}
  last: {kind: hangup, reason: refused}
"""
TOP = "person: agent"
FLOW = sample(NODES, TOP)


@pytest.mark.parametrize(
    ("answer", "lang", "node"),
    [
        pytest.param(Digits("1"), "en", "fixed", id="the key works too"),
        pytest.param(Digits("0"), "en", "agent", id="zero is a person"),
        pytest.param(Digits("*"), "en", "it", id="star repeats"),
        pytest.param(Digits("8"), "en", "it", id="an unknown key"),
        pytest.param(Digits(""), "en", "it", id="silence"),
        pytest.param(Heard("repair"), "en", "fixed", id="a word"),
        pytest.param(Heard("I think my car is BROKEN!", 0.9), "en", "fixed", id="a phrase inside a sentence"),
        pytest.param(Heard("what is my repair status"), "en", "bye", id="the longer phrase wins"),
        pytest.param(Heard("repairman"), "en", "it", id="part of a word is none"),
        pytest.param(Heard("repair", 0.2), "en", "it", id="a doubtful recognition"),
        pytest.param(
            Heard("status or repair, no, a complaint please"),
            "en",
            "bye",
            id="complaint is longer than repair",
        ),
        pytest.param(Heard("我想投诉。"), "zh", "bye", id="Chinese has no spaces"),
        pytest.param(Heard("车 坏 了"), "zh", "fixed", id="unless the carrier puts them in"),
        pytest.param(Heard("维修还是投诉"), "zh", "it", id="two choices at once"),
        pytest.param(Heard("repair"), "zh", "it", id="a word of another language"),
        pytest.param(Heard(""), "en", "it", id="no words"),
        pytest.param(Heard("\x00\x07 ☃"), "en", "it", id="signs only"),
        pytest.param(Recorded("u", 3), "en", "it", id="an answer to another question"),
    ],
)
def test_goes_where_the_word_or_the_key_leads(answer: Answer, lang: str, node: str) -> None:
    assert call(FLOW, answer, lang=lang).state.node == node


def test_the_choice_is_kept_as_an_answer_however_it_was_made() -> None:
    kept = [("answer", {"name": "wish", "value": "repair"})]

    assert caused(call(FLOW, "1")) == caused(call(FLOW, Heard("repair"))) == kept


def test_listens_for_keys_and_words_at_once() -> None:
    (gather,) = call(FLOW, lang="zh").instructions

    assert isinstance(gather, Gather)
    assert (gather.max_digits, gather.speech, gather.hints) == (1, "zh", ("维修", "坏了", "投诉"))


def test_three_failures_move_on() -> None:
    assert call(FLOW, "", Heard("mumble"), "8").ended == "refused"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        pytest.param(", zh: [维修, 坏了]", "", "text_missing", id="nothing to say in one language"),
        pytest.param(
            "zh: [投诉]", "zh: [投诉], fr: [plainte]", "language_unknown", id="a language nobody chose"
        ),
        pytest.param("press 1.", "say repair.", "key_unspoken", id="the key is not told"),
    ],
)
def test_lint_finds_what_callers_could_not_use(old: str, new: str, code: str) -> None:
    assert old in NODES

    found = {one.code for one in lint(load(document(NODES.replace(old, new, 1), TOP)), Rules())}

    assert code in found


def test_a_language_must_have_a_tag_it_is_recognised_by() -> None:
    head = document(NODES, TOP).replace(
        "languages: {en: {}, zh: {}}", "languages: {en: {}, zh: {}, fr: {voice: Polly.Lea, tag: fr-FR}}"
    )

    assert "hearing_missing" in {one.code for one in lint(load(head), Rules())}


def test_star_is_no_choice() -> None:
    with pytest.raises(Exception, match="star repeats"):
        sample(NODES.replace('"2":', '"*":'), TOP)
