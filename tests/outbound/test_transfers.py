from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from core import clock
from core.db import Database
from outbound import transfers
from outbound.models import Attempt, Source
from outbound.transfers import Transfer
from tests.outbound.desk import Desk

CALL = "CA1"


@pytest.fixture
def desk(sqlite_url: str, frozen: datetime) -> Iterator[Desk]:
    """On the database whose clock stands as ours does."""
    database = Database(sqlite_url)
    yield Desk(database)
    database.close()


def ask(desk: Desk) -> None:
    with desk.session() as session:
        session.execute(update(Attempt).values(carrier_id=CALL))
        assert transfers.pressed(session, 1, CALL, "sales", clock.now())


def state(desk: Desk) -> tuple[str, int | None]:
    with desk.session() as session:
        [found] = session.scalars(select(Transfer))
        return found.state, found.took_ms


@pytest.mark.parametrize(
    ("after_ms", "ends"),
    [
        pytest.param(0, "bridged", id="at once"),
        pytest.param(2000, "bridged", id="after two seconds"),
        pytest.param(2001, "abandoned", id="a moment later"),
    ],
)
def test_who_is_with_an_agent_within_two_seconds_was_not_abandoned(
    desk: Desk, after_ms: int, ends: str
) -> None:
    desk.attempt("voice")
    ask(desk)
    ask(desk)
    clock.advance(timedelta(milliseconds=after_ms))
    for _ in range(2):
        with desk.session() as session:
            transfers.overdue(session)
            transfers.bridged(session, CALL)
    assert state(desk) == (ends, after_ms)


def test_who_is_with_nobody_after_two_seconds_was_abandoned(desk: Desk) -> None:
    desk.attempt("voice")
    ask(desk)
    seen = []
    for by in (2000, 1):
        clock.advance(timedelta(milliseconds=by))
        with desk.session() as session:
            seen.append(transfers.overdue(session))
    assert (seen, state(desk)) == ([0, 1], ("abandoned", None))


def test_who_asked_while_the_database_was_away_was_abandoned(desk: Desk) -> None:
    desk.attempt("voice")
    with desk.session() as session:
        session.execute(update(Attempt).values(carrier_id=CALL))
        session.execute(update(Source).values(team="sales"))
        entry = {"delivery_id": 1, "call_id": CALL, "at": clock.now().isoformat()}
        transfers.SPOOLED["transfer_missed"](session, [entry, entry, {**entry, "delivery_id": 9}])
    assert state(desk) == ("abandoned", None)


def test_a_call_that_is_none_of_ours_counts_for_nothing(desk: Desk) -> None:
    desk.attempt("voice")
    with desk.session() as session:
        session.execute(update(Attempt).values(carrier_id="CA2", state="ended"))
        assert transfers.pressed(session, 1, CALL, "sales", clock.now()) is None
        assert not transfers.bridged(session, CALL)
