from __future__ import annotations

import time
from typing import Any

import pytest

from exchange.server import InThread
from tests.exchange.conftest import ACCOUNT, HOTLINE, Office, Start, client_of

TO = "+15551230001"
EVERY = ["initiated", "ringing", "answered", "completed"]


def ring(exchange: InThread, office: Office, **more: Any) -> str:
    office.pages.setdefault("/v", "<Response><Pause length='70'/></Response>")
    order = {
        "to": TO,
        "from_": HOTLINE,
        "url": office.url + "/v",
        "status_callback": office.url + "/cb",
        **more,
    }
    sid = str(client_of(exchange).calls.create(**order).sid)
    exchange.wait_idle()
    return sid


@pytest.mark.parametrize(
    ("does", "statuses", "sip"),
    [
        pytest.param("human", ["initiated", "ringing", "in-progress", "completed"], "200", id="answered"),
        pytest.param("machine", ["initiated", "ringing", "in-progress", "completed"], "200", id="machine"),
        pytest.param(
            "hang_up_early", ["initiated", "ringing", "in-progress", "completed"], "200", id="hangs up"
        ),
        pytest.param("busy", ["initiated", "ringing", "busy"], "486", id="busy"),
        pytest.param("no_answer", ["initiated", "ringing", "no-answer"], "487", id="rings out"),
        pytest.param("invalid", ["initiated", "failed"], "404", id="invalid"),
    ],
)
def test_what_is_reported_of_a_call(
    start: Start, office: Office, does: str, statuses: list[str], sip: str
) -> None:
    exchange = start(subscribers={"numbers": {TO: {"voice": does}}})
    sid = ring(exchange, office, status_callback_event=EVERY)
    reports = [asked.params for asked in office.at("/cb")]
    assert [report["CallStatus"] for report in reports] == statuses
    assert [report["SequenceNumber"] for report in reports] == [str(n) for n in range(len(statuses))]
    assert {report["CallSid"] for report in reports} == {sid}
    assert all(asked.signed for asked in office.asked)
    last = reports[-1]
    assert (last["SipResponseCode"], last["CallbackSource"]) == (sip, "call-progress-events")
    assert (int(last["CallDuration"]) > 0) == (sip == "200")
    assert last["Timestamp"].endswith("+0000")
    assert exchange.ledger.problems() == []


def test_only_the_end_is_reported_by_default(exchange: InThread, office: Office) -> None:
    ring(exchange, office)
    (report,) = office.at("/cb")
    assert (report.params["CallStatus"], report.params["SequenceNumber"]) == ("completed", "0")
    assert report.params["CallDuration"] == "70"
    assert report.params["Duration"] == "2"


def test_the_document_is_asked_for_when_the_call_is_answered(exchange: InThread, office: Office) -> None:
    sid = ring(exchange, office, method="GET")
    (asked,) = office.at("/v")
    assert (asked.method, asked.signed) == ("GET", True)
    assert asked.params == {
        "CallSid": sid,
        "AccountSid": ACCOUNT,
        "From": HOTLINE,
        "To": TO,
        "CallStatus": "in-progress",
        "ApiVersion": "2010-04-01",
        "Direction": "outbound-api",
        "Caller": HOTLINE,
        "Called": TO,
    }


def test_nobody_answers_a_call_that_rings_too_short(start: Start, office: Office) -> None:
    exchange = start(subscribers={"numbers": {TO: {"answer_after_s": 10}}})
    ring(exchange, office, timeout=5)
    assert [report.params["CallStatus"] for report in office.at("/cb")] == ["no-answer"]
    assert office.at("/v") == []


@pytest.mark.parametrize(
    ("more", "person", "why", "lasts_s"),
    [
        pytest.param({"time_limit": 20}, {}, "time limit", 20, id="the time limit"),
        pytest.param({}, {"hang_up_after_s": 10}, "caller hung up", 10, id="the other side"),
        pytest.param({"time_limit": 20}, {"hang_up_after_s": 30}, "time limit", 20, id="the shorter one"),
    ],
)
def test_who_ends_a_call(
    start: Start, office: Office, more: dict[str, Any], person: dict[str, Any], why: str, lasts_s: int
) -> None:
    exchange = start(subscribers={"numbers": {TO: person}})
    sid = ring(exchange, office, **more)
    assert exchange.transcript(sid)["ended_by"] == why
    assert int(client_of(exchange).calls(sid).fetch().duration) == lasts_s


