"""
The database: the only file that knows its dialect.

SQLite: WAL, FULL sync, foreign keys, BEGIN IMMEDIATE for every transaction that may write (a read followed by a write
without it loses updates silently). PostgreSQL: row locks. Instants are stored as UTC and come back aware.

`Database.session(tenant_id)` scopes every ORM statement to one tenant; whoever must see all says ALL_TENANTS.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Text,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

from core import clock
from core.characters import clean as clean  # it belongs to what the database takes, too
from core.errors import Invalid
from core.sentences import packed, unpacked

ALL_TENANTS: Final = "all"
BUSY_TIMEOUT_MS = 10_000
HURRY_MS = 500
# rows of an index, by ANALYZE
LOOKED_AT = 1_000
# a SQLite connection reads the planner's statistics when it opens: old ones plan by what was true then
RECYCLE_S = 60
# how many each SQLite connection keeps ready: those about thousands of rows are large, and seldom the same twice
CACHED_STATEMENTS = 16
Scope = int | str
# the largest row number either database takes
MAX_ID = 2**63 - 1

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Refuses naive values; SQLite keeps it as naive UTC, and hands it back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive instant {value!r}: give it a zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SentenceText(TypeDecorator[str]):
    """
    A text for people that can be said again in each reader's language (core/sentences.py).

    One too long to be kept with its figures is kept as it is in English, cut to the column.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        most = cast("String", self.impl).length or len(value)
        return whole if len(whole := packed(value)) <= most else str(value)[:most]

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return unpacked(value) if value is not None else None


class LongSentence(SentenceText):
    """The same, of any length."""

    impl = Text
    cache_ok = True


BigId = BigInteger().with_variant(Integer, "sqlite")
Json = JSON(none_as_null=True)


class Base(DeclarativeBase):
    """What every table has: a number and named constraints."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: Json,
        list[Any]: Json,
    }

    id: Mapped[int] = mapped_column(BigId, primary_key=True)


class TenantScoped:
    """Mark a table whose rows belong to one tenant: every ORM statement is then limited to the session's."""

    tenant_id: Mapped[int] = mapped_column(BigId, ForeignKey("tenant.id"))


class ScopedSession(Session):
    """A Session that knows whose rows it may see."""

    scope: Scope


@event.listens_for(ScopedSession, "do_orm_execute")
def _limit_to_tenant(state: ORMExecuteState) -> None:
    scope = getattr(state.session, "scope", None)
    if scope is None:
        raise Invalid("no_tenant", "open the session with a tenant, or say ALL_TENANTS")
    if scope != ALL_TENANTS:
        only = with_loader_criteria(TenantScoped, lambda cls: cls.tenant_id == scope, include_aliases=True)
        state.statement = state.statement.options(only)


class Database:
    """One engine and its sessions."""

    def __init__(self, url: str, keys: Sequence[str] = ()) -> None:
        """*keys* are SECRET_KEYS, found in `session.info`: what is known only by a keyed hash is looked for under them."""
        self.url, self.keys = url, tuple(keys)
        self.is_sqlite = url.startswith("sqlite")
        options: dict[str, Any] = {"pool_pre_ping": not self.is_sqlite, "pool_size": 10, "max_overflow": 20}
        if self.is_sqlite:
            options["connect_args"] = {
                "timeout": BUSY_TIMEOUT_MS / 1000,
                "check_same_thread": False,
                "cached_statements": CACHED_STATEMENTS,
            }
            options["poolclass"] = QueuePool
            options["pool_recycle"] = RECYCLE_S
            options["pool_use_lifo"] = (
                True  # SQLite forgets what a connection has read when another one writes
            )
        self.engine: Engine = create_engine(url, **options)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin)

    @contextmanager
    def session(self, scope: Scope) -> Iterator[ScopedSession]:
        """A transaction that may write: committed at the end, rolled back on any error."""
        with self._open(scope) as session, session.begin():
            yield session

    @contextmanager
    def hurried(self, scope: Scope) -> Iterator[ScopedSession]:
        """A `session` for who cannot wait: OperationalError if others keep writing, or one statement takes, HURRY_MS."""
        with self._open(scope, wait_ms=HURRY_MS) as session, session.begin():
            if not self.is_sqlite:
                session.execute(text(f"SET LOCAL statement_timeout = {HURRY_MS}"))
            yield session

    @contextmanager
    def reading(self, scope: Scope) -> Iterator[ScopedSession]:
        """A snapshot to read from; it waits for no writer and writes nothing."""
        with self._open(scope, begin="BEGIN") as session:
            try:
                yield session
            finally:
                session.expunge_all()  # a rollback would empty what was read
                session.rollback()

    def _open(self, scope: Scope, **options: Any) -> ScopedSession:
        if scope is None:
            raise Invalid("no_tenant", "open the session with a tenant, or say ALL_TENANTS")
        bind = self.engine.execution_options(**options)
        session = ScopedSession(bind, expire_on_commit=False)
        session.scope = scope
        session.info["keys"] = self.keys
        return session

    def is_up(self) -> bool:
        """Whether the database answers; one that is writing does."""
        try:
            with self.reading(ALL_TENANTS) as session:
                session.execute(text("SELECT 1"))
        except Exception:  # whatever the driver raises, the answer is no
            return False
        return True

    def analyze(self) -> None:
        """
        Let SQLite's planner know how large tables are (PostgreSQL does so by itself).

        Without, it takes an index on (tenant, …) for a choice of a few rows and reads every customer for each claim. It looks
        at a thousand rows of each index; where those are alike all are taken to be, not a thousand of a million.
        """
        if self.is_sqlite:
            with self.engine.connect() as connection:
                connection.exec_driver_sql(f"PRAGMA analysis_limit={LOOKED_AT}")
                connection.exec_driver_sql("ANALYZE")
                rows = connection.exec_driver_sql("SELECT rowid, stat FROM sqlite_stat1").all()
                seen = [(_as_seen(row.stat), row.rowid) for row in rows]
                if seen:
                    connection.exec_driver_sql("UPDATE sqlite_stat1 SET stat = ? WHERE rowid = ?", seen)
                connection.commit()

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def is_sqlite(session: Session) -> bool:
    """Whether *session* talks to SQLite."""
    return session.get_bind().dialect.name == "sqlite"


def instant(session: Session) -> datetime:
    """Real time by the database's clock (UTC): what leases and rates of several machines agree on."""
    if is_sqlite(session):
        return clock.real()
    found: datetime = session.scalar(text("SELECT clock_timestamp()"))
    return found.astimezone(UTC)


def _as_seen(stat: str) -> str:
    """
    What ANALYZE says of an index: how many rows, and how many are alike in the first column, in the first two, … Where every
    row it looked at was, it would say as many as it looked at.
    """
    rows, *alike = stat.split()
    return " ".join([rows, *(rows if part.isdigit() and int(part) > LOOKED_AT else part for part in alike)])


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: see _begin
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "cache_size=-12288",  # 12 MB for each connection; a worker has a dozen
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not (how := options.get("begin", "BEGIN IMMEDIATE")):
        return
    if not (wait_ms := options.get("wait_ms")):
        connection.exec_driver_sql(how)
        return
    try:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={wait_ms}")
        connection.exec_driver_sql(how)
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def storable(value: str) -> str:
    """*value* without what no database column takes: for what others send us and we must not refuse."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()
