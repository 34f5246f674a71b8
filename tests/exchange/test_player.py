from __future__ import annotations

import io
import wave

import pytest

from exchange.rows import Call, Problem
from exchange.server import InThread
from tests.exchange.conftest import CALLER, HOTLINE, Office, Page, Play, Start, Steps, client_of, response


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