@pytest.mark.parametrize(
    ("does", "detection", "found"),
    [
        pytest.param("human", "Enable", "human", id="human"),
        pytest.param("machine", "Enable", "machine_start", id="machine"),
        pytest.param("machine", "DetectMessageEnd", "machine_end_beep", id="after the beep"),
        pytest.param("fax", "Enable", "fax", id="fax"),
    ],
)
def test_machines_are_detected_before_the_document(
    start: Start, office: Office, does: str, detection: str, found: str
) -> None:
    exchange = start(subscribers={"numbers": {TO: {"voice": does}}})
    sid = ring(exchange, office, machine_detection=detection)
    assert office.at("/v")[0].params["AnsweredBy"] == found
    assert client_of(exchange).calls(sid).fetch().answered_by == found


def test_detection_beside_the_document_is_reported(start: Start, office: Office) -> None:
    exchange = start(subscribers={"numbers": {TO: {"voice": "machine"}}})
    detect = {
        "machine_detection": "Enable",
        "async_amd": "true",
        "async_amd_status_callback": office.url + "/amd",
    }
    ring(exchange, office, **detect)
    assert "AnsweredBy" not in office.at("/v")[0].params
    (report,) = office.at("/amd")
    assert report.params["AnsweredBy"] == "machine_start"
    assert int(report.params["MachineDetectionDuration"]) > 0


@pytest.mark.parametrize(
    ("person", "detection", "word", "took_ms"),
    [
        pytest.param({}, {}, "human", 2500, id="a person"),
        pytest.param({"voice": "machine"}, {}, "machine_start", 4000, id="a machine talks on"),
        pytest.param(
            {"voice": "machine"},
            {"machine_detection_speech_threshold": 3000},
            "machine_start",
            4600,
            id="a later threshold",
        ),
        pytest.param(
            {"voice": "machine", "greeting_s": 12},
            {"machine_detection": "DetectMessageEnd"},
            "machine_end_beep",
            12500,
            id="heard out to the beep",
        ),
        pytest.param(
            {"voice": "machine", "greeting_s": 12, "beeps": "no"},
            {"machine_detection": "DetectMessageEnd"},
            "machine_end_silence",
            13200,
            id="without a beep",
        ),
        pytest.param(
            {"voice": "machine", "greeting_s": 45},
            {"machine_detection": "DetectMessageEnd"},
            "unknown",
            30000,
            id="a greeting longer than anybody listens",
        ),
        pytest.param({"heard_as": "machine"}, {}, "machine_start", 4000, id="a person taken for a machine"),
        pytest.param(
            {"heard_as": "machine"},
            {"machine_detection": "DetectMessageEnd"},
            "machine_end_silence",
            5200,
            id="who then falls silent",
        ),
        pytest.param(
            {"voice": "machine", "heard_as": "human"}, {}, "human", 2500, id="a machine like a person"
        ),
        pytest.param({"heard_as": "nobody"}, {}, "unknown", 5000, id="somebody who says nothing"),
        pytest.param({"voice": "fax"}, {}, "fax", 4000, id="a fax machine"),
    ],
)
def test_the_detector_says_what_it_heard_and_how_long_it_took(
    start: Start, office: Office, person: dict[str, Any], detection: dict[str, Any], word: str, took_ms: int
) -> None:
    exchange = start(subscribers={"numbers": {TO: person}})
    beside = {
        "machine_detection": "Enable",
        "async_amd": "true",
        "async_amd_status_callback": office.url + "/amd",
    }
    sid = ring(exchange, office, **{**beside, **detection})

    [report] = office.at("/amd")
    assert report.signed
    assert report.params == {
        "CallSid": sid,
        "AccountSid": ACCOUNT,
        "AnsweredBy": word,
        "MachineDetectionDuration": str(took_ms),
    }


