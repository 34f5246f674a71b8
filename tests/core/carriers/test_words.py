from __future__ import annotations

import logging

import pytest

from core.carriers.outcomes import REFUSALS
from core.carriers.words import CANCELLED, REACHED, WORDS, End, cause_of, end_of
from exchange.fax_outcomes import T30
from exchange.subscribers import TEXT_ENDS


@pytest.mark.parametrize(
    ("channel", "status", "code", "expected"),
    [
        pytest.param("voice", "in-progress", "", None, id="a call goes on"),
        pytest.param("voice", "completed", "200", REACHED, id="a call was answered"),
        pytest.param("voice", "busy", "486", End("busy", "busy"), id="a call to a busy line"),
        pytest.param("voice", "no-answer", "487", End("no_answer", "no_answer"), id="a call nobody answered"),
        pytest.param("voice", "failed", "404", End("failed", "bad_number"), id="a call to no number"),
        pytest.param("voice", "failed", "603", End("failed", "declined"), id="a call declined"),
        pytest.param("voice", "failed", "503", End("failed", "network"), id="a call lost in the network"),
        pytest.param("voice", "failed", "", End("failed", "unknown_cause"), id="a call failed without a code"),
        pytest.param("voice", "failed", "13224", End("failed", "bad_number"), id="a call failed by the carrier's code"),
        pytest.param("voice", "canceled", "", CANCELLED, id="a call cancelled"),
        pytest.param("sms", "sent", "", None, id="a text is on its way"),
        pytest.param("sms", "delivered", "", REACHED, id="a text arrived"),
        pytest.param("sms", "undelivered", "30003", End("undelivered", "handset_off"), id="a text to a handset that is off"),
        pytest.param("sms", "undelivered", "30005", End("undelivered", "bad_number"), id="a text to nobody"),
        pytest.param("sms", "undelivered", "30006", End("undelivered", "bad_number"), id="a text to a landline"),
        pytest.param("sms", "undelivered", "30007", End("undelivered", "filtered"), id="a text filtered"),
        pytest.param("sms", "failed", "30008", End("failed", "unknown_cause"), id="a text failed, nobody knows why"),
        pytest.param("sms", "failed", "21610", End("failed", "opted_out"), id="a text to who opted out"),
        pytest.param("sms", "undelivered", "404", End("undelivered", "unknown_cause"), id="a SIP code is nothing for a text"),
        pytest.param("fax", "processing", "", None, id="a fax is being prepared"),
        pytest.param("fax", "delivered", "", REACHED, id="a fax arrived"),
        pytest.param("fax", "failed", "2", End("failed", "not_a_fax"), id="a fax to a person"),
        pytest.param("fax", "failed", "11", End("failed", "too_fine"), id="a fax too fine"),
        pytest.param("fax", "failed", "41", End("failed", "our_document"), id="a fax that is no fax"),
        pytest.param("fax", "failed", "48", End("failed", "poor_line"), id="a fax on a poor line"),
        pytest.param("fax", "failed", "49", End("failed", "cut"), id="a fax cut"),
        pytest.param("fax", "failed", "404", End("failed", "bad_number"), id="a fax to no number"),
        pytest.param("fax", "failed", "11200", End("failed", "our_document"), id="a fax whose document did not come"),
        pytest.param("fax", "no-answer", "", End("no_answer", "no_answer"), id="a fax nobody answered"),
    ],
)  # fmt: skip
def test_a_word_of_the_carrier_means(channel: str, status: str, code: str, expected: End | None) -> None:
    assert end_of(channel, status, code) == expected


@pytest.mark.parametrize("code", ["", "x", "²", "-1", "30 008", "9" * 40])
def test_a_number_nobody_has_told_us_of_is_an_unknown_cause(code: str) -> None:
    assert cause_of("sms", code) == "unknown_cause"


def test_a_word_nobody_has_told_us_of_changes_nothing_and_is_logged_without_a_number(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        assert end_of("sms", "evaporated") is None
        assert end_of("sms", "x" * 500 + "+14155550123") is None
    assert "evaporated" in caplog.text
    assert "4155550123" not in caplog.text


def test_every_final_word_says_how_it_ended_and_why() -> None:
    for channel, words in WORDS.items():
        for word, end in words.items():
            if end:
                found = end_of(channel, word, "")
                assert found is not None
                assert (found.cause == "") == (found.outcome == "reached"), (channel, word)


def test_every_end_the_exchange_can_give_is_understood() -> None:
    faxes = {code: cause_of("fax", str(code)) for code in T30}
    assert "unknown_cause" not in faxes.values(), faxes
    for status, code in TEXT_ENDS.values():
        assert status in WORDS["sms"]
        assert not code or code == 30008 or cause_of("sms", str(code)) != "unknown_cause"


def test_a_refusal_for_one_recipient_says_why() -> None:
    for code in (21211, 21214, 21217, 21610, 21612, 21614, 21216):
        assert code not in REFUSALS
        assert cause_of("sms", str(code)) != "unknown_cause"
