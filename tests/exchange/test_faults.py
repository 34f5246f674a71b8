from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from exchange.faults import Fault, Faults
from exchange.rows import Text, Webhook
from exchange.server import InThread
from tests.exchange.conftest import ACCOUNT, HOTLINE, TOKEN, Office, Start


def post(exchange: InThread, **more: str) -> requests.Response:
    url = f"{exchange.base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    form = {"To": "+15551230001", "From": HOTLINE, "Body": "x", **more}
    return requests.post(url, data=form, auth=(ACCOUNT, TOKEN), timeout=5)


def accepted(exchange: InThread) -> int:
    exchange.wait_idle()
    return len(exchange.ledger.rows(Text))


def test_the_answer_is_dropped_but_the_text_leaves(exchange: InThread) -> None:
    exchange.fault("drop_answer", channel="texts")
    with pytest.raises(requests.exceptions.ConnectionError):
        post(exchange)
    assert accepted(exchange) == 1
    assert post(exchange).status_code == 201


def test_a_500_after_accepting(exchange: InThread) -> None:
    exchange.fault("error_after")
    answer = post(exchange)
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert accepted(exchange) == 1


@pytest.mark.parametrize(("kind", "status", "code"), [("refuse_503", 503, 20503), ("refuse_429", 429, 20429)])
def test_refusals_accept_nothing(exchange: InThread, kind: str, status: int, code: int) -> None:
    exchange.fault(kind, count=2)
    answers = [post(exchange) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 201]
    assert answers[0].json()["code"] == code
    assert accepted(exchange) == 1


def test_a_late_answer(exchange: InThread) -> None:
    exchange.fault("delay_answer", seconds=0.2)
    began = time.monotonic()
    assert post(exchange).status_code == 201
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize(
    ("kind", "arrive"), [("lose_callback", ["delivered"]), ("double_callback", ["sent", "sent", "delivered"])]
)
def test_reports_are_lost_and_doubled(
    exchange: InThread, office: Office, kind: str, arrive: list[str]
) -> None:
    exchange.fault(kind)
    post(exchange, StatusCallback=office.url + "/cb")
    assert accepted(exchange) == 1
    assert [asked.params["MessageStatus"] for asked in office.at("/cb")] == arrive
    assert [hook.fault for hook in exchange.ledger.rows(Webhook) if hook.fault] == [kind]


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


@pytest.mark.parametrize(
    "order",
    [{"kind": "earthquake"}, {"kind": "drop_answer", "count": 0}, {"kind": "drop_answer", "colour": "red"}],
)
def test_nonsense_orders_are_refused(exchange: InThread, order: dict[str, Any]) -> None:
    kind = order.pop("kind")
    with pytest.raises(ValueError, match=r"kind|count|colour"):
        exchange.fault(kind, **order)
