from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twilio.rest import Client

from exchange.server import InThread
from tests.exchange.conftest import HOTLINE


def text(client: Client, n: int) -> str:
    return str(client.messages.create(to=f"+1555123{n:04d}", from_=HOTLINE, body=f"No {n}").sid)


def test_a_list_is_read_page_by_page_newest_first(client: Client) -> None:
    sids = [text(client, n) for n in range(7)]
    assert [row.sid for row in client.messages.list(page_size=3)] == sids[::-1]
    page = client.messages.page(page_size=3)
    assert page.next_page_url.startswith(client.api.base_url + "/2010-04-01/Accounts/")
    assert client.messages.page(page_size=10).next_page_url is None


def test_what_arrives_meanwhile_is_not_listed_twice_and_hides_nothing(client: Client) -> None:
    sids = [text(client, n) for n in range(4)]
    first = client.messages.page(page_size=2)
    text(client, 99)
    second = client.messages.get_page(first.next_page_url)
    assert [row.sid for row in [*first, *second]] == sids[::-1]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param({"to": "+15551230001"}, 1, id="to"),
        pytest.param({"to": "+15559999999"}, 0, id="to nobody"),
        pytest.param({"from_": HOTLINE}, 3, id="from"),
        pytest.param({"date_sent": datetime.now(UTC).date()}, 3, id="sent today"),
        pytest.param({"date_sent_after": datetime.now(UTC) - timedelta(hours=1)}, 3, id="sent since"),
        pytest.param({"date_sent_after": datetime.now(UTC) + timedelta(days=9)}, 0, id="sent in the future"),
        pytest.param({"date_sent_before": datetime.now(UTC) - timedelta(days=1)}, 0, id="sent before"),
    ],
)
def test_filters(exchange: InThread, client: Client, filters: dict[str, Any], expected: int) -> None:
    for n in range(3):
        text(client, n)
    exchange.wait_idle()
    assert len(client.messages.list(**filters)) == expected


def test_calls_are_filtered_by_status_and_day(exchange: InThread, client: Client) -> None:
    client.calls.create(to="+15551230001", from_=HOTLINE, twiml="<Response/>")
    exchange.wait_idle()
    today = datetime.now(UTC)
    assert len(client.calls.list(status="completed", start_time_after=today - timedelta(days=1))) == 1
    assert client.calls.list(status="busy") == []
    assert client.calls.list(start_time_before=today - timedelta(days=2)) == []


@pytest.mark.parametrize(
    "query",
    [
        "PageSize=0",
        "PageSize=x",
        f"PageSize={'9' * 5_000}",
        "PageToken=x",
        "PageToken=PA9'",
        "DateSent=soon",
        "DateSent=9999-12-31",
    ],
)
def test_nonsense_is_refused(client: Client, query: str) -> None:
    answer = client.request(
        "GET", f"{client.api.base_url}/2010-04-01/Accounts/{client.username}/Messages.json?{query}"
    )
    assert answer.status_code == 400


def test_a_page_follows_without_a_token_too(client: Client) -> None:
    sids = [text(client, n) for n in range(5)]
    base = f"{client.api.base_url}/2010-04-01/Accounts/{client.username}/Messages?PageSize=2&Page=1"
    page = client.messages.get_page(base)
    assert [row.sid for row in page] == sids[::-1][2:4]
