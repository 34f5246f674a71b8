from __future__ import annotations

import socket
import threading
from urllib.parse import urlsplit

import pytest
import requests

from exchange.rows import Text
from exchange.server import InThread
from tests.exchange.conftest import ACCOUNT, HOTLINE, OTHER, TOKEN, Start

PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
FORM = {"To": "+15551230001", "From": HOTLINE, "Body": "x"}


@pytest.mark.parametrize(
    "auth",
    [
        pytest.param(None, id="none"),
        pytest.param((ACCOUNT, "wrong"), id="wrong token"),
        pytest.param((OTHER, TOKEN), id="token of another"),
        pytest.param((OTHER, "other"), id="another account"),
        pytest.param(("", ""), id="empty"),
        pytest.param(("AC" + "9" * 32, "x"), id="unknown account"),
    ],
)
def test_nobody_gets_in_without_the_account_and_its_token(
    refusing: InThread, auth: tuple[str, str] | None
) -> None:
    for method in ("GET", "POST"):
        answer = requests.request(method, refusing.base_url + PATH, auth=auth, timeout=30)
        assert answer.status_code == 401
        assert answer.json()["code"] == 20003
        assert "WWW-Authenticate" in answer.headers


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic YQ==", "Bearer x", "Basic /////w=="])
def test_nonsense_credentials(refusing: InThread, header: str) -> None:
    answer = requests.get(refusing.base_url + PATH, headers={"Authorization": header}, timeout=30)
    assert answer.json()["code"] == 20003


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        pytest.param("GET", "/", 404, 20404, id="nowhere"),
        pytest.param("GET", PATH.replace("Messages", "Birds"), 404, 20404, id="unknown resource"),
        pytest.param("GET", PATH.replace(".json", "/SM0.json"), 404, 20404, id="unknown text"),
        pytest.param("DELETE", PATH, 405, 20004, id="unknown method"),
        pytest.param("PUT", "/exchange/texts", 405, 20004, id="unknown method of the control API"),
    ],
)
def test_errors_have_twilios_body(refusing: InThread, method: str, path: str, status: int, code: int) -> None:
    answer = requests.request(method, refusing.base_url + path, auth=(ACCOUNT, TOKEN), timeout=30)
    assert answer.status_code == status
    body = answer.json()
    assert sorted(body) == ["code", "message", "more_info", "status"]
    assert (body["code"], body["status"]) == (code, status)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"To=%FF%FE", 20001, id="no utf-8 in a value"),
        pytest.param(b"\xff\xfe", 20001, id="no utf-8 at all"),
        pytest.param(b"To=%2B15551230001&Body=a%00b", 20001, id="nul"),
        pytest.param(b"&".join(b"a%d=1" % n for n in range(2000)), 20001, id="too many fields"),
        pytest.param(b'{"To": "+15551230001"}', 21604, id="json"),
        pytest.param(b"Body=" + b"x" * 300_000, 20413, id="too large"),
        pytest.param(b"", 21604, id="empty"),
        pytest.param(b"To=%2B15551230001%27%3B+DROP+TABLE&From=%2B18005550100&Body=x", 21211, id="sql"),
    ],
)
def test_hostile_bodies_are_refused(refusing: InThread, body: bytes, code: int) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = requests.post(
        refusing.base_url + PATH, data=body, headers=headers, auth=(ACCOUNT, TOKEN), timeout=30
    )
    assert answer.json()["code"] == code
    assert refusing.ledger.contacts() == []
    assert refusing.ledger.problems() == []


def test_every_answer_has_a_request_id(exchange: InThread) -> None:
    answers = [
        requests.post(exchange.base_url + PATH, data=FORM, auth=(ACCOUNT, TOKEN), timeout=30) for _ in "ab"
    ]
    ids = {answer.headers["Twilio-Request-Id"] for answer in answers}
    assert len(ids) == 2
    assert all(one.startswith("RQ") for one in ids)


def test_too_many_requests_at_once_are_refused(start: Start) -> None:
    account = {"sid": ACCOUNT, "token": TOKEN, "max_concurrent_requests": 1}
    exchange = start(accounts=[account])
    exchange.fault("delay_answer", seconds=0.5)
    held = threading.Thread(
        target=requests.post,
        args=(exchange.base_url + PATH,),
        kwargs={"data": FORM, "auth": (ACCOUNT, TOKEN), "timeout": 5},
    )
    held.start()
    while not exchange.ledger.rows(Text):
        assert held.is_alive()
    codes = set()
    while held.is_alive() and 20429 not in codes:
        answer = requests.get(exchange.base_url + PATH, auth=(ACCOUNT, TOKEN), timeout=30)
        codes.add(answer.json().get("code"))
    held.join()
    assert 20429 in codes


def test_a_client_that_says_nothing_holds_nobody_up(exchange: InThread) -> None:
    parts = urlsplit(exchange.base_url)
    with socket.create_connection((parts.hostname, parts.port)) as silent:
        silent.sendall(b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: h\r\nContent-Length: 99\r\n\r\nTo=")
        assert (
            requests.post(exchange.base_url + PATH, data=FORM, auth=(ACCOUNT, TOKEN), timeout=30).status_code
            == 201
        )


def test_paths_work_without_json_too(exchange: InThread) -> None:
    url = exchange.base_url + PATH.removesuffix(".json")
    made = requests.post(url, data=FORM, auth=(ACCOUNT, TOKEN), timeout=30)
    assert made.status_code == 201
    listed = requests.get(url, auth=(ACCOUNT, TOKEN), timeout=30).json()
    assert [text["sid"] for text in listed["messages"]] == [made.json()["sid"]]
