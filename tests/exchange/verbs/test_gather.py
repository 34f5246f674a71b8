from __future__ import annotations

import pytest

from tests.exchange.conftest import Office, Play, response

MENU = "<Gather {0}><Say>Press a key</Say></Gather><Say>Nothing pressed</Say>"


@pytest.mark.parametrize(
    ("attributes", "keys", "digits"),
    [
        pytest.param("numDigits='1'", "1", "1", id="one digit"),
        pytest.param("numDigits='2'", "123", "12", id="no more than wanted"),
        pytest.param("", "12#", "12", id="finished by the hash key"),
        pytest.param("", "12", "12", id="finished by silence"),
        pytest.param("finishOnKey='*'", "1#*", "1#", id="another finishing key"),
        pytest.param("finishOnKey=''", "1#", "1#", id="no finishing key"),
        pytest.param("actionOnEmptyResult='true'", "", "", id="empty but wanted"),
        pytest.param("timeout='1' numDigits='4'", "1234", "1234", id="short time-out"),
    ],
)
def test_gather_sends_what_was_entered(
    play: Play, office: Office, attributes: str, keys: str, digits: str
) -> None:
    office.pages["/act"] = response("<Say>Thanks</Say>")
    steps = play(response(MENU.format(f"action='/act' {attributes}")), keys)
    (asked,) = office.at("/act")
    assert asked.signed
    assert (asked.params["Digits"], asked.params["CallStatus"]) == (digits, "in-progress")
    assert {"said": "Thanks"} in steps
    assert {"said": "Nothing pressed"} not in steps


@pytest.mark.parametrize("keys", ["", "#"], ids=["silence", "only the finishing key"])
def test_gather_without_input_goes_on_below(play: Play, office: Office, keys: str) -> None:
    steps = play(response(MENU.format("action='/act'")), keys)
    assert {"said": "Nothing pressed"} in steps
    assert office.at("/act") == []


def test_gather_without_an_action_asks_its_own_document_again(play: Play, office: Office) -> None:
    office.pages["/voice"] = ""
    play(response(MENU.format("numDigits='1'")), "1")
    assert [asked.params.get("Digits") for asked in office.at("/voice")] == [None, "1"]


def test_a_key_stops_the_prompts(play: Play) -> None:
    long = "<Say>" + "word " * 400 + "</Say><Say>Never heard</Say>"
    steps = play(response(f"<Gather numDigits='1' action='/act'>{long}</Gather>"), "1")
    assert {"said": "Never heard"} not in steps
    assert {"key": "1"} in steps


def test_a_script_goes_on_at_the_next_gather(play: Play, office: Office) -> None:
    office.pages["/two"] = response("<Gather numDigits='1' action='/three'/><Redirect>/two</Redirect>")
    office.pages["/three"] = response("<Hangup/>")
    play(response("<Gather numDigits='1' action='/two'/>"), "1,,9")
    assert [asked.params.get("Digits") for asked in office.asked] == [None, "1", None, "9"]


def test_speech_is_recognised_where_it_is_asked_for(play: Play, office: Office) -> None:
    document = response("<Gather input='dtmf speech' action='/act'/>")
    play(document, "say:an engineer please")
    (asked,) = office.at("/act")
    assert asked.params["SpeechResult"] == "an engineer please"
    assert 0 < float(asked.params["Confidence"]) <= 1
    play(response("<Gather input='dtmf' action='/act'/>"), "say:hello")
    assert len(office.at("/act")) == 1
