from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from exchange.faults import Fault, Faults
from exchange.rows import Request, Text, Webhook
from exchange.server import InThread
from tests.exchange.conftest import ACCOUNT, HOTLINE, TOKEN, Office, Start


def post(
    exchange: InThread, timeout_s: float = 30, session: requests.Session | None = None, **more: str
) -> requests.Response:
    form = {"To": "+15551230001", "From": HOTLINE, "Body": "x", **more}
    asking = session or requests
    return asking.post(texts_of(exchange), data=form, auth=(ACCOUNT, TOKEN), timeout=timeout_s)


def read(exchange: InThread, timeout_s: float = 30) -> requests.Response:
    return requests.get(texts_of(exchange), auth=(ACCOUNT, TOKEN), timeout=timeout_s)


def texts_of(exchange: InThread) -> str:
    return f"{exchange.base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


def is_cut(exchange: InThread, kept: requests.Session, answers: list[requests.Response]) -> bool:
    try:
        answers.append(post(exchange, session=kept))
    except requests.exceptions.ConnectionError:
        return True
    return False


def is_silent(exchange: InThread) -> bool:
    try:
        read(exchange, timeout_s=0.7)
    except requests.exceptions.ReadTimeout:
        return True
    return False


def is_refused(exchange: InThread) -> bool:
    with socket.socket() as probe:
        return bool(probe.connect_ex(("127.0.0.1", exchange.port)))


