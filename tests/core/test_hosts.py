"""A machine whose spool may hold opt-outs holds up sending, until it has carried them or is written off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from core import clock, hosts
from core.db import ALL_TENANTS, Database, ScopedSession
from core.errors import Conflict, NotFound
from core.models import AuditEntry, Tenant

pytestmark = pytest.mark.storage


@pytest.fixture
def session(database_url: str, frozen: datetime) -> Iterator[ScopedSession]:
    database = Database(database_url)
    with database.session(ALL_TENANTS) as session:
        session.add(Tenant(id=1, slug="ours", name="Ours", created_at=frozen))
        session.flush()
        yield session
    database.close()


@pytest.mark.parametrize(
    ("ago_s", "spooled", "behind_s", "waits"),
    [
        pytest.param(0, 0, 0.0, False, id="alive and empty"),
        pytest.param(0, 900, 0.4, False, id="carrying as it comes"),
        pytest.param(0, 900, 6.0, True, id="behind after an outage"),
        pytest.param(0, 900, float("inf"), True, id="never carried"),
        pytest.param(31, 0, 0.0, True, id="silent: nobody knows what it holds"),
    ],
)
def test_who_is_waited_for(
    session: ScopedSession, ago_s: int, spooled: int, behind_s: float, waits: bool
) -> None:
    hosts.report(session, "b", clock.real() - timedelta(seconds=ago_s), spooled, behind_s)
    session.flush()

    assert hosts.in_the_way(session, here="a") == (["b"] if waits else [])
    assert hosts.in_the_way(session, here="b") == [], "it looks at its own spool itself"


def test_who_ends_in_order_is_waited_for_no_longer(session: ScopedSession) -> None:
    hosts.report(session, "b", clock.real() - timedelta(minutes=1), 0, 0.0)
    hosts.leave(session, "b")

    assert hosts.in_the_way(session, here="a") == []


def test_a_lost_machine_is_written_off_and_that_is_kept(session: ScopedSession) -> None:
    hosts.report(session, "b", clock.real() - timedelta(minutes=1), 70, 60.0)
    hosts.write_off(session, "b", "ann", "burnt")
    session.flush()

    assert hosts.in_the_way(session, here="a") == []
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.who, entry.action, entry.about) == ("ann", "write_off", "host:b")

    hosts.report(session, "b", clock.real(), 70, 60.0)
    session.flush()
    assert hosts.in_the_way(session, here="a") == ["b"], "it is back, and answers for itself again"


def test_neither_an_unknown_nor_a_living_machine_is_written_off(session: ScopedSession) -> None:
    hosts.report(session, "b", clock.real(), 0, 0.0)
    session.flush()

    with pytest.raises(NotFound, match="flask hosts list"):
        hosts.write_off(session, "c", "ann", "why")
    with pytest.raises(Conflict, match="b is alive"):
        hosts.write_off(session, "b", "ann", "why")
