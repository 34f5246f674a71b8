from __future__ import annotations

import time
from typing import Any

from exchange.rows import Call, Key
from tests.exchange.conftest import HOTLINE, Office, Start

CALLERS = [{"rate_per_min": 3000, "to": [HOTLINE], "from_prefix": "+1555", "scripts": [{"keys": ["7"]}]}]


def test_people_ring_the_hotline_all_the_while(start: Start, office: Office) -> None:
    office.pages["/voice"] = "<Response><Gather numDigits='1' action='/menu'/></Response>"
    exchange = start(callers=CALLERS)
    deadline = time.monotonic() + 30
    while len(office.at("/menu")) < 5:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    calls = exchange.ledger.rows(Call)
    assert {(call.to, call.direction) for call in calls} == {(HOTLINE, "inbound")}
    assert all(call.from_.startswith("+1555") and len(call.from_) == 12 for call in calls)
    assert len({call.from_ for call in calls}) > 1
    assert {key.key for key in exchange.ledger.rows(Key)} == {"7"}


def test_who_did_not_answer_may_ring_back(start: Start, office: Office) -> None:
    from tests.exchange.conftest import client_of

    office.pages["/voice"] = "<Response><Gather numDigits='1' action='/menu'/></Response>"
    shares = {
        "voice": {"no_answer": 1},
        "rings_back": {"percent": 50, "after_s": 60, "scripts": [{"keys": ["7"]}]},
    }
    exchange = start(subscribers={"mobile": shares})
    client = client_of(exchange)
    rung = [f"+1555123{n:04d}" for n in range(20)]
    for number in rung:
        client.calls.create(to=number, from_=HOTLINE, twiml="<Response/>", timeout=5)
    exchange.wait_idle()
    back = [call for call in exchange.ledger.rows(Call) if call.direction == "inbound"]
    assert 0 < len(back) < len(rung)
    assert {call.from_ for call in back} < set(rung)
    assert {call.to for call in back} == {HOTLINE}
    assert len(exchange.ledger.rows(Key)) == len(back)


PEOPLE: dict[str, Any] = {
    "mobile": {
        "voice": {"human": 5, "machine": 2, "busy": 2, "no_answer": 1, "invalid": 1},
        "text": {"delivered": 5, "unreachable": 2, "failed": 1},
        "scripts": [{"keys": ["1"]}, {"keys": ["2"]}, {"keys": [""]}],
    }
}


def a_campaign(start: Start, seed: int) -> list[tuple[str, str, str]]:
    from tests.exchange.conftest import client_of

    with start(seed=seed, subscribers=PEOPLE) as exchange:
        client = client_of(exchange)
        menu = "<Response><Gather numDigits='1' timeout='2' action='http://127.0.0.1:9/'/></Response>"
        for n in range(40):
            client.calls.create(to=f"+1555123{n:04d}", from_=HOTLINE, twiml=menu)
            client.messages.create(to=f"+1555123{n:04d}", from_=HOTLINE, body="x")
        exchange.wait_idle()
        ledger = exchange.ledger
        numbers = {call.sid: call.to for call in ledger.rows(Call)}
        keys = [("key", numbers[key.call], key.key) for key in ledger.rows(Key)]
        lengths = [("seconds", call.to, str(call.duration_s)) for call in ledger.rows(Call)]
        ends = [(contact["channel"], contact["to"], contact["outcome"]) for contact in ledger.contacts()]
        ledger.path.unlink()
    return sorted([*keys, *lengths, *ends])


def test_a_seed_repeats_a_run_whatever_the_timing(start: Start) -> None:
    first = a_campaign(start, 5)
    assert first == a_campaign(start, 5)
    assert first != a_campaign(start, 6)
    assert len({outcome for _, _, outcome in first}) > 6
