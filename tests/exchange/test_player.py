from __future__ import annotations

import io
import wave
from collections.abc import Callable
from typing import Any

import pytest

from exchange.rows import Call, Problem
from exchange.server import InThread
from tests.exchange.conftest import HOTLINE, Office, Page, Start, client_of

CALLER = "+15551230001"
Steps = list[dict[str, str]]
Play = Callable[..., Steps]


@pytest.fixture
def play(exchange: InThread, office: Office) -> Play:
    """Ring the hotline, enter keys, return what was heard."""

    def heard(document: str | Page, keys: str = "", **more: Any) -> Steps:
        office.pages["/voice"] = document
        sid = exchange.call(CALLER, HOTLINE, keys, **more)
        exchange.wait_idle()
        steps: Steps = exchange.transcript(sid)["steps"]
        return [step for step in steps if "document" not in step and "gather" not in step]

    return heard


def response(inside: str) -> str:
    return f"<Response>{inside}</Response>"


def codes(exchange: InThread) -> list[int]:
    return [problem.code for problem in exchange.ledger.problems()]


@pytest.mark.parametrize(
    ("inside", "steps"),
    [
        pytest.param("<Say>Hello</Say>", [{"said": "Hello"}, {"ended": "document ended"}], id="say"),
        pytest.param(
            "<Say voice='Polly.Joanna'>One <break time='1s'/>two</Say>",
            [{"said": "One two"}, {"ended": "document ended"}],
            id="say with a break",
        ),
        pytest.param(
            "<Play digits='ww1'/>", [{"played": "digits ww1"}, {"ended": "document ended"}], id="digits"
        ),
        pytest.param("<Pause length='3'/>", [{"paused": "3"}, {"ended": "document ended"}], id="pause"),
        pytest.param("<Hangup/><Say>Never</Say>", [{"ended": "hangup"}], id="nothing after hangup"),
        pytest.param(
            "<Say>A</Say><!-- B --><Say>C</Say>",
            [{"said": "A"}, {"said": "C"}, {"ended": "document ended"}],
            id="comment",
        ),
        pytest.param("", [{"ended": "document ended"}], id="empty document"),
    ],
)
def test_simple_verbs(play: Play, exchange: InThread, inside: str, steps: Steps) -> None:
    assert play(response(inside)) == steps
    assert codes(exchange) == []


def test_audio_is_fetched_once_and_heard_for_its_length(
    play: Play, exchange: InThread, office: Office
) -> None:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(bytes(8000 * 7))
    office.pages["/a.wav"] = Page(sound.getvalue(), kind="audio/x-wav")
    document = response(f"<Play>{office.url}/a.wav</Play><Play>/a.wav</Play>")
    assert play(document)[:2] == [{"played": f"{office.url}/a.wav"}] * 2
    assert len(office.at("/a.wav")) == 1
    (call,) = exchange.ledger.rows(Call)
    assert call.duration_s == 14


@pytest.mark.parametrize(
    ("page", "code"),
    [
        pytest.param(Page("x", kind="text/plain"), 13420, id="no audio"),
        pytest.param(Page("x", status=404), 11200, id="not there"),
    ],
)
def test_audio_that_cannot_be_played_is_skipped(
    play: Play, exchange: InThread, office: Office, page: Page, code: int
) -> None:
    office.pages["/a.mp3"] = page
    assert {"said": "On"} in play(response("<Play>/a.mp3</Play><Say>On</Say>"))
    assert codes(exchange) == [code]


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


def test_redirect_is_relative_to_the_document(play: Play, office: Office) -> None:
    office.pages["/menu/a"] = response("<Redirect method='GET'>b?x=1</Redirect>")
    office.pages["/menu/b"] = response("<Say>Here</Say>")
    assert {"said": "Here"} in play(response("<Redirect>/menu/a</Redirect><Say>Never</Say>"))
    (asked,) = office.at("/menu/b")
    assert (asked.method, asked.signed, asked.params["x"]) == ("GET", True, "1")
    assert asked.params["CallSid"].startswith("CA")


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
def test_reject_does_not_answer(exchange: InThread, office: Office, reason: str, status: str) -> None:
    office.pages["/voice"] = response(f"<Reject reason='{reason}'/>")
    sid = exchange.call(CALLER, HOTLINE)
    exchange.wait_idle()
    call = client_of(exchange).calls(sid).fetch()
    assert (call.status, call.duration) == (status, None)


def test_record_keeps_a_message(play: Play, exchange: InThread, office: Office) -> None:
    office.pages["/done"] = response("<Say>Goodbye</Say>")
    document = response("<Record action='/done' maxLength='30' recordingStatusCallback='/kept'/>")
    assert {"said": "Goodbye"} in play(document, MessageSeconds=12)
    (done,), (kept,) = office.at("/done"), office.at("/kept")
    assert done.params["RecordingDuration"] == kept.params["RecordingDuration"] == "12"
    assert kept.params["RecordingStatus"] == "completed"
    assert "From" not in kept.params
    client = client_of(exchange)
    recording = client.recordings(done.params["RecordingSid"]).fetch()
    assert recording.duration == "12"
    assert [row.sid for row in client.recordings.list(call_sid=recording.call_sid)] == [recording.sid]
    answer = client.request("GET", done.params["RecordingUrl"] + ".wav")
    assert answer.status_code == 200


