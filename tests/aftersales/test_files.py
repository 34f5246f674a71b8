"""A file of every intake within two days, complete only when the next contact is planned."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aftersales import files
from aftersales.models import CustomerFile
from core import clock
from core.db import ScopedSession
from core.errors import Conflict, Invalid, WrongFields
from core.models import Tenant
from core.runtime import Runtime
from customers.models import Customer

pytestmark = pytest.mark.storage
LA = ZoneInfo("America/Los_Angeles")


def opened(session: ScopedSession, at: datetime | None = None) -> tuple[Tenant, CustomerFile]:
    tenant = session.get_one(Tenant, 1)
    added = Customer(tenant_id=1, name="Li Lei", created_at=clock.now())
    session.add(added)
    session.flush()
    return tenant, files.open_file(
        session, tenant, intake="visit", customer_id=added.id, who="ann@example.com", at=at
    )


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LA)


def complete(session: ScopedSession, tenant: Tenant, file: CustomerFile) -> None:
    files.complete(
        session, tenant, file, next_topic="5,000 km service", next_contact_at=clock.now() + timedelta(days=90),
        who="ann@example.com",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("visited", "entered", "is_late"),
    [
        pytest.param(
            "2026-03-02 23:50",
            "2026-03-04 23:59",
            False,
            id="last minute of the second day",
        ),
        pytest.param("2026-03-02 00:05", "2026-03-05 00:00", True, id="first instant after it"),
        pytest.param("2026-03-06 12:00", "2026-03-08 23:59", False, id="over the start of summer time"),
    ],
)
def test_a_file_is_late_after_the_second_day(
    runtime: Runtime, visited: str, entered: str, is_late: bool
) -> None:
    visited_at = local(visited)
    clock.freeze(local(entered))
    with runtime.database.session(1) as session:
        tenant, file = opened(session, visited_at)
        assert file.due_on == visited_at.date() + timedelta(days=2)
        assert file.is_late is is_late

        complete(session, tenant, file)
        assert (file.state, file.is_late) == ("complete", is_late)


@pytest.mark.parametrize(
    ("topic", "ahead", "field"),
    [
        pytest.param(" ", timedelta(1), "next_topic", id="no topic"),
        pytest.param("x" * 201, timedelta(1), "next_topic", id="long topic"),
        pytest.param("service", None, "next_contact_at", id="no time"),
        pytest.param("service", timedelta(0), "next_contact_at", id="time has passed"),
    ],
)
def test_a_file_without_the_next_contact_is_not_complete(
    runtime: Runtime, topic: str, ahead: timedelta | None, field: str
) -> None:
    with runtime.database.session(1) as session:
        tenant, file = opened(session)
        next_at = None if ahead is None else clock.now() + ahead
        with pytest.raises(WrongFields) as refused:
            files.complete(session, tenant, file, next_topic=topic, next_contact_at=next_at, who="ann")

        assert [fault.field for fault in refused.value.faults] == [field]
        assert file.state == "open"


def test_a_file_is_completed_once(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        tenant, file = opened(session)
        complete(session, tenant, file)
        with pytest.raises(Conflict):
            complete(session, tenant, file)


def test_an_intake_that_is_none_is_refused(runtime: Runtime) -> None:
    with runtime.database.session(1) as session, pytest.raises(Invalid, match="repair, visit, consultation"):
        files.open_file(session, session.get_one(Tenant, 1), intake="party", customer_id=1, who="ann")


def test_a_file_has_an_owner_and_a_date(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        _, file = opened(session)
        assert file.owner_id in (2, 3)
        assert isinstance(file.due_on, date)
