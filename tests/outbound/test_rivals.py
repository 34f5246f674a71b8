"""Claims that want the same address at the same time, and many sources that want one sender."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime

import pytest
from sqlalchemy import select, text, update

from core import clock
from core.db import Database
from outbound import due
from outbound.allowances import Allowance
from outbound.claim import Claim, claim
from outbound.models import Attempt, Sender, SourceSender
from tests.outbound.desk import ADDRESS, Desk
from tests.outbound.test_claim import deliver, states

pytestmark = pytest.mark.storage
OTHER = "+14155552002"
THIRD = "+14155552003"
WAITS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


class Undone(Exception):
    """Ends a transaction without a trace."""


def with_own_senders(desk: Desk, *sources: int) -> list[int]:
    """Each source may be brought by a number of its own; their ids."""
    own: list[int] = []
    with desk.session() as session:
        for source_id in sources:
            more = {"tenant_id": 1, "channel": "sms", "rate_per_s": 10.0, "next_at": clock.real()}
            sender = Sender(address=f"+1800555019{len(own)}", state="open", **more)
            session.add(sender)
            session.flush()
            session.add(SourceSender(tenant_id=1, source_id=source_id, sender_id=sender.id))
            own.append(sender.id)
    return own


def count_claimed(desk: Desk, sender_id: int) -> int:
    with desk.database.session(1) as session:
        return len(claim(session, sender_id, 60).work)


def waiting(desk: Desk) -> int:
    """How many transactions wait for another."""
    with desk.session() as session:
        return int(session.scalar(text(WAITS)) or 0)


def until(condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("level", [pytest.param("", id="no allowance"), *("account", "source")])
def test_who_comes_second_to_an_address_waits_and_the_rest_of_its_slice_goes_on(
    postgres_url: str, frozen: datetime, level: str
) -> None:
    desk = Desk(Database(postgres_url))
    senders = with_own_senders(desk, deliver(desk, ADDRESS, THIRD), deliver(desk, OTHER, ADDRESS))
    with desk.session() as session:
        subject = "wave:2" if level == "source" else ""
        limit = {"level": level, "subject": subject, "unit": "sends", "period": "day", "most": 9}
        session.add_all([Allowance(tenant_id=1, **limit)] if level else [])

    def second() -> Claim:
        with desk.database.session(1) as session:
            return claim(session, senders[1], 60)

    with ThreadPoolExecutor(1) as thread:
        with desk.database.session(1) as first:
            assert len(claim(first, senders[0], 60).work) == 2
            rival = thread.submit(second)
            until(lambda: rival.done() or waiting(desk) == 1)
        late = rival.result()

    assert [one.address for one in late.work] == [OTHER]
    assert late.decided["allowed"] == 1
    assert states(desk) == ["active", "active", "active", "pending"]
    with desk.session() as session:
        assert len(session.scalars(select(Attempt)).all()) == 3
        reserved = {"": [], "account": [3], "source": [1]}[level]
        assert session.scalars(select(Allowance.reserved)).all() == reserved
    desk.database.close()


def test_two_who_want_the_same_addresses_in_another_order_do_not_wait_for_each_other(
    postgres_url: str, frozen: datetime
) -> None:
    desk = Desk(Database(postgres_url))
    people = [ADDRESS, OTHER, THIRD]
    sources = deliver(desk, OTHER), deliver(desk, *people), deliver(desk, *reversed(people))
    blocker, *rivals = with_own_senders(desk, *sources)

    with ThreadPoolExecutor(2) as threads, suppress(Undone), desk.database.session(1) as session:
        assert len(claim(session, blocker, 60).work) == 1
        counts = [threads.submit(count_claimed, desk, rival) for rival in rivals]
        until(lambda: waiting(desk) == 2)
        raise Undone

    assert sorted(count.result() for count in counts) == [0, 3]
    desk.database.close()


@pytest.mark.parametrize(
    "most", [pytest.param(4, id="more sources than a slice looks at"), pytest.param(20, id="fewer")]
)
def test_every_one_of_many_sources_is_served_in_turn_and_service_first(
    database_url: str, frozen: datetime, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(due, "MAX_SOURCES", most)
    desk = Desk(Database(database_url))
    promotions = [
        deliver(desk, *[f"+14155{source}552{n:02}" for n in range(12)], purpose="marketing")
        for source in range(10)
    ]
    urgent = deliver(desk, *[f"+141555599{n:02}" for n in range(3)])
    served: list[int] = []
    with desk.session() as session:
        sender = session.scalars(select(Sender.id).where(Sender.channel == "sms")).one()

    for turn in range(6):
        with desk.database.session(1) as session:
            work = claim(session, sender, 60, slice_s=0.4).work
        served += [one.source_id for one in work]
        assert served.count(urgent) == 3, f"service waits in turn {turn}"
        assert len(work) == 4
        with desk.session() as session:  # the next turn, as if the rate's time had passed
            session.execute(update(Sender).values(next_at=clock.real()))

    assert served[3:] == (promotions * 3)[:21]
    desk.database.close()
