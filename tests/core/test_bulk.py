"""Many rows in few statements: every row arrives once, in its order, with its values as the columns want them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core import bulk, clock
from core.db import ALL_TENANTS, Database
from core.models import Tenant
from customers.models import Customer

NAMES = ("id", "tenant_id", "name", "company", "language", "zone", "address", "state", "preferred_channel", "tags", "created_at")  # fmt: skip
AT = datetime(2026, 11, 18, 18, 0, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = Database(database_url)
    with found.session(ALL_TENANTS) as session:
        session.add(Tenant(id=1, slug="ours", name="Ours", created_at=clock.now()))
    yield found
    found.close()


def rows(count: int) -> list[bulk.Row]:
    return [
        (n, 1, f"Ann {n}", "", "en", "", "", "", "", ("fleet",) if n % 2 else (), AT)
        for n in range(1, count + 1)
    ]


@pytest.mark.storage
@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 7, 8, 9, 61])
def test_rows_go_in_whatever_their_number(
    database: Database, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "BOUND", 4 * len(NAMES))
    with database.session(1) as session:
        bulk.insert_tuples(session, Customer, NAMES, iter(rows(count)))
    with database.reading(1) as session:
        found = session.scalars(select(Customer).order_by(Customer.id)).all()
    assert [(one.id, one.name, tuple(one.tags), one.created_at) for one in found] == [
        (n, f"Ann {n}", ("fleet",) if n % 2 else (), AT) for n in range(1, count + 1)
    ]


@pytest.mark.storage
def test_as_many_as_are_bound_at_once_are_taken_by_the_database(database: Database) -> None:
    with database.session(1) as session:
        bulk.insert_tuples(session, Customer, NAMES, rows(bulk.BOUND // len(NAMES)))
    with database.reading(1) as session:
        assert len(session.scalars(select(Customer.id)).all()) == bulk.BOUND // len(NAMES)


@pytest.mark.storage
def test_one_row_that_is_refused_keeps_all_out(database: Database) -> None:
    with pytest.raises(IntegrityError), database.session(1) as session:
        bulk.insert_tuples(session, Customer, NAMES, [*rows(5), rows(5)[2]])
    with database.reading(1) as session:
        assert not session.scalars(select(Customer.id)).all()
