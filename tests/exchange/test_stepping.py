"""A stepped clock: nothing happens until somebody lets it, months take moments, and whatever drives it sees each instant."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from exchange.server import InThread, run_in_thread
from exchange.stepping import SteppedClock

BEGINS = datetime(2024, 1, 1, 9, tzinfo=UTC)
ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 31 + "1", "secret", "+18005550101"
PEOPLE = {
    "accounts": [{"sid": ACCOUNT, "token": TOKEN}],
    "numbers": {NUMBER: {"account": ACCOUNT, "voice_url": "http://127.0.0.1:9/nobody"}},
}


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[InThread]:
    with run_in_thread(PEOPLE, ledger=tmp_path / "ledger.db", clock=SteppedClock(BEGINS)) as found:
        yield found


def test_sleepers_wake_in_the_order_of_their_instants_and_not_before() -> None:
    async def night() -> list[str]:
        clock, woken = SteppedClock(BEGINS), list[str]()

        async def sleep(name: str, seconds: float) -> None:
            await clock.sleep(seconds)
            woken.append(f"{name} {clock.now() - BEGINS.timestamp():g}")

        tasks = [
            asyncio.create_task(sleep(*one)) for one in (("late", 90), ("soon", 5), ("gone", 30), ("now", -1))
        ]
        await asyncio.sleep(0)
        tasks[2].cancel()
        await asyncio.sleep(0)
        while (at := clock.wakes_at()) is not None:
            clock.wake(at)
            await asyncio.sleep(0)
        return woken

    assert asyncio.run(night()) == ["now 0", "soon 5", "late 90"]


def test_whoever_sleeps_for_no_whole_number_of_microseconds_wakes_too() -> None:
    async def night() -> int:
        clock, woken = SteppedClock(BEGINS), 0
        for part in (1 / 3, 2 / 7, 0.1 + 0.2, 1e-9):
            sleeping = asyncio.create_task(clock.sleep(part))
            await asyncio.sleep(0)
            clock.wake(datetime.fromtimestamp(clock.wakes_at() or 0, UTC).timestamp())
            await asyncio.sleep(0)
            woken += sleeping.done()
        return woken

    assert asyncio.run(night()) == 4


def test_nothing_is_going_on_in_an_exchange_nobody_uses(exchange: InThread) -> None:
    assert exchange.settled() is None
    exchange.wake(BEGINS + timedelta(days=300))
    assert exchange.settled() is None


def test_a_call_goes_on_only_when_it_is_let_and_lasts_as_long_as_it_would(exchange: InThread) -> None:
    sid = exchange.call("+14155550001", NUMBER)

    ends = exchange.settled()
    assert ends is not None, "our server is away, and says so for five seconds"
    assert exchange.settled() == ends, "nothing goes on by itself"
    while (at := exchange.settled()) is not None:
        exchange.wake(at)

    assert exchange.transcript(sid)["status"] == "completed"
    [row] = exchange.ledger.contacts(everything=True)
    assert row["at"] == "2024-01-01T09:00:00.000Z"
    assert exchange.settled() is None