def test_a_detector_errs_and_gives_up_as_often_as_the_population_says(start: Start, office: Office) -> None:
    manners = {"voice": {"human": 50, "machine": 50}, "detector": {"unknown": 20, "wrong": 20}}
    exchange = start(subscribers={"mobile": manners})
    book = exchange._switch.subscribers
    heard = [(p.is_a, p.is_heard_as) for n in range(2000) for p in [book.party(f"+1555123{n:04}", 1)]]

    for is_a, taken_for in (("human", "machine"), ("machine", "human")):
        all_ = [word for kind, word in heard if kind == is_a]
        assert 0.16 < all_.count(taken_for) / len(all_) < 0.24
        assert 0.16 < all_.count("nobody") / len(all_) < 0.24


def test_nothing_is_told_of_a_call_that_ended_first(start: Start, office: Office) -> None:
    exchange = start(speed=10, subscribers={"numbers": {TO: {"voice": "machine", "hang_up_after_s": 1}}})
    ring(
        exchange,
        office,
        machine_detection="Enable",
        async_amd="true",
        async_amd_status_callback=office.url + "/amd",
    )
    assert office.at("/amd") == []


def test_a_call_sent_elsewhere_by_the_verdict_leaves_its_document(start: Start, office: Office) -> None:
    exchange = start(subscribers={"numbers": {TO: {"voice": "machine"}}})
    office.pages["/v"] = "<Response><Say>Hello, who is there?</Say><Pause length='20'/></Response>"
    office.pages["/m"] = "<Response><Say>Please call back.</Say></Response>"
    client = client_of(exchange)
    sid = str(
        client.calls.create(
            to=TO,
            from_=HOTLINE,
            url=office.url + "/v",
            machine_detection="Enable",
            async_amd="true",
            async_amd_status_callback=office.url + "/amd",
        ).sid
    )
    deadline = time.monotonic() + 30
    while not office.at("/amd") and time.monotonic() < deadline:
        time.sleep(0.005)
    client.calls(sid).update(url=office.url + "/m")
    exchange.wait_idle()

    said = [step["said"] for step in exchange.transcript(sid)["steps"] if "said" in step]
    assert said == ["Hello, who is there?", "Please call back."]


def test_digits_are_sent_before_the_document_and_then_nothing_is_detected(
    exchange: InThread, office: Office
) -> None:
    sid = ring(exchange, office, send_digits="ww12#", machine_detection="Enable")
    assert exchange.transcript(sid)["steps"][0] == {"sent": "ww12#"}
    assert "AnsweredBy" not in office.at("/v")[0].params


def test_a_whole_call_is_recorded(exchange: InThread, office: Office) -> None:
    sid = ring(exchange, office, record=True, recording_status_callback=office.url + "/rec")
    (report,) = office.at("/rec")
    assert (report.params["CallSid"], report.params["RecordingSource"]) == (sid, "OutboundAPI")
    assert report.params["RecordingDuration"] == "70"


def test_an_incoming_call_rings_until_the_first_verb(start: Start, office: Office) -> None:
    numbers = {
        HOTLINE: {"account": ACCOUNT, "voice_url": office.url + "/v", "status_callback": office.url + "/cb"}
    }
    exchange = start(numbers=numbers)
    office.pages["/v"] = "<Response><Redirect>/w</Redirect></Response>"
    office.pages["/w"] = "<Response><Say>Hello</Say></Response>"
    exchange.call(TO, HOTLINE)
    exchange.wait_idle()
    assert [asked.params["CallStatus"] for asked in office.asked] == ["ringing", "in-progress", "completed"]
    assert {asked.params["Direction"] for asked in office.asked} == {"inbound"}


def test_ringing_a_number_that_is_not_ours_is_refused(exchange: InThread) -> None:
    with pytest.raises(ValueError, match="no voice_url"):
        exchange.call(TO, "+18005550199")
