from __future__ import annotations

from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from exchange.rows import Text
from exchange.server import InThread
from exchange.texts import segments
from tests.exchange.conftest import HOTLINE, Office, Start, client_of

TO = "+15551230001"
GOOD: dict[str, Any] = {"to": TO, "from_": HOTLINE, "body": "Hello"}


def test_twilios_client_reads_a_new_text(client: Client) -> None:
    text = client.messages.create(**GOOD)
    assert (text.status, text.to, text.body, text.num_segments) == ("queued", TO, "Hello", "1")
    assert text.date_sent is None
    assert text.error_code is None


@pytest.mark.parametrize(
    ("change", "code", "status"),
    [
        pytest.param({"to": ""}, 21604, 400, id="no To"),
        pytest.param({"to": "12"}, 21211, 400, id="To is no number"),
        pytest.param({"from_": None}, 21603, 400, id="no From"),
        pytest.param({"from_": "+18005550199"}, 21606, 400, id="From of somebody else"),
        pytest.param({"body": None}, 21602, 400, id="nothing to say"),
        pytest.param({"body": "x" * 1601}, 21617, 400, id="too long"),
        pytest.param({"media_url": ["file:///etc/passwd"]}, 21620, 400, id="bad media"),
        pytest.param({"media_url": ["http://h.test/a"] * 11}, 21623, 400, id="too much media"),
        pytest.param({"messaging_service_sid": "MG1"}, 21701, 404, id="no messaging services here"),
        pytest.param({"status_callback": "nowhere"}, 21609, 400, id="bad StatusCallback"),
        pytest.param({"to": "+18885550000"}, 21614, 400, id="landline"),
        pytest.param({"to": "+15005550001"}, 21211, 400, id="magic invalid"),
        pytest.param({"to": "+15005550002"}, 21612, 400, id="magic not routable"),
        pytest.param({"to": "+15005550003"}, 21408, 400, id="magic geo permission"),
        pytest.param({"to": "+15005550004"}, 21610, 400, id="magic opted out"),
        pytest.param({"to": "+15005550009"}, 21614, 400, id="magic landline"),
        pytest.param({"from_": "+15005550001"}, 21212, 400, id="magic bad From"),
        pytest.param({"from_": "+15005550007"}, 21606, 400, id="magic From not owned"),
        pytest.param({"from_": "+15005550008"}, 21611, 429, id="magic From with a full queue"),
        pytest.param({"from_": "+15005550003"}, 21606, 400, id="any other magic From"),
    ],
)
def test_a_bad_text_is_refused(refusing: InThread, change: dict[str, Any], code: int, status: int) -> None:
    client = client_of(refusing)
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**{**GOOD, **change})
    assert (refused.value.code, refused.value.status) == (code, status)
    assert client.messages.list() == []


@pytest.mark.parametrize(
    ("end", "statuses", "error"),
    [
        pytest.param("delivered", ["sent", "delivered"], None, id="delivered"),
        pytest.param("sent", ["sent"], None, id="no receipt"),
        pytest.param("unreachable", ["sent", "undelivered"], 30003, id="unreachable"),
        pytest.param("unknown", ["sent", "undelivered"], 30005, id="unknown"),
        pytest.param("landline", ["sent", "undelivered"], 30006, id="landline"),
        pytest.param("filtered", ["sent", "undelivered"], 30007, id="filtered"),
        pytest.param("failed", ["failed"], 30008, id="failed"),
    ],
)
def test_how_texts_end(
    start: Start, office: Office, end: str, statuses: list[str], error: int | None
) -> None:
    exchange = start(subscribers={"numbers": {TO: {"text": end}}})
    client = client_of(exchange)
    sid = client.messages.create(**GOOD, status_callback=office.url + "/cb").sid
    exchange.wait_idle()
    reports = office.at("/cb")
    assert [report.params["MessageStatus"] for report in reports] == statuses
    assert all(report.signed and report.params["MessageSid"] == sid for report in reports)
    assert reports[-1].params.get("ErrorCode") == (str(error) if error else None)
    assert "Body" not in reports[-1].params
    text = client.messages(sid).fetch()
    assert (text.status, text.error_code) == (statuses[-1], error)
    assert text.date_sent


def test_stop_closes_a_number_to_that_sender_until_start(start: Start) -> None:
    exchange = start()
    client = client_of(exchange)
    exchange.text(TO, HOTLINE, " stop ")
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**GOOD)
    assert refused.value.code == 21610
    assert client.messages.create(**{**GOOD, "to": "+15551230002"}).sid
    exchange.text(TO, HOTLINE, "START")
    assert client.messages.create(**GOOD).sid


def test_stop_is_remembered_over_a_restart(start: Start) -> None:
    with start() as exchange:
        exchange.text(TO, HOTLINE, "STOP")
    with pytest.raises(TwilioRestException) as refused:
        client_of(start()).messages.create(**GOOD)
    assert refused.value.code == 21610


def test_some_people_answer(start: Start, office: Office) -> None:
    exchange = start(subscribers={"numbers": {TO: {"reply": "STOP"}}})
    client_of(exchange).messages.create(**GOOD)
    exchange.wait_idle()
    (asked,) = office.at("/sms")
    assert asked.signed
    assert (asked.params["From"], asked.params["To"], asked.params["Body"]) == (TO, HOTLINE, "STOP")


def test_our_server_answers_a_text_with_twiml(exchange: InThread, client: Client, office: Office) -> None:
    office.pages["/sms"] = (
        "<Response><Message>Thank you</Message><Message to='+15551230002'><Body>Look</Body></Message></Response>"
    )
    sid = exchange.text(TO, HOTLINE, "Hello?")
    exchange.wait_idle()
    assert client.messages(sid).fetch().direction == "inbound"
    replies = [text for text in exchange.ledger.rows(Text) if text.direction == "outbound-reply"]
    assert [(text.to, text.body) for text in replies] == [(TO, "Thank you"), ("+15551230002", "Look")]
    assert exchange.ledger.problems() == []


def test_the_sms_fallback_is_asked_once(start: Start, office: Office) -> None:
    office.pages |= {"/sms": "<Nonsense/>", "/fallback": "<Response><Message>Sorry</Message></Response>"}
    numbers = {HOTLINE: {"account": "AC" + "1" * 32, "sms_url": office.url + "/sms"}}
    numbers[HOTLINE]["sms_fallback_url"] = office.url + "/fallback"
    exchange = start(numbers=numbers)
    exchange.text(TO, HOTLINE, "Hello?")
    exchange.wait_idle()
    (asked,) = office.at("/fallback")
    assert (asked.params["ErrorCode"], asked.params["ErrorUrl"]) == ("12100", office.url + "/sms")
    assert exchange.ledger.rows(Text)[-1].body == "Sorry"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        pytest.param("a" * 160, 1, id="one, latin"),
        pytest.param("a" * 161, 2, id="two, latin"),
        pytest.param("€" * 80, 1, id="one, two septets each"),
        pytest.param("€" * 81, 2, id="two, two septets each"),
        pytest.param("好" * 70, 1, id="one, chinese"),
        pytest.param("好" * 71, 2, id="two, chinese"),
        pytest.param("a" * 134 + "好", 3, id="one chinese character makes all of it wide"),
        pytest.param("😀" * 36, 2, id="an emoji counts twice"),
    ],
)
def test_segments(body: str, count: int) -> None:
    assert segments(body) == count
