from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from exchange.rows import Call
from exchange.server import InThread
from tests.exchange.conftest import ACCOUNT, HOTLINE, Office, Start, client_of

TO = "+15551230001"
GOOD: dict[str, Any] = {"to": TO, "from_": HOTLINE, "twiml": "<Response><Say>Hello</Say></Response>"}


def test_twilios_client_reads_a_new_call(client: Client) -> None:
    call = client.calls.create(**GOOD)
    assert (call.status, call.to, call.direction) == ("queued", TO, "outbound-api")
    assert call.date_created
    assert (call.start_time, call.end_time, call.duration) == (None, None, None)
    assert int(call.queue_time) < 2000


def test_a_call_that_is_over_shows_its_times(exchange: InThread, client: Client) -> None:
    sid = client.calls.create(**GOOD).sid
    exchange.wait_idle()
    call = client.calls(sid).fetch()
    assert call.status == "completed"
    assert int(call.duration) >= 1
    assert call.end_time > call.start_time


@pytest.mark.parametrize(
    ("change", "code", "status"),
    [
        pytest.param({"to": ""}, 21201, 400, id="no To"),
        pytest.param({"to": "hello"}, 21211, 400, id="To is no number"),
        pytest.param({"to": "+0123456789"}, 21211, 400, id="To begins with zero"),
        pytest.param({"to": "+15005550001"}, 21217, 400, id="magic invalid"),
        pytest.param({"to": "+15005550002"}, 21214, 400, id="magic unreachable"),
        pytest.param({"to": "+15005550003"}, 21215, 400, id="magic geo permission"),
        pytest.param({"to": "+15005550004"}, 21216, 400, id="magic blocked"),
        pytest.param({"from_": ""}, 21213, 400, id="no From"),
        pytest.param({"from_": "hello"}, 21212, 400, id="From is no number"),
        pytest.param({"from_": "+15005550001"}, 21212, 400, id="magic bad From"),
        pytest.param({"from_": "+15005550009"}, 21210, 400, id="magic foreign From"),
        pytest.param({"from_": "+18005550199"}, 21210, 400, id="From of somebody else"),
        pytest.param({"twiml": None}, 21205, 400, id="nothing to play"),
        pytest.param({"url": "/voice"}, 21205, 400, id="relative Url"),
        pytest.param({"twiml": "x" * 4001}, 20001, 400, id="Twiml too long"),
        pytest.param({"status_callback": "nowhere"}, 21609, 400, id="bad StatusCallback"),
        pytest.param({"status_callback": "http://a_b.test/"}, 21609, 400, id="underscore in the host"),
        pytest.param({"status_callback_event": ["finished"]}, 20001, 400, id="unknown event"),
        pytest.param({"timeout": 601}, 20001, 400, id="rings too long"),
        pytest.param({"send_digits": "1x"}, 20001, 400, id="bad SendDigits"),
        pytest.param({"machine_detection": "Perhaps"}, 20001, 400, id="bad MachineDetection"),
        pytest.param({"async_amd": "yes"}, 20001, 400, id="bad AsyncAmd"),
        pytest.param({"async_amd_status_callback": "nowhere"}, 21609, 400, id="bad AsyncAmdStatusCallback"),
        pytest.param({"async_amd_status_callback_method": "PUT"}, 20001, 400, id="bad AMD method"),
        pytest.param({"machine_detection_timeout": 2}, 20001, 400, id="listens too short"),
        pytest.param({"machine_detection_timeout": 60}, 20001, 400, id="listens too long"),
        pytest.param({"machine_detection_speech_threshold": 999}, 20001, 400, id="speech threshold too low"),
        pytest.param({"machine_detection_speech_end_threshold": 5001}, 20001, 400, id="speech end too high"),
        pytest.param({"machine_detection_silence_timeout": 1999}, 20001, 400, id="silence too short"),
        pytest.param({"application_sid": "AP1"}, 21218, 400, id="no applications here"),
    ],
)
def test_a_bad_call_is_refused(refusing: InThread, change: dict[str, Any], code: int, status: int) -> None:
    client = client_of(refusing)
    with pytest.raises(TwilioRestException) as refused:
        client.calls.create(**{**GOOD, **change})
    assert (refused.value.code, refused.value.status) == (code, status)
    assert client.calls.list() == []


def test_the_magic_sender_may_call(client: Client) -> None:
    assert client.calls.create(**{**GOOD, "from_": "+15005550006"}).status == "queued"


def test_an_invalid_number_fails_when_dialled_or_is_refused_at_once(start: Start) -> None:
    people = {"numbers": {TO: {"voice": "invalid"}}}
    exchange = start(subscribers=people)
    sid = client_of(exchange).calls.create(**GOOD).sid
    exchange.wait_idle()
    assert client_of(exchange).calls(sid).fetch().status == "failed"
    exchange.stop()
    strict = client_of(start(subscribers={**people, "invalid_is": "create"}))
    with pytest.raises(TwilioRestException) as refused:
        strict.calls.create(**GOOD)
    assert refused.value.code == 21211


