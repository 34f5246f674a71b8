"""Answers of carriers as they are on paper: canned, because no exchange gives them."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.carriers.base import Report
from core.carriers.exchange import Exchange
from core.config import Config
from core.errors import Unavailable
from tests.core.carriers.raw_server import Behaviour, RawServer, answer, read_request

Start = Callable[[Behaviour], RawServer]
AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ROW = {
    "sid": "SM1",
    "to": "+14155550123",
    "from": "+18005550100",
    "status": "queued",
    "direction": "outbound-api",
    "date_created": "Sun, 22 Nov 2026 09:00:00 +0000",
}
AROUND = {"since": AT - timedelta(minutes=1), "until": AT + timedelta(minutes=1)}


def answering(start: Start, *pages: tuple[str, str]) -> tuple[Exchange, list[str]]:
    """A carrier that gives *pages* (status line, body) one after another, the last for ever; and what it is asked."""
    asked: list[str] = []

    def serve(connection: socket.socket) -> None:
        while request := read_request(connection):
            asked.append(request.split(b" ")[1].decode())
            connection.sendall(answer(*pages[min(len(asked), len(pages)) - 1]))

    return Exchange(Config(exchange_url=start(serve).url)), asked


def ok(**content: Any) -> tuple[str, str]:
    return "200 OK", json.dumps(content)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({}, {}, id="as Twilio writes it"),
        pytest.param({"date_created": "2026-11-22T09:00:00Z"}, {}, id="an ISO date"),
        pytest.param({"date_created": "2026-11-22T17:00:00+08:00"}, {}, id="an ISO date elsewhere"),
        pytest.param({"date_created": "Sun, 22 Nov 2026 09:00:00 -0000"}, {}, id="a date without a zone"),
        pytest.param({"from": None}, {"from_": ""}, id="no sender yet"),
        pytest.param({"error_code": 30005}, {"code": "30005"}, id="an error"),
        pytest.param({"duration": "61"}, {"duration_s": 61}, id="a duration"),
        pytest.param({"duration": ""}, {}, id="no duration"),
        pytest.param({"num_pages": 3}, {"pages": 3}, id="pages"),
    ],
)
def test_a_report_is_read(change: dict[str, Any], expected: dict[str, Any], raw_server: Start) -> None:
    carrier, _ = answering(raw_server, ok(**ROW | change))
    plain: dict[str, Any] = {
        "carrier_id": "SM1",
        "to": ROW["to"],
        "from_": ROW["from"],
        "status": "queued",
        "created_at": AT,
    }
    assert carrier.fetch("sms", "SM1") == Report(**plain | expected)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(ok(sid="SM1"), id="half a report"),
        pytest.param(ok(**ROW | {"date_created": "yesterday"}), id="a date that is none"),
        pytest.param(("200 OK", "<html>"), id="a page of somebody else"),
        pytest.param(("404 Not Found", "<html>"), id="somebody else's 404"),
        pytest.param(("429 Too Many", '{"code": 20429}'), id="no time"),
        pytest.param(("503 Away", ""), id="away"),
        pytest.param(("403 Forbidden", '{"code": 20006}'), id="not allowed"),
    ],
)
def test_what_is_no_report_is_no_knowledge(page: tuple[str, str], raw_server: Start) -> None:
    carrier, _ = answering(raw_server, page)
    with pytest.raises(Unavailable):
        carrier.fetch("sms", "SM1")
    with pytest.raises(Unavailable):
        carrier.stop("sms", "SM1")
    with pytest.raises(Unavailable):
        carrier.find("sms", ROW["to"], ROW["from"], **AROUND)


def test_an_answer_without_the_list_is_not_taken_for_an_empty_list(raw_server: Start) -> None:
    carrier, _ = answering(raw_server, ok(welcome=True))
    with pytest.raises(Unavailable):
        carrier.find("sms", ROW["to"], ROW["from"], **AROUND)


def test_a_page_that_fails_leaves_no_half_list(raw_server: Start) -> None:
    carrier, _ = answering(raw_server, ok(messages=[ROW], next_page_uri="/next"), ("500 Oh", ""))
    with pytest.raises(Unavailable):
        carrier.find("sms", ROW["to"], ROW["from"], **AROUND)


def test_a_text_without_a_sender_yet_is_found_by_its_receiver(raw_server: Start) -> None:
    carrier, asked = answering(raw_server, ok(messages=[ROW | {"from": None}], next_page_uri=None))
    assert [one.carrier_id for one in carrier.find("sms", ROW["to"], ROW["from"], **AROUND).reports] == [
        "SM1"
    ]
    assert "From" not in asked[0]


def test_legs_and_replies_of_our_documents_are_no_orders_of_ours(raw_server: Start) -> None:
    rows = [ROW | {"sid": way, "direction": way} for way in ("outbound-dial", "outbound-reply", "inbound")]
    carrier, _ = answering(raw_server, ok(messages=rows, next_page_uri=None))
    assert carrier.find("sms", ROW["to"], ROW["from"], **AROUND).reports == []


@pytest.mark.parametrize(
    ("following", "path"),
    [
        pytest.param(
            "/2010-04-01/x?Page=1&PageToken=PA%2B1", "/2010-04-01/x?Page=1&PageToken=PA%2B1", id="a path"
        ),
        pytest.param("//elsewhere.example.com/x", "/elsewhere.example.com/x", id="another host"),
        pytest.param("/a b\r\nX-Evil: 1/你", "/a%20b%0D%0AX-Evil%3A%201/%E4%BD%A0", id="line breaks"),
    ],
)
def test_the_next_page_is_asked_of_the_same_server(following: str, path: str, raw_server: Start) -> None:
    carrier, asked = answering(
        raw_server, ok(messages=[ROW], next_page_uri=following), ok(messages=[ROW], next_page_uri="")
    )
    assert len(carrier.find("sms", ROW["to"], ROW["from"], **AROUND).reports) == 2
    assert asked[1:] == [path]


def test_a_change_the_carrier_refuses_shows_how_things_are(raw_server: Start) -> None:
    refused = ("400 Bad Request", '{"code": 30409, "message": "too late"}')
    carrier, _ = answering(raw_server, refused, ok(**ROW | {"status": "delivered"}))
    report = carrier.stop("sms", "SM1")
    assert report is not None
    assert report.status == "delivered"
