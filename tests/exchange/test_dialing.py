from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from exchange.rows import Call
from exchange.server import InThread
from tests.exchange.conftest import ACCOUNT, HOTLINE, TOKEN, Start, client_of


def ring(exchange: InThread, count: int) -> list[int]:
    client = client_of(exchange)
    made = [
        client.calls.create(
            to=f"+1555123{n:04d}", from_=HOTLINE, twiml="<Response><Pause length='30'/></Response>"
        )
        for n in range(count)
    ]
    return [int(call.queue_time) for call in made]


def account(**more: float) -> list[dict[str, object]]:
    return [{"sid": ACCOUNT, "token": TOKEN, **more}]


def real_seconds(exchange: InThread, speed: float) -> list[float]:
    """When each call was dialled, in real seconds."""
    calls = exchange.ledger.rows(Call)
    return [datetime.fromisoformat(call.left_at or "").timestamp() / speed for call in calls]


def test_calls_leave_at_their_rate_in_real_time(start: Start) -> None:
    exchange = start(accounts=account(cps=20), speed=600)
    estimates = ring(exchange, 10)
    exchange.wait_idle()
    left = real_seconds(exchange, 600)
    assert left == sorted(left)
    assert 0.35 <= left[-1] - left[0] <= 0.9
    assert estimates[0] == 0
    assert estimates[-1] > 0


def test_no_more_calls_at_once_than_lines(start: Start) -> None:
    exchange = start(accounts=account(cps=200, lines=1), speed=600)
    ring(exchange, 4)
    exchange.wait_idle()
    calls = exchange.ledger.rows(Call)
    for one, next_one in pairwise(calls):
        assert next_one.left_at
        assert one.ended_at
        assert next_one.left_at >= one.ended_at


def test_another_account_does_not_wait(start: Start) -> None:
    other, number = "AC" + "2" * 32, "+18005550101"
    exchange = start(
        accounts=[*account(cps=0.01), {"sid": other, "token": "o", "cps": 100}],
        numbers={HOTLINE: {"account": ACCOUNT}, number: {"account": other}},
    )
    ring(exchange, 3)
    quick = client_of(exchange, other, "o").calls.create(to="+15551230001", from_=number, twiml="<Response/>")
    assert quick.queue_time == "0"
