"""The database's rules: whose rows a session sees, what an instant is, and that no update is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import delete, event, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import aliased

from core import clock
from core.config import Config
from core.db import ALL_TENANTS, LOOKED_AT, Database, instant, storable
from core.errors import Invalid
from core.models import Counter, Tenant
from core.turned import read_turn
from customers.models import Customer

AT = datetime(2026, 11, 18, 17, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = Database(database_url)
    with found.session(ALL_TENANTS) as session:
        for number in (1, 2):
            session.add(Tenant(id=number, slug=f"t{number}", name="T", created_at=AT))
            session.flush()
            session.add(Customer(tenant_id=number, name=f"Ann of {number}", created_at=AT))
    yield found
    found.close()


def names(database: Database) -> list[str]:
    with database.reading(ALL_TENANTS) as session:
        return list(session.scalars(select(Customer.name).order_by(Customer.id)))


@pytest.mark.storage
def test_a_session_sees_only_its_tenants_rows(database: Database) -> None:
    other = aliased(Customer)
    with database.session(2) as session:
        assert list(session.scalars(select(Customer.name))) == ["Ann of 2"]
        assert list(session.scalars(select(other.name))) == ["Ann of 2"]
        assert session.scalar(select(func.count()).select_from(Customer)) == 1
        assert session.scalar(select(Customer).where(Customer.name == "Ann of 1")) is None
        exists = select(Customer.id).where(Customer.name == "Ann of 1").exists()
        assert list(session.scalars(select(Tenant.id).where(exists))) == []
        joined = select(Tenant.slug).join(Customer, Customer.tenant_id == Tenant.id)
        assert list(session.scalars(joined)) == ["t2"]


@pytest.mark.storage
def test_a_session_changes_and_deletes_only_its_tenants_rows(database: Database) -> None:
    with database.session(2) as session:
        session.execute(update(Customer).values(name="Bob"))
    assert names(database) == ["Ann of 1", "Bob"]

    with database.session(2) as session:
        session.execute(delete(Customer))
    assert names(database) == ["Ann of 1"]


@pytest.mark.storage
def test_jobs_see_all(database: Database) -> None:
    assert names(database) == ["Ann of 1", "Ann of 2"]


@pytest.mark.parametrize("how", ["session", "reading"])
def test_without_a_tenant_nothing_is_opened(sqlite_url: str, how: str) -> None:
    database = Database(sqlite_url)

    with pytest.raises(Invalid, match="open the session with a tenant"), getattr(database, how)(None):
        pass
    database.close()


@pytest.mark.storage
@pytest.mark.parametrize(
    "given",
    [
        pytest.param(AT, id="utc"),
        pytest.param(AT.astimezone(timezone(timedelta(hours=8))), id="another zone"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), id="long ago"),
        pytest.param(datetime(9999, 1, 1, tzinfo=UTC), id="far away"),
    ],
)
def test_an_instant_comes_back_aware_and_the_same(database: Database, given: datetime) -> None:
    with database.session(ALL_TENANTS) as session:
        session.add(Counter(name="x", window_start=given, count=1))
    with database.reading(ALL_TENANTS) as session:
        found = session.scalars(select(Counter.window_start)).one()
        by_value = session.scalar(select(Counter.id).where(Counter.window_start == given))

    assert found == given
    assert found.utcoffset() == timedelta(0)
    assert by_value is not None


@pytest.mark.storage
def test_a_naive_instant_is_refused(database: Database) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001  # the point
    with pytest.raises(StatementError, match="give it a zone"), database.session(ALL_TENANTS) as session:
        session.execute(insert(Counter).values(name="x", window_start=naive, count=1))


@pytest.mark.storage
def test_two_threads_that_read_and_then_write_lose_nothing(database: Database) -> None:
    with database.session(ALL_TENANTS) as session:
        session.add(Counter(id=1, name="x", window_start=AT, count=0))

    def count() -> None:
        for _ in range(50):
            with database.session(ALL_TENANTS) as session:
                row = session.get_one(Counter, 1, with_for_update=True)
                row.count += 1

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with database.reading(ALL_TENANTS) as session:
        assert session.get_one(Counter, 1).count == 100


def test_on_sqlite_a_writer_begins_at_once_and_a_reader_waits_for_nobody(sqlite_url: str) -> None:
    database, begun = Database(sqlite_url), list[str]()

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith("BEGIN"):
            begun.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    with database.session(ALL_TENANTS) as session:
        session.add(Counter(name="x", window_start=AT, count=1))
        session.flush()
        with database.reading(ALL_TENANTS) as reading:
            assert list(reading.scalars(select(Counter.name))) == []

    assert begun == ["BEGIN IMMEDIATE", "BEGIN"]
    database.close()


def test_sqlite_is_set_up_to_lose_nothing(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.close()

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


@pytest.mark.storage
def test_a_broken_reference_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.session(ALL_TENANTS) as session:
        session.add(Customer(tenant_id=99, name="Nobody's", created_at=AT))


@pytest.mark.storage
def test_what_fails_leaves_nothing(database: Database) -> None:
    def add_twice() -> None:
        with database.session(ALL_TENANTS) as session:
            for _ in range(2):
                session.execute(insert(Counter).values(name="x", window_start=AT, count=1))

    with pytest.raises(IntegrityError):
        add_twice()

    with database.reading(ALL_TENANTS) as session:
        assert session.scalar(select(func.count(Counter.id))) == 0


@pytest.mark.storage
def test_what_was_read_stays_readable_after_the_session(database: Database) -> None:
    with database.reading(1) as session:
        customer = session.scalars(select(Customer)).one()

    assert customer.name == "Ann of 1"


@pytest.mark.storage
def test_the_databases_clock_is_near_ours(database: Database) -> None:
    with database.reading(ALL_TENANTS) as session:
        assert abs(instant(session) - clock.real()) < timedelta(seconds=5)


@pytest.mark.storage
def test_a_database_that_is_there_answers(database: Database) -> None:
    assert database.is_up()


@pytest.mark.storage
def test_a_database_answers_and_tells_the_clock_while_somebody_writes(database: Database) -> None:
    with database.session(ALL_TENANTS) as writing:
        writing.execute(text("SELECT 1"))

        assert database.is_up()
        assert read_turn(database, Config(database_url=database.url)) is None


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("sqlite:////nowhere/at/all.db", id="no such folder"),
        pytest.param("postgresql+psycopg://x:y@127.0.0.1:1/x?connect_timeout=2", id="no server"),
    ],
)
def test_a_database_that_is_not_there_does_not(url: str) -> None:
    database = Database(url)

    assert not database.is_up()
    database.close()


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        pytest.param("湖滨 😀", "湖滨 😀", id="text"),
        pytest.param("a\0b", "ab", id="NUL"),
        pytest.param("a\ud800b", "a?b", id="half a character"),
    ],
)
@pytest.mark.storage
def test_what_no_column_takes(database: Database, value: str, stored: str) -> None:
    assert storable(value) == stored
    with database.session(ALL_TENANTS) as session:
        session.add(Counter(name=storable(value), window_start=AT, count=1))
        session.flush()
        assert session.scalar(text("SELECT name FROM counter")) == stored


def test_a_database_without_a_row_is_looked_at_as_well(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE bare (id INTEGER PRIMARY KEY, name TEXT UNIQUE)"))

    database.analyze()
    database.close()


def test_sqlite_learns_how_large_a_tenants_tables_are_from_a_look_at_a_few_rows(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.session(ALL_TENANTS) as session:
        session.add(Tenant(id=1, slug="ours", name="Ours", zone="UTC", created_at=clock.now()))
        session.flush()
        one = {"tenant_id": 1, "created_at": clock.now()}
        session.execute(insert(Customer), [{**one, "name": f"Ann {n}"} for n in range(20 * LOOKED_AT)])
    database.analyze()
    database.close()

    database = Database(sqlite_url)
    few = ", ".join(map(str, range(1_000)))
    with database.engine.connect() as connection:
        chosen = f"SELECT zone FROM customer WHERE tenant_id = 1 AND id IN ({few})"  # noqa: S608  # our own
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {chosen}")).all()
    database.close()
    assert [row.detail for row in plan] == ["SEARCH customer USING INTEGER PRIMARY KEY (rowid=?)"]
