"""The migrations make exactly what the models say, on both databases, and can be run again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from core import schema
from core.db import Base, Database
from core.errors import ConfigError


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a table."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'new' / 'carillon.db'}")
        yield database
        database.close()
        return
    url: str = request.getfixturevalue("postgres")
    name = f"empty_{os.getpid()}"
    server = Database(url)
    with server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(text(f"CREATE DATABASE {name}"))
        database = Database(server.engine.url.set(database=name).render_as_string(hide_password=False))
        yield database
        database.close()
        connection.execute(text(f"DROP DATABASE {name}"))
    server.close()


@pytest.mark.storage
def test_from_nothing_to_exactly_the_models(empty: Database) -> None:
    if empty.is_sqlite:
        Path(str(empty.engine.url.database)).parent.mkdir()
    assert schema.is_behind(empty)

    schema.upgrade(empty)
    schema.upgrade(empty)

    assert not schema.is_behind(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.storage
def test_partial_indexes_and_named_constraints_stand(empty: Database) -> None:
    schema.upgrade(empty)

    found = inspect(empty.engine)
    for table in Base.metadata.sorted_tables:
        there = {index["name"] for index in found.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= there, table.name
        named = {one["name"] for one in found.get_unique_constraints(table.name)}
        assert None not in named, table.name
    with empty.engine.connect() as connection:
        catalogue = (
            "SELECT sql FROM sqlite_master WHERE name = 'uq_attempt_open_address'"
            if empty.is_sqlite
            else "SELECT indexdef FROM pg_indexes WHERE indexname = 'uq_attempt_open_address'"
        )
        assert " WHERE " in str(connection.execute(text(catalogue)).scalar())


def test_a_migration_that_would_break_a_reference_changes_nothing(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.engine.connect().execution_options(begin="") as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql(
            "INSERT INTO customer_number (id, tenant_id, customer_id, address, kind, position) VALUES (1, 9, 9, '+1', 'fax', 0)"
        )
        connection.commit()

    with pytest.raises(ConfigError, match="would break 2 references; nothing was changed"):
        schema.upgrade(database)
    database.close()


def test_there_is_one_line_of_migrations() -> None:
    assert len(ScriptDirectory(str(schema.FOLDER)).get_heads()) == 1