def test_the_recording_is_a_playable_sound(play: Play, office: Office) -> None:
    import urllib.request
    from base64 import b64encode

    play(response("<Record action='/done'/>"), MessageSeconds=3)
    url = office.at("/done")[0].params["RecordingUrl"]
    for ending in ("", ".wav", ".mp3"):
        login = b64encode(f"AC{'1' * 32}:secret".encode()).decode()
        request = urllib.request.Request(url + ending, headers={"Authorization": f"Basic {login}"})  # noqa: S310, our own server
        with urllib.request.urlopen(request) as answer, wave.open(io.BytesIO(answer.read())) as sound:  # noqa: S310, our own server
            assert sound.getnframes() / sound.getframerate() == 3


def test_silence_is_no_message(play: Play, office: Office) -> None:
    assert {"said": "On"} in play(response("<Record action='/done'/><Say>On</Say>"), MessageSeconds=0)
    assert office.at("/done") == []


def test_a_caller_who_hangs_up_leaves_the_message_anyway(play: Play, office: Office) -> None:
    steps = play(response("<Record action='/done'/>"), MessageSeconds=60, HangUpAfter=20)
    assert steps[-1] == {"ended": "caller hung up"}
    (done,) = office.at("/done")
    assert (done.params["Digits"], done.params["CallStatus"]) == ("hangup", "completed")
    assert done.params["RecordingDuration"] == "20"


AGENT = "+15557770001"


@pytest.mark.parametrize(
    ("does", "status"),
    [("human", "completed"), ("busy", "busy"), ("no_answer", "no-answer"), ("invalid", "failed")],
)
def test_dial_tells_its_action_how_it_went(start: Start, office: Office, does: str, status: str) -> None:
    exchange = start(subscribers={"numbers": {AGENT: {"voice": does, "talk_s": 50}}})
    office.pages["/voice"] = response(f"<Dial action='/after' timeout='20'>{AGENT}</Dial><Say>Never</Say>")
    office.pages["/after"] = response("<Say>Back</Say>")
    sid = exchange.call(CALLER, HOTLINE)
    exchange.wait_idle()
    (after,) = office.at("/after")
    assert after.params["DialCallStatus"] == status
    leg = client_of(exchange).calls(after.params["DialCallSid"]).fetch()
    assert (leg.parent_call_sid, leg.direction, leg.status) == (sid, "outbound-dial", status)
    assert after.params.get("DialCallDuration") == ("50" if does == "human" else None)
    steps = exchange.transcript(sid)["steps"]
    assert {"said": "Back"} in steps
    assert {"said": "Never"} not in steps


def test_dial_without_an_action_goes_on_with_the_next_verb(play: Play) -> None:
    assert {"said": "Next"} in play(response(f"<Dial>{AGENT}</Dial><Say>Next</Say>"))


def test_the_first_of_several_to_answer_is_joined(start: Start, office: Office) -> None:
    slow, fast = "+15557770002", "+15557770003"
    exchange = start(subscribers={"numbers": {slow: {"answer_after_s": 15}, fast: {"answer_after_s": 3}}})
    numbers = "".join(
        f"<Number statusCallback='/leg' statusCallbackEvent='answered completed'>{number}</Number>"
        for number in (slow, fast)
    )
    office.pages["/voice"] = response(f"<Dial action='/after'>{numbers}</Dial>")
    exchange.call(CALLER, HOTLINE)
    exchange.wait_idle()
    ends = {asked.params["To"]: asked.params["CallStatus"] for asked in office.at("/leg")}
    assert ends == {slow: "canceled", fast: "completed"}


