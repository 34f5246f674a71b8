"""A database with two tenants, so that every test can see the other one's rows stay out of sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from core import clock
from core.config import Config
from core.db import ALL_TENANTS, Database, ScopedSession
from core.models import Tenant
from core.runtime import Runtime
from core.spool import Spool
from customers import consent
from customers.cli import COMMANDS
from customers.models import Customer, CustomerNumber, DoNotCallEntry, DoNotCallList

NOW = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
MakeCustomer = Callable[..., int]
Run = Callable[..., Result]


def _with_tenants(database: Database) -> Database:
    with database.session(ALL_TENANTS) as session:
        session.add(Tenant(id=1, slug="ours", name="Ours", region="US", created_at=NOW))
        session.add(Tenant(id=2, slug="theirs", name="Theirs", region="CN", created_at=NOW))
    return database


@pytest.fixture
def database(fresh_url: str) -> Iterator[Database]:
    made = _with_tenants(Database(fresh_url))
    yield made
    made.close()


@pytest.fixture
def either_database(database_url: str) -> Iterator[Database]:
    """The same test on both databases."""
    made = _with_tenants(Database(database_url))
    yield made
    made.close()


@pytest.fixture
def ours(database: Database) -> Iterator[ScopedSession]:
    with database.session(1) as session:
        yield session


def make_customer(session: ScopedSession, *addresses: str, tenant_id: int = 1, **values: object) -> int:
    """A customer with mobile numbers, in order of preference."""
    values.setdefault("name", "Ann")
    customer = Customer(tenant_id=tenant_id, created_at=NOW, **values)
    session.add(customer)
    session.flush()
    for position, address in enumerate(addresses):
        session.add(
            CustomerNumber(
                tenant_id=tenant_id,
                customer_id=customer.id,
                address=address,
                kind="mobile",
                position=position,
            )
        )
    session.flush()
    return customer.id


def list_numbers(session: ScopedSession, region: str, *addresses: str, as_of: datetime = NOW) -> int:
    """A public do-not-call list in force; its number."""
    row = DoNotCallList(
        tenant_id=1,
        region=region,
        source="test",
        is_current=True,
        as_of=as_of,
        created_at=NOW,
        loaded_at=NOW,
    )
    session.add(row)
    session.flush()
    session.add_all(DoNotCallEntry(tenant_id=1, list_id=row.id, address=address) for address in addresses)
    session.flush()
    return row.id


def levels_of(session: ScopedSession, *ids: int) -> dict[tuple[int, str], dict[str, str]]:
    """The consent that stands for each of *ids* and every purpose, by channel."""
    found = consent.levels(session, 1, ids, ["marketing", "service"])
    return {key: {channel: given.level for channel, given in held.items()} for key, held in found.items()}


@pytest.fixture
def customer() -> MakeCustomer:
    return make_customer


@pytest.fixture
def run(database: Database, tmp_path: Path) -> Iterator[Run]:
    """Runs `flask …` in a small application with the customers' commands."""
    app = Flask("customers")
    spool = Spool(tmp_path / "spool", "test")
    app.extensions["carillon"] = Runtime(Config(database_url=database.url), database, {}, spool)
    for command in COMMANDS:
        app.cli.add_command(command)
    clock.freeze(NOW)
    yield lambda *arguments: app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])
    clock.freeze(None)
    spool.close()
