from __future__ import annotations

import socket

import pytest

from exchange.rows import Webhook
from exchange.server import InThread
from tests.exchange.conftest import HOTLINE, Office, Page, client_of

TO = "+15551230001"


def text(exchange: InThread, callback: str) -> str:
    sid = client_of(exchange).messages.create(to=TO, from_=HOTLINE, body="x", status_callback=callback).sid
    exchange.wait_idle()
    return str(sid)


@pytest.mark.parametrize(
    ("fragment", "page", "tries"),
    [
        pytest.param("", Page(status=500), 1, id="a 500 is not retried by itself"),
        pytest.param("#rc=2&rp=5xx", Page(status=503), 3, id="5xx"),
        pytest.param("#rc=2&rp=4xx", Page(status=503), 1, id="another class"),
        pytest.param("#rc=3&rp=all", Page(status=404), 4, id="all"),
        pytest.param("#rc=1&rp=rt&rt=100", Page(delay_s=0.3), 2, id="no answer in time"),
    ],
)
def test_retries(exchange: InThread, office: Office, fragment: str, page: Page, tries: int) -> None:
    office.pages["/cb"] = page
    text(exchange, office.url + "/cb" + fragment)
    first = [asked for asked in office.at("/cb") if asked.params["MessageStatus"] == "sent"]
    assert len(first) == tries
    assert all(asked.signed for asked in first)
    assert len({asked.headers["I-Twilio-Idempotency-Token"] for asked in first}) == 1
    assert [hook.try_ for hook in exchange.ledger.rows(Webhook)][:tries] == list(range(1, tries + 1))
    assert {problem.code for problem in exchange.ledger.problems()} == {11200}


def test_a_retry_that_succeeds_is_no_problem(exchange: InThread, office: Office) -> None:
    office.pages["/cb"] = [Page(status=500), Page(status=204)]
    text(exchange, office.url + "/cb#rc=1&rp=all")
    assert [hook.status for hook in exchange.ledger.rows(Webhook)] == [500, 204, 204]
    assert exchange.ledger.problems() == []


def test_nobody_at_home_is_tried_twice(exchange: InThread) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/cb"
        text(exchange, url)
    assert [hook.try_ for hook in exchange.ledger.rows(Webhook)] == [1, 2, 1, 2]
    assert {problem.code for problem in exchange.ledger.problems()} == {11205}


def test_reports_of_one_call_keep_their_order_however_slow_the_first_is(
    exchange: InThread, office: Office
) -> None:
    office.pages["/cb"] = [Page(status=204, delay_s=0.3), Page(status=204)]
    events = ["initiated", "ringing", "answered", "completed"]
    call = {"to": TO, "from_": HOTLINE, "twiml": "<Response/>", "status_callback": office.url + "/cb"}
    client_of(exchange).calls.create(**call, status_callback_event=events)
    exchange.wait_idle()
    assert [asked.params["SequenceNumber"] for asked in office.at("/cb")] == ["0", "1", "2", "3"]


def test_a_slow_report_does_not_hold_up_others(exchange: InThread, office: Office) -> None:
    office.pages["/slow"] = Page(status=204, delay_s=0.5)
    client = client_of(exchange)
    client.messages.create(to=TO, from_=HOTLINE, body="x", status_callback=office.url + "/slow")
    client.messages.create(to="+15551230002", from_=HOTLINE, body="x", status_callback=office.url + "/cb")
    exchange.wait_idle()
    assert office.at("/cb")[-1].at - office.at("/slow")[0].at < 0.45


def test_an_answer_that_is_no_twiml_is_warned_of(exchange: InThread, office: Office) -> None:
    office.pages["/cb"] = Page("ok", kind="text/plain")
    text(exchange, office.url + "/cb")
    assert {(problem.code, problem.level) for problem in exchange.ledger.problems()} == {(15003, "warning")}


def test_redirects_are_followed_and_signed_anew(exchange: InThread, office: Office) -> None:
    office.pages["/cb"] = Page(status=307, headers={"Location": "/moved"})
    text(exchange, office.url + "/cb")
    assert [(asked.method, asked.signed) for asked in office.at("/moved")] == [("POST", True)] * 2
    office.pages["/cb"] = Page(status=302, headers={"Location": "/got"})
    text(exchange, office.url + "/cb")
    assert [(asked.method, asked.signed, asked.params) for asked in office.at("/got")] == [
        ("GET", True, {})
    ] * 2


def test_a_document_that_takes_too_long_goes_to_the_fallback(exchange: InThread, office: Office) -> None:
    office.pages |= {"/v": Page("<Response/>", delay_s=0.5), "/f": "<Response><Say>Sorry</Say></Response>"}
    client = client_of(exchange)
    url, fallback = office.url + "/v#tt=150", office.url + "/f"
    sid = client.calls.create(to=TO, from_=HOTLINE, url=url, fallback_url=fallback).sid
    exchange.wait_idle()
    assert office.at("/f")[0].params["ErrorCode"] == "11200"
    assert {"said": "Sorry"} in exchange.transcript(sid)["steps"]