def wait_for(condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def accepted(exchange: InThread) -> int:
    exchange.wait_idle()
    return len(exchange.ledger.rows(Text))


@pytest.mark.parametrize(
    ("kind", "accepts"),
    [
        pytest.param("drop_answer", 1, id="the answer is dropped after accepting"),
        pytest.param("reset_after", 1, id="the connection is reset after accepting"),
        pytest.param("reset_before", 0, id="the connection is reset before accepting"),
    ],
)
def test_a_connection_ends_without_an_answer(exchange: InThread, kind: str, accepts: int) -> None:
    exchange.fault(kind, channel="texts")
    with pytest.raises(requests.exceptions.ConnectionError):
        post(exchange)
    assert accepted(exchange) == accepts
    assert post(exchange).status_code == 201
    assert [row.fault for row in exchange.ledger.rows(Request) if row.fault] == [kind]


def test_a_reset_is_one(exchange: InThread) -> None:
    exchange.fault("reset_before")
    with pytest.raises(requests.exceptions.ConnectionError, match="reset"):
        post(exchange)


@pytest.mark.parametrize(("kind", "accepts"), [("error_after", 1), ("error_before", 0)])
def test_a_500_that_is_not_the_carriers_own_word(exchange: InThread, kind: str, accepts: int) -> None:
    exchange.fault(kind)
    answer = post(exchange)
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert accepted(exchange) == accepts


@pytest.mark.parametrize(
    ("kind", "more", "status", "code", "wait"),
    [
        pytest.param("refuse_503", {}, 503, 20503, None, id="503"),
        pytest.param("refuse_429", {}, 429, 20429, None, id="429"),
        pytest.param("refuse_429", {"seconds": 2.5}, 429, 20429, "3", id="429 with Retry-After"),
    ],
)
def test_refusals_accept_nothing(
    exchange: InThread, kind: str, more: dict[str, Any], status: int, code: int, wait: str | None
) -> None:
    exchange.fault(kind, count=2, **more)
    answers = [post(exchange) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 201]
    assert answers[0].json()["code"] == code
    assert answers[0].headers.get("Retry-After") == wait
    assert accepted(exchange) == 1


def test_a_late_answer(exchange: InThread) -> None:
    exchange.fault("delay_answer", seconds=0.2)
    began = time.monotonic()
    assert post(exchange).status_code == 201
    assert time.monotonic() - began >= 0.2


def test_an_order_is_accepted_though_nobody_waits_for_the_answer(exchange: InThread) -> None:
    exchange.fault("accept_late", seconds=2.0)
    with pytest.raises(requests.exceptions.ReadTimeout):
        post(exchange, timeout_s=0.2)
    assert len(exchange.ledger.rows(Text)) == 0
    wait_for(lambda: len(exchange.ledger.rows(Text)) == 1)


def test_lists_are_disturbed_only_by_order(exchange: InThread) -> None:
    exchange.fault("refuse_503", channel="any")
    assert read(exchange).status_code == 200
    exchange.fault("refuse_503", channel="reads")
    assert read(exchange).status_code == 503
    assert read(exchange).status_code == 200


def arrived(office: Office) -> list[str]:
    return [asked.params["MessageStatus"] for asked in office.at("/cb")]


@pytest.mark.parametrize(
    ("kind", "more", "arrive"),
    [
        pytest.param("lose_callback", {}, ["delivered"], id="lost"),
        pytest.param("double_callback", {}, ["sent", "sent", "delivered"], id="doubled at once"),
        pytest.param("double_callback", {"seconds": 1.0}, ["sent", "delivered", "sent"], id="doubled later"),
        pytest.param("delay_callback", {"seconds": 1.0}, ["sent", "delivered"], id="late, in order"),
        pytest.param("reorder_callback", {"seconds": 1.0}, ["delivered", "sent"], id="overtaken"),
    ],
)
def test_reports_are_disturbed(
    exchange: InThread, office: Office, kind: str, more: dict[str, Any], arrive: list[str]
) -> None:
    exchange.fault(kind, **more)
    post(exchange, StatusCallback=office.url + "/cb")
    assert accepted(exchange) == 1
    assert arrived(office) == arrive
    assert [hook.fault for hook in exchange.ledger.rows(Webhook) if hook.fault] == [kind]


def test_a_late_report_is_late_and_holds_up_nobody_else(exchange: InThread, office: Office) -> None:
    exchange.fault("delay_callback", seconds=1.5, to="+15551230001")
    began = time.monotonic()
    post(exchange, StatusCallback=office.url + "/cb")
    post(exchange, To="+15551230002", StatusCallback=office.url + "/cb")
    assert accepted(exchange) == 2
    order = [asked.params["To"][-1] for asked in office.at("/cb")]
    assert order == ["2", "2", "1", "1"]
    assert office.at("/cb")[-1].at - began >= 1.5


def test_an_exchange_that_is_away_refuses_connections_and_comes_back(exchange: InThread) -> None:
    answers: list[requests.Response] = []
    with requests.Session() as kept:
        answers.append(post(exchange, session=kept))
        exchange.fault("away_refusing", seconds=2.0)
        wait_for(lambda: is_cut(exchange, kept, answers))
    assert is_refused(exchange)
    wait_for(lambda: not is_refused(exchange))
    answers.append(post(exchange))
    assert {answer.status_code for answer in answers} == {201}
    assert accepted(exchange) - len(answers) in (0, 1), "one may have been under way when the door was shut"


def test_an_exchange_that_is_away_takes_requests_and_says_nothing(exchange: InThread) -> None:
    exchange.fault("away_silent", seconds=3.0, after_s=0.1)
    wait_for(lambda: is_silent(exchange))
    with pytest.raises(requests.exceptions.ReadTimeout):
        post(exchange, timeout_s=0.2)
    with pytest.raises(requests.exceptions.ConnectionError):
        post(exchange)
    assert post(exchange).status_code == 201
    assert accepted(exchange) == 1
    silent = exchange.ledger.ask("SELECT method, status, sid FROM requests WHERE fault = 'away_silent'")
    assert silent == [("GET", 0, ""), ("POST", 0, ""), ("POST", 0, "")]


def test_faults_are_ordered_in_the_population_too(start: Start) -> None:
    exchange = start(faults=[{"kind": "refuse_503", "channel": "texts", "skip": 1}])
    assert [post(exchange).status_code for _ in range(3)] == [201, 503, 201]


def test_orders_fit_by_kind_and_channel() -> None:
    faults = Faults([Fault(kind="refuse_503", channel="calls", count=2)])
    assert faults.take(("refuse_503",), "texts") is None
    assert faults.take(("drop_answer",), "calls") is None
    assert faults.take(("refuse_503",), "calls")
    assert faults.take(("refuse_503",), "calls")
    assert faults.take(("refuse_503",), "calls") is None


def test_weather_is_the_same_for_the_same_seed_whatever_the_order_of_events() -> None:
    weather = [Fault(kind="drop_answer", percent=20)]
    people = [f"+1555123{n:04}" for n in range(1000)] * 2

    def struck(seed: int, order: list[str]) -> list[str]:
        faults = Faults(weather, seed)
        return sorted(to for to in order if faults.take(("drop_answer",), "texts", to))

    assert struck(7, people) == struck(7, people[::-1])
    assert struck(7, people) != struck(8, people)
    assert 320 < len(struck(7, people)) < 480


def test_weather_may_be_used_up() -> None:
    faults = Faults([Fault(kind="drop_answer", percent=100, count=2)])
    assert [bool(faults.take(("drop_answer",), "texts", "+1555")) for _ in range(3)] == [True, True, False]


def test_an_order_may_concern_some_numbers_only() -> None:
    faults = Faults([Fault(kind="drop_answer", to="+1555")])
    assert faults.take(("drop_answer",), "texts", "+1444") is None
    assert faults.take(("drop_answer",), "texts", "+15551230001")


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "earthquake"},
        {"kind": "drop_answer", "count": 0},
        {"kind": "drop_answer", "colour": "red"},
        {"kind": "drop_answer", "percent": 0},
        {"kind": "drop_answer", "to": "everybody"},
    ],
)
def test_nonsense_orders_are_refused(exchange: InThread, order: dict[str, Any]) -> None:
    kind = order.pop("kind")
    with pytest.raises(ValueError, match=r"kind|count|colour|percent|to"):
        exchange.fault(kind, **order)