def test_when_the_caller_leaves_the_dialled_leg_ends(start: Start, office: Office) -> None:
    exchange = start(subscribers={"numbers": {AGENT: {"voice": "no_answer"}}})
    office.pages["/voice"] = response(f"<Dial timeout='60'>{AGENT}</Dial>")
    exchange.call(CALLER, HOTLINE, HangUpAfter=10)
    exchange.wait_idle()
    legs = client_of(exchange).calls.list(to=AGENT)
    assert [leg.status for leg in legs] == ["canceled"]


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        pytest.param("<Sing>La</Sing>", 12200, id="unknown verb"),
        pytest.param("<say>Hi</say>", 12200, id="wrong case"),
        pytest.param("<Say tone='high'>Hi</Say>", 12200, id="unknown attribute"),
        pytest.param("<Gather><Record/></Gather>", 12200, id="wrong nesting"),
        pytest.param("<Gather timeout='soon'/>", 12200, id="no number"),
        pytest.param("<Pause length='-1'/>", 12200, id="negative"),
        pytest.param("<Redirect method='PUT'>/end</Redirect>", 12200, id="unknown method"),
        pytest.param("Hello<Say>Hi</Say>", 12200, id="text outside a verb"),
        pytest.param("<Say/>", 13520, id="nothing to say"),
        pytest.param("<Gather input='smell'/>", 13310, id="unknown input"),
        pytest.param("<Dial><Sip>sip:a@b</Sip></Dial>", 12200, id="nothing we dial"),
    ],
)
def test_mistakes_are_warned_of_and_skipped(
    play: Play, exchange: InThread, office: Office, inside: str, code: int
) -> None:
    office.pages["/end"] = response("<Say>End</Say>")
    assert play(response(inside + "<Redirect>/end</Redirect>"))[-2] == {"said": "End"}
    assert [(problem.code, problem.level) for problem in exchange.ledger.problems()] == [(code, "warning")]


@pytest.mark.parametrize(
    ("page", "code"),
    [
        pytest.param(Page("<Response><Say>"), 12100, id="cut off"),
        pytest.param(Page("<Responce/>"), 12100, id="no Response"),
        pytest.param(Page("<!DOCTYPE r [<!ENTITY a 'b'>]><Response/>"), 12100, id="a document type"),
        pytest.param(Page("{}", kind="application/json"), 12300, id="json"),
        pytest.param(Page("x" * 70_000), 11750, id="70 kB"),
        pytest.param(Page("no", status=500), 11200, id="500"),
        pytest.param(Page("no", status=404), 11200, id="404"),
        pytest.param(Page(status=302, headers={"Location": "/voice"}), 11215, id="http redirect loop"),
        pytest.param(Page(response("<Redirect/>")), 11100, id="redirect to nowhere"),
        pytest.param(Page(response("<Redirect>ftp://h/</Redirect>")), 11100, id="redirect by ftp"),
        pytest.param(Page(response("<Dial>agent</Dial>")), 13223, id="dial a name"),
        pytest.param(
            Page(response("<Dial callerId='+15550009999'>+15557770001</Dial>")), 13214, id="foreign caller id"
        ),
        pytest.param(Page(response("<Say>" + "x" * 4097 + "</Say>")), 13521, id="a speech too long"),
    ],
)
def test_a_bad_document_goes_to_the_fallback_once(
    start: Start, office: Office, page: Page, code: int
) -> None:
    number = {"account": "AC" + "1" * 32, "voice_url": office.url + "/voice"}
    exchange = start(numbers={HOTLINE: {**number, "voice_fallback_url": office.url + "/fallback"}})
    office.pages |= {"/voice": page, "/fallback": response("<Say>Sorry</Say>")}
    sid = exchange.call(CALLER, HOTLINE)
    exchange.wait_idle()
    (asked,) = office.at("/fallback")
    assert (asked.params["ErrorCode"], asked.params["ErrorUrl"]) == (str(code), office.url + "/voice")
    assert {"said": "Sorry"} in exchange.transcript(sid)["steps"]
    assert [problem.code for problem in exchange.ledger.problems()] == [code]


def test_without_a_fallback_the_caller_hears_an_apology(play: Play) -> None:
    steps = play("<Nonsense/>")
    assert "application error" in steps[-2]["said"]
    assert steps[-1] == {"ended": "application error"}


def test_a_fallback_that_fails_too_is_not_asked_again(start: Start, office: Office) -> None:
    number = {"account": "AC" + "1" * 32, "voice_url": office.url + "/voice"}
    exchange = start(numbers={HOTLINE: {**number, "voice_fallback_url": office.url + "/fallback"}})
    office.pages |= {"/voice": "<No/>", "/fallback": "<No/>"}
    sid = exchange.call(CALLER, HOTLINE)
    exchange.wait_idle()
    assert len(office.at("/fallback")) == 1
    assert exchange.transcript(sid)["ended_by"] == "application error"


def test_documents_that_chase_each_other_end(play: Play, exchange: InThread, office: Office) -> None:
    office.pages["/b"] = response("<Redirect>/voice</Redirect>")
    assert play(response("<Redirect>/b</Redirect>"))[-1] == {"ended": "application error"}
    assert codes(exchange) == [11215]
    assert len(office.asked) < 150


def test_inline_documents_need_absolute_actions(exchange: InThread) -> None:
    client = client_of(exchange)
    sid = client.calls.create(
        to=CALLER, from_=HOTLINE, twiml="<Response><Redirect>/x</Redirect></Response>"
    ).sid
    exchange.wait_idle()
    assert exchange.transcript(sid)["ended_by"] == "application error"
    problem: Problem = exchange.ledger.problems()[0]
    assert (problem.code, problem.sid) == (15004, sid)
