from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.carriers.base import Accepted, Refused, SendResult, Unavailable, Unknown
from core.carriers.outcomes import HOLDS, REFUSALS, result_of


def error(code: int, message: str = "no") -> str:
    return json.dumps({"code": code, "message": message, "more_info": "https://…", "status": 400})


@pytest.mark.parametrize(
    ("status", "body", "wait", "expected"),
    [
        pytest.param(201, '{"sid": "SM1", "status": "queued"}', None, Accepted("SM1", "queued"), id="a text created"),
        pytest.param(
            201, '{"sid": "CA1", "status": "queued", "queue_time": "2500"}', None, Accepted("CA1", "queued", 2.5), id="a call behind others"
        ),
        pytest.param(200, '{"sid": "f-1", "status": "queued", "queue_time": null}', None, Accepted("f-1", "queued"), id="a fax at SignalWire"),
        pytest.param(200, '{"status": "queued"}', None, Unknown("no_sid"), id="success without an id"),
        pytest.param(200, "<html>", None, Unknown("no_sid"), id="success of somebody else"),
        pytest.param(200, "[]", None, Unknown("no_sid"), id="success with a list"),
        pytest.param(400, error(21211), None, Refused("21211", "no"), id="no such number"),
        pytest.param(400, error(21610), None, Refused("21610", "no"), id="opted out"),
        pytest.param(400, error(21606), None, Refused("21606", "no", "sender"), id="our number cannot"),
        pytest.param(400, error(21408), None, Refused("21408", "no", "sender", True), id="texts to a country"),
        pytest.param(400, error(21215), None, Refused("21215", "no", "sender", True), id="calls to a country"),
        pytest.param(400, error(13227), None, Refused("13227", "no", "sender", True), id="a dial to a country"),
        pytest.param(400, error(21617), None, Refused("21617", "no", "campaign"), id="text too long"),
        pytest.param(400, error(99999), None, Refused("99999", "no"), id="a refusal nobody told us of"),
        pytest.param(401, error(20003), None, Refused("20003", "no", "sender"), id="wrong token"),
        pytest.param(401, error(70051), None, Refused("70051", "no", "sender"), id="any other 401"),
        pytest.param(403, error(20005), None, Refused("20005", "no", "sender"), id="account suspended"),
        pytest.param(
            400,
            '{"type": "about:blank", "title": "Bad", "status": 400, "code": 21211, "detail": "not a number"}',
            None,
            Refused("21211", "not a number"),
            id="an error after RFC 9457",
        ),
        pytest.param(429, error(20429), None, Unavailable("20429", 5.0), id="too many requests"),
        pytest.param(429, error(20429), "30", Unavailable("20429", 30.0), id="too many requests, with a wait"),
        pytest.param(429, "slow down", "7", Unavailable("429", 7.0), id="too many requests, said by a proxy"),
        pytest.param(429, error(20429), "Wed, 21 Oct", Unavailable("20429", 5.0), id="a wait that is a date"),
        pytest.param(429, error(20429), "9" * 30, Unavailable("20429", 3600.0), id="a wait for ever"),
        pytest.param(429, error(22005), None, Unavailable("22005", 900.0), id="call queue full"),
        pytest.param(400, error(21611), None, Unavailable("21611", 600.0), id="SMS queue full"),
        pytest.param(400, error(30450), None, Unavailable("30450", 3600.0, "campaign"), id="held for pumping"),
        pytest.param(400, "Bad Request", None, Unknown("http_400"), id="4xx without JSON"),
        pytest.param(403, "{}", None, Unknown("http_403"), id="4xx without a code"),
        pytest.param(404, '{"code": "not a number"}', None, Unknown("http_404"), id="4xx with somebody else's code"),
        pytest.param(408, error(20001), None, Unknown("http_408"), id="time-out at the carrier"),
        pytest.param(500, error(20500), None, Unknown("http_500"), id="500 with JSON"),
        pytest.param(503, "", None, Unknown("http_503"), id="503"),
        pytest.param(302, "", None, Unknown("http_302"), id="a redirect"),
    ],
)  # fmt: skip
def test_an_answer_to_a_send_means(status: int, body: str, wait: str | None, expected: SendResult) -> None:
    assert result_of(status, body, wait) == expected


@given(st.integers(100, 599), st.one_of(st.text(), st.integers().map(error)), st.none() | st.text())
def test_any_answer_has_a_meaning_and_only_a_carrier_can_refuse(
    status: int, body: str, wait: str | None
) -> None:
    result = result_of(status, body, wait)
    if isinstance(result, Refused):
        assert 400 <= status < 500
        assert '"code"' in body
    if isinstance(result, Unavailable):
        assert 0 < result.retry_after_s <= 3600
    if status >= 500 or status < 200:
        assert isinstance(result, Unknown)


@pytest.mark.parametrize(
    ("scope", "codes"),
    [
        pytest.param(
            "sender",
            "10001 20003 20005 30002 21210 21212 13247 13214 21606 21603 30032 30034 30035 34005",
            id="account and sender",
        ),
        pytest.param("campaign", "21219 21608 21617 21620 21623 21602", id="what the campaign says"),
        pytest.param(
            "recipient", "21201 21211 21217 21214 21612 21216 13225 21610 21614 21635 13224", id="one person"
        ),
    ],
)
def test_a_refusal_condemns_exactly_that(scope: str, codes: str) -> None:
    found = {code: result_of(400, error(int(code))) for code in codes.split()}

    assert {
        code: result.scope for code, result in found.items() if isinstance(result, Refused)
    } == dict.fromkeys(found, scope)


@pytest.mark.parametrize("code", [10004, 86008, 22005, 21611, 30022, 30023, 20429])
def test_what_is_full_for_now_condemns_nobody(code: int) -> None:
    result = result_of(400, error(code))

    assert isinstance(result, Unavailable)
    assert result.scope == "sender"


def test_no_code_is_both_a_refusal_and_a_hold() -> None:
    assert not REFUSALS.keys() & HOLDS.keys()
