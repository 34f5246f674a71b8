"""Moves by table: what may go, goes; of two that race one wins; nothing else changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from core import clock
from core.db import ALL_TENANTS, Database
from core.errors import Conflict
from core.models import Tenant
from core.states import move, move_all, move_each, moved, sources, terminal
from customers.models import Touch
from outbound.models import Sender, Source

TABLE = {"draft": ("running",), "running": ("paused", "done"), "paused": ("running", "done"), "done": ()}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = Database(database_url)
    with found.session(ALL_TENANTS) as session:
        session.add(Tenant(id=1, slug="ours", name="Ours", created_at=clock.now()))
        session.flush()
        for number in (1, 2, 3):
            session.add(a_source(number))
    yield found
    found.close()


def a_source(number: int) -> Source:
    return Source(
        id=number,
        tenant_id=1,
        name=f"wave:{number}",
        channel="sms",
        purpose="service",
        priority=2,
        state="open",
        created_at=clock.now(),
    )


def states(database: Database) -> list[str]:
    with database.reading(ALL_TENANTS) as session:
        return list(session.scalars(select(Source.state).order_by(Source.id)))


def test_sources_and_ends_are_read_from_the_table() -> None:
    assert sources(TABLE, "done") == ("running", "paused")
    assert sources(TABLE, "nowhere") == ()
    assert terminal(TABLE) == ("done",)


@pytest.mark.storage
def test_a_row_moves_with_its_values(database: Database) -> None:
    with database.session(1) as session:
        source = session.get_one(Source, 1)
        move(session, source, "paused", reason="lunch")
        assert (source.state, source.reason) == ("paused", "lunch")

    assert states(database) == ["paused", "open", "open"]


@pytest.mark.storage
def test_a_move_the_table_does_not_know_is_a_conflict_and_changes_nothing(database: Database) -> None:
    with database.session(1) as session:
        source = session.get_one(Source, 1)
        move(session, source, "stopped")
        with pytest.raises(Conflict, match=r"^source 1 is stopped, it cannot become open$"):
            move(session, source, "open", reason="again")
        assert (source.state, source.reason) == ("stopped", "")


@pytest.mark.storage
def test_many_rows_move_by_a_condition_and_only_those_that_may(database: Database) -> None:
    with database.session(1) as session:
        move(session, session.get_one(Source, 2), "done")
        assert move_all(session, Source, Source.id > 0, "stopped", reason="over") == 2

    assert states(database) == ["stopped", "done", "stopped"]


@pytest.mark.storage
def test_each_row_moves_with_values_of_its_own(database: Database) -> None:
    with database.session(1) as session:
        move(session, session.get_one(Source, 2), "done")
        rows = [{"id": number, "reason": f"reason {number}"} for number in (1, 2, 3, 99)]
        assert move_each(session, Source, rows, "stopped") == 2
        reasons = list(session.scalars(select(Source.reason).order_by(Source.id)))

    assert reasons == ["reason 1", "", "reason 3"]


@pytest.mark.storage
def test_the_rows_that_moved_are_named(database: Database) -> None:
    with database.session(1) as session:
        move(session, session.get_one(Source, 2), "done")
        assert moved(session, Source, [1, 2, 3, 99], "paused", reason="x") == {1, 3}
        assert moved(session, Source, [1, 3], "paused") == set()
        assert moved(session, Source, [], "open") == set()


@pytest.mark.storage
def test_a_state_nobody_may_go_to_takes_nobody(database: Database) -> None:
    with database.session(1) as session:
        assert move_each(session, Source, [{"id": 1, "reason": ""}], "nowhere") == 0
        assert move_all(session, Source, Source.id == 1, "nowhere") == 0
        assert moved(session, Source, [1], "nowhere") == set()

    assert states(database) == ["open", "open", "open"]


def test_a_move_stays_within_the_tenant(fresh_url: str) -> None:
    database = Database(fresh_url)
    with database.session(ALL_TENANTS) as session:
        session.add_all([Tenant(id=n, slug=f"t{n}", name="T", created_at=clock.now()) for n in (1, 2)])
        session.flush()
        session.add(a_source(1))
    with database.session(2) as session:
        assert move_all(session, Source, Source.id == 1, "stopped") == 0
        assert moved(session, Source, [1], "stopped") == set()

    assert states(database) == ["open"]
    database.close()


@pytest.mark.storage
def test_of_eight_that_race_one_moves_the_row(database: Database) -> None:
    won: list[int] = []
    start = threading.Barrier(8)

    def run(number: int) -> None:
        start.wait()
        with database.session(1) as session:
            if move_all(session, Source, Source.id == 1, "stopped", reason=str(number)):
                won.append(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1
    with database.reading(1) as session:
        assert session.scalars(select(Source.reason).where(Source.id == 1)).one() == str(won[0])


@pytest.mark.parametrize("model", [Source, Sender, Touch], ids=lambda model: model.__name__)
def test_a_final_state_leads_nowhere(model: type[Source] | type[Sender] | type[Touch]) -> None:
    assert all(not model.STATES[state] for state in terminal(model.STATES))
