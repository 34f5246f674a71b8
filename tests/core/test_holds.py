"""The brake: whom it holds, who lifts it, and that both are remembered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select

from core import clock, holds
from core.db import ALL_TENANTS, Database
from core.models import AuditEntry, Hold, Tenant

pytestmark = pytest.mark.storage
ANN = "ann@lakeside.example"


@pytest.fixture
def database(database_url: str, frozen: datetime) -> Iterator[Database]:
    database = Database(database_url)
    with database.session(ALL_TENANTS) as session:
        for number, slug in enumerate(("ours", "theirs"), 1):
            session.add(Tenant(id=number, slug=slug, name=slug, created_at=clock.now()))
    yield database
    database.close()


def held(database: Database) -> tuple[bool, bool]:
    """Whether the first and the second tenant are held, asked in both ways."""
    with database.reading(ALL_TENANTS) as session:
        found = holds.is_held(session, 1), holds.is_held(session, 2)
        condition = select(Tenant.id).where(holds.holding(Tenant.id)).order_by(Tenant.id)
        assert list(session.scalars(condition)) == [number for number, is_on in enumerate(found, 1) if is_on]
    return found


@pytest.mark.parametrize(
    ("on", "off", "left"),
    [
        pytest.param([(1, "stopped")], [], (True, False), id="one tenant"),
        pytest.param([(None, "stopped")], [], (True, True), id="everybody"),
        pytest.param([(1, "stopped")], [(1, "stopped")], (False, False), id="lifted"),
        pytest.param([(1, "stopped")] * 2, [(1, "stopped")], (False, False), id="twice is once"),
        pytest.param([(1, "stopped")], [(1, "restored")], (True, False), id="another reason lifts nothing"),
        pytest.param([(1, "stopped")], [(None, "stopped")], (True, False), id="nor do those on everybody"),
        pytest.param(
            [(None, "restored"), (1, "stopped")], [(1, "stopped")], (True, True), id="one of two is left"
        ),
        pytest.param([(2, "stopped"), (1, "stopped")], [(1, "stopped")], (False, True), id="the other's"),
    ],
)
def test_whom_it_holds(
    database: Database,
    on: list[tuple[int | None, str]],
    off: list[tuple[int | None, str]],
    left: tuple[bool, bool],
) -> None:
    with database.session(ALL_TENANTS) as session:
        for tenant_id, reason in on:
            holds.hold(session, tenant_id, reason, ANN)
    with database.session(ALL_TENANTS) as session:
        for tenant_id, reason in off:
            holds.lift(session, tenant_id, reason, ANN)

    assert held(database) == left


def test_who_and_why_is_in_every_tenants_audit_trail(database: Database) -> None:
    with database.session(ALL_TENANTS) as session:
        holds.hold(session, None, "stopped", ANN, why="wrong list")
        assert holds.lift(session, None, "stopped", "bo@lakeside.example", why="mended") == 1
        assert holds.lift(session, None, "stopped", ANN) == 0, "there is none any more"

    with database.reading(ALL_TENANTS) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [(one.tenant_id, one.action, one.about, one.details["why"]) for one in entries] == [
            (1, "hold", "sending:stopped", "wrong list"),
            (2, "hold", "sending:stopped", "wrong list"),
            (1, "lift", "sending:stopped", "mended"),
            (2, "lift", "sending:stopped", "mended"),
        ]
        row = session.scalars(select(Hold)).one()
        assert (row.who, row.released_by, row.released_at) == (ANN, "bo@lakeside.example", clock.now())


def test_a_reason_that_is_none_is_a_mistake(database: Database) -> None:
    with database.session(ALL_TENANTS) as session, pytest.raises(ValueError, match="lunch"):
        holds.hold(session, 1, "lunch", ANN)


def test_no_character_of_a_reason_keeps_it_from_holding(database: Database) -> None:
    with database.session(ALL_TENANTS) as session:
        holds.hold(session, 1, "stopped", ANN, why="wrong\0 list \udcff", sent_to=7)

    assert held(database) == (True, False)
    with database.reading(ALL_TENANTS) as session:
        assert session.scalars(select(Hold)).one().details == {"why": "wrong list ?", "sent_to": 7}