def test_another_account_neither_sees_nor_ends_our_calls(exchange: InThread, client: Client) -> None:
    sid = client.calls.create(**GOOD).sid
    other = client_of(exchange, "AC" + "2" * 32, "other")
    assert other.calls.list() == []
    for act in (other.calls(sid).fetch, lambda: other.calls(sid).update(status="completed")):
        with pytest.raises(TwilioRestException) as refused:
            act()
        assert refused.value.code == 20404


def ring_out(**more: Any) -> dict[str, Any]:
    return {"cps": 0.01, "sid": ACCOUNT, "token": "secret", **more}


@pytest.mark.parametrize("status", ["canceled", "completed"])
def test_a_queued_call_is_cancelled_silently(start: Start, office: Office, status: str) -> None:
    exchange = start(accounts=[ring_out()])
    client = client_of(exchange)
    client.calls.create(**GOOD)
    waiting = client.calls.create(**{**GOOD, "to": "+15551230002"}, status_callback=office.url + "/cb")
    assert int(waiting.queue_time) > 50_000
    assert client.calls(waiting.sid).update(status=status).status == "canceled"
    exchange.wait_idle()
    assert office.asked == []
    assert [contact["to"] for contact in exchange.ledger.contacts()] == [TO]


def test_a_ringing_call_is_cancelled_and_reported(start: Start, office: Office) -> None:
    exchange = start(speed=60, subscribers={"mobile": {"voice": {"no_answer": 1}}})
    client = client_of(exchange)
    sid = client.calls.create(**GOOD, status_callback=office.url + "/cb").sid
    until(lambda: client.calls(sid).fetch().status == "ringing")
    assert client.calls(sid).update(status="canceled").status == "canceled"
    exchange.wait_idle()
    assert [asked.params["CallStatus"] for asked in office.at("/cb")] == ["canceled"]


def talking(start: Start, office: Office) -> tuple[InThread, Client, str]:
    exchange = start(speed=60)
    client = client_of(exchange)
    office.pages["/long"] = "<Response><Pause length='3000'/></Response>"
    sid = client.calls.create(
        to=TO, from_=HOTLINE, url=office.url + "/long", status_callback=office.url + "/cb"
    ).sid
    until(lambda: bool(office.at("/long")))
    return exchange, client, sid


def test_a_call_in_progress_is_ended(start: Start, office: Office) -> None:
    exchange, client, sid = talking(start, office)
    assert client.calls(sid).update(status="completed").status == "completed"
    exchange.wait_idle()
    assert exchange.transcript(sid)["ended_by"] == "ended by request"
    assert [asked.params["CallStatus"] for asked in office.at("/cb")] == ["completed"]


@pytest.mark.parametrize("how", ["url", "twiml"])
def test_a_call_in_progress_goes_on_elsewhere(start: Start, office: Office, how: str) -> None:
    exchange, client, sid = talking(start, office)
    office.pages["/new"] = document = "<Response><Say>News</Say></Response>"
    update = {"url": office.url + "/new"} if how == "url" else {"twiml": document}
    assert client.calls(sid).update(**update).status == "in-progress"
    exchange.wait_idle()
    assert {"said": "News"} in exchange.transcript(sid)["steps"]


@pytest.mark.parametrize(
    ("update", "code"),
    [
        pytest.param({"status": "canceled"}, 21220, id="cancel a talk"),
        pytest.param({"url": "http://h/", "twiml": "<Response/>"}, 20001, id="url and twiml"),
        pytest.param({}, 20001, id="nothing"),
        pytest.param({"status": "busy"}, 20001, id="unknown status"),
    ],
)
def test_bad_updates_are_refused(start: Start, office: Office, update: dict[str, str], code: int) -> None:
    _, client, sid = talking(start, office)
    with pytest.raises(TwilioRestException) as refused:
        client.calls(sid).update(**update)
    assert refused.value.code == code
    assert client.calls(sid).fetch().status == "in-progress"


def test_a_call_that_is_over_cannot_be_updated(exchange: InThread, client: Client) -> None:
    sid = client.calls.create(**GOOD).sid
    exchange.wait_idle()
    with pytest.raises(TwilioRestException) as refused:
        client.calls(sid).update(status="completed")
    assert refused.value.code == 21220


def test_a_full_queue_refuses(start: Start) -> None:
    exchange = start(accounts=[ring_out(max_queue_s=150)])
    client = client_of(exchange)
    made = [client.calls.create(**GOOD) for _ in range(2)]
    with pytest.raises(TwilioRestException) as refused:
        client.calls.create(**GOOD)
    assert (refused.value.code, refused.value.status) == (22005, 429)
    assert len(exchange.ledger.rows(Call)) == len(made)


def test_the_url_is_the_one_played_if_both_are_given(
    exchange: InThread, client: Client, office: Office
) -> None:
    office.pages["/v"] = "<Response><Say>From the URL</Say></Response>"
    sid = client.calls.create(**GOOD, url=office.url + "/v").sid
    exchange.wait_idle()
    assert {"said": "From the URL"} in exchange.transcript(sid)["steps"]


def until(done: Callable[[], bool], timeout_s: float = 30) -> None:
    import time

    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.005)
