"""The judge before the storms: what it must call wrong, and what it must not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from chaos.judge import SAID, STANDS_AFTER_S, WRONG, judge
from chaos.world import COAST, PARIS, PARIS_CLOSES, SENDER, SPEED, Person
from exchange.clock import iso
from exchange.ledger import Ledger
from exchange.rows import Call, Request, Step, Text, Webhook
from exchange.writing import SNAPSHOT, SQL, prepare

ANN = Person("+14152500001", COAST)
PIERRE = Person("+33612345678", PARIS)
NOON = PARIS_CLOSES - timedelta(hours=1)
REAL = datetime.fromisoformat("2026-11-25T12:00:00+00:00")
WINDOW_S = 2.0
numbers = count(1)


def at(start: datetime, seconds: float) -> str:
    return iso((start + timedelta(seconds=seconds)).timestamp())


def text(
    ordered_s: float,
    ended_s: float,
    status: str = "delivered",
    to: str = ANN.address,
    body: str = "Storm",
    real_s: float = 0,
) -> Text:
    """One text out, ordered and ended so many business seconds after noon."""
    n = next(numbers)
    return Text(
        n=n, sid=f"SM{n}", account="AC", to=to, from_=SENDER, direction="outbound-api", status=status, attempt=1,
        created_at=at(NOON, ordered_s), updated_at=at(NOON, ended_s), real_at=at(REAL, real_s), body=body,
        left_at=at(NOON, ordered_s),
    )  # fmt: skip


def stop(real_s: float, status: int = 200) -> list[object]:
    """A STOP, and how our server answered it."""
    n = next(numbers)
    return [
        Text(
            n=n, sid=f"SM{n}", account="AC", to=SENDER, from_=ANN.address, direction="inbound", status="received",
            attempt=1, created_at=at(NOON, 0), updated_at=at(NOON, 0), real_at=at(REAL, real_s), body="STOP",
        ),
        Webhook(at(NOON, 0), at(REAL, real_s), f"SM{n}", "sms", "POST", "u", "", 1, status, 1, "", ""),
    ]  # fmt: skip


def key(real_s: float) -> list[object]:
    """A caller is told that they will hear nothing more."""
    n = next(numbers)
    return [
        Call(
            n=n, sid=f"CA{n}", account="AC", to=SENDER, from_=ANN.address, direction="inbound", status="completed",
            attempt=1, created_at=at(NOON, 0), updated_at=at(NOON, 0), real_at=at(REAL, real_s),
        ),
        Step(at(NOON, 0), at(REAL, real_s), f"CA{n}", "said", SAID),
    ]  # fmt: skip


def found(
    path: Path, rows: Sequence[object], crowd: Sequence[Person], campaigns: int = 1, **more: Any
) -> dict[str, int]:
    """What the judge calls wrong."""
    db = prepare(path)
    for row in rows:
        snapshot = SNAPSHOT.get(type(row))
        db.execute(SQL[type(row)], snapshot(row) if snapshot else row)
    db.close()
    verdict = asdict(judge(Ledger(path), crowd, SPEED, WINDOW_S, campaigns, **more))
    return {word: verdict[word] for word in WRONG if verdict[word]}


STANDS_S = STANDS_AFTER_S["sms"] + WINDOW_S
CASES = [
    pytest.param([text(0, 5)], ANN, {}, id="reached once"),
    pytest.param([], ANN, {"lost": 1}, id="nothing ever left"),
    pytest.param([text(0, 5), text(60, 65)], ANN, {"contacted_twice": 1}, id="again after it had arrived"),
    pytest.param([text(0, 5, "undelivered"), text(60, 65)], ANN, {}, id="again after it had failed"),
    pytest.param(
        [text(0, 90, "undelivered"), text(60, 65)], ANN, {"contacted_twice": 1}, id="again before it had failed"
    ),
    pytest.param([text(0, 5, "sent"), text(60, 65)], ANN, {"contacted_twice": 1}, id="again while its end is open"),
    pytest.param([text(0, 5), text(9, 12, body="Other")], ANN, {}, id="once by each of two campaigns"),
    pytest.param([text(3590, 3599, to=PIERRE.address)], PIERRE, {}, id="just before closing"),
    pytest.param([text(3605, 3610, to=PIERRE.address)], PIERRE, {}, id="on its way at closing"),
    pytest.param(
        [text(3600 + 1.5 * SPEED, 3900, to=PIERRE.address)], PIERRE, {"outside_hours": 1}, id="after closing"
    ),
    pytest.param([*stop(0), text(0, 5, real_s=STANDS_S + 1)], ANN, {"after_opt_out": 1}, id="after STOP stood"),
    pytest.param([*stop(0), text(0, 5, real_s=STANDS_S - 1)], ANN, {}, id="claimed before STOP stood"),
    pytest.param([*stop(0, status=502), text(0, 5, real_s=99)], ANN, {}, id="a STOP we never took"),
    pytest.param([*key(0), text(0, 5, real_s=WINDOW_S + 1)], ANN, {"after_opt_out": 1}, id="after a key"),
    pytest.param([*key(5), text(0, 5, real_s=0)], ANN, {}, id="before a key"),
    pytest.param(
        [text(0, 5)], Person(ANN.address, COAST, agreed=False), {"after_opt_out": 1}, id="without ever having agreed"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "person", "wrong"), CASES)
def test_the_judge_calls_wrong_what_is_wrong(
    tmp_path: Path, rows: list[object], person: Person, wrong: dict[str, int]
) -> None:
    assert found(tmp_path / "ledger.db", rows, [person]) == wrong


def test_who_is_missed_by_one_of_two_campaigns_is_lost(tmp_path: Path) -> None:
    assert found(tmp_path / "ledger.db", [text(0, 5)], [ANN], campaigns=2) == {"lost": 1}


@pytest.mark.parametrize(
    ("real_s", "wrong"),
    [
        pytest.param(WINDOW_S - 1, {}, id="on its way"),
        pytest.param(WINDOW_S + 1, {"after_pause": 1}, id="after it"),
        pytest.param(61, {}, id="when it goes on"),
    ],
)
def test_nothing_leaves_while_a_campaign_is_paused(
    tmp_path: Path, real_s: float, wrong: dict[str, int]
) -> None:
    pause = (REAL, REAL + timedelta(seconds=60))
    assert found(tmp_path / "ledger.db", [text(0, 5, real_s=real_s)], [ANN], pauses=[pause]) == wrong


@pytest.mark.parametrize(("at_most", "wrong"), [(2, {}), (1, {"in_the_dark": 1}), (None, {})])
def test_orders_to_a_silent_carrier_are_counted(
    tmp_path: Path, at_most: int | None, wrong: dict[str, int]
) -> None:
    asked = Request(
        at=at(NOON, 0), real_at=at(REAL, 0), account="AC", method="POST", path="/2010-04-01/Accounts/AC/Messages.json",
        to=ANN.address, from_=SENDER, status=0, code=0, sid="", fault="away_silent",
    )  # fmt: skip
    rows = [text(0, 5), asked, asked, asked._replace(method="GET"), asked._replace(fault="")]
    assert found(tmp_path / "ledger.db", rows, [ANN], dark_at_most=at_most) == wrong
