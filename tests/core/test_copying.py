"""An installation moves from SQLite to PostgreSQL with everything it knows, and goes on there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core import copying, schema
from core.db import ALL_TENANTS, Base, Database
from core.errors import Conflict
from core.models import Installation, Tenant
from tests.outbound.conftest import Build, build  # noqa: F401  # a fixture
from tests.plant import Plant

pytestmark = pytest.mark.storage


@pytest.fixture
def target(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    yield database
    database.close()


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, as the columns' types read it."""
    with database.reading(ALL_TENANTS) as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table).order_by(table.c.id))]
            for table in Base.metadata.sorted_tables
        }


def lived_in(build: Build, url: str) -> Plant:  # noqa: F811  # the fixture
    plant = build(url=url)
    plant.deliver("sms", "+14155550123", "+14155550124")
    plant.run_until(plant.is_over)
    return plant


def test_every_row_arrives_and_life_goes_on(build: Build, sqlite_url: str, target: Database) -> None:  # noqa: F811
    source = lived_in(build, sqlite_url).runtime.database
    counts: Counter[str] = Counter()

    total = copying.copy(source, target, lambda table, count: counts.update({table: count}))

    assert rows(target) == rows(source)
    assert total == counts.total() == sum(map(len, rows(source).values()))
    assert counts["attempt"] == 2
    with target.session(ALL_TENANTS) as session:
        session.add(tenant := Tenant(slug="new", name="New", created_at=datetime.now().astimezone()))
        session.flush()
        assert tenant.id == 2, "the sequence goes on"
        assert session.scalar(select(func.count(Installation.id))) == 1


def test_a_database_with_rows_is_left_as_it_was(build: Build, sqlite_url: str, target: Database) -> None:  # noqa: F811
    source = lived_in(build, sqlite_url).runtime.database
    copying.copy(source, target, lambda table, count: None)
    before = rows(target)

    with pytest.raises(Conflict, match=r"holds rows already: .*tenant"):
        copying.copy(source, target, lambda table, count: None)

    assert rows(target) == before


def test_a_source_that_lacks_a_migration_is_refused(tmp_path: Path, target: Database) -> None:
    old = Database(f"sqlite:///{tmp_path / 'old.db'}")
    schema.upgrade(old, "0001")

    with pytest.raises(Conflict, match="flask db upgrade"):
        copying.copy(old, target, lambda table, count: None)
    old.close()


def test_the_command_says_what_went_where(build: Build, sqlite_url: str, postgres_url: str) -> None:  # noqa: F811
    plant = lived_in(build, sqlite_url)

    found = plant.app.test_cli_runner().invoke(args=["db", "copy", postgres_url])
    wrong = plant.app.test_cli_runner().invoke(args=["db", "copy", "mysql://x"])
    again = plant.app.test_cli_runner().invoke(args=["db", "copy", postgres_url])

    assert found.exit_code == 0, found.output
    assert "attempt" in found.output
    assert "DATABASE_URL=" in found.output
    assert (wrong.exit_code, again.exit_code) == (1, 1)
    assert "enter sqlite:///FILE or postgresql+psycopg://" in wrong.output
    assert "holds rows already" in again.output
