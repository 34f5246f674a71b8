"""The customer is called before he calls, and the supervisor sees what is late."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from aftersales import due_lists, files, jobs, order_lists, settings, watching, work_orders
from aftersales.models import CustomerFile, FollowUp, WorkOrder
from core import clock
from core.models import AuditEntry, Tenant
from core.runtime import Runtime
from customers.models import Customer

pytestmark = pytest.mark.storage
PROMISED = datetime(2026, 3, 10, 20, tzinfo=UTC)  # one in the afternoon in Los Angeles


@pytest.fixture
def order(runtime: Runtime) -> int:
    """A job promised for the 10th of March."""
    clock.freeze(PROMISED - timedelta(days=5))
    with runtime.database.session(1) as session:
        session.add(Customer(id=1, tenant_id=1, name="Li Lei", created_at=clock.now()))
        session.flush()
        made = work_orders.open_order(
            session, session.get_one(Tenant, 1), number="A-1", customer_id=1, promised_at=PROMISED, origin="staff", who="sue"
        )  # fmt: skip
        order_id = made.id
    return order_id


def watched(runtime: Runtime, at: datetime) -> list[FollowUp]:
    clock.freeze(at)
    with ThreadPoolExecutor(1) as pool:
        jobs.watch(runtime, pool)
    with runtime.database.reading(1) as session:
        return list(session.scalars(select(FollowUp).order_by(FollowUp.id)))


def test_a_call_is_promised_a_day_ahead_and_once(runtime: Runtime, order: int) -> None:
    day_ahead = PROMISED - timedelta(hours=24)
    assert watched(runtime, day_ahead - timedelta(seconds=1)) == []

    [call] = watched(runtime, day_ahead)
    assert (call.key, call.step) == (f"work_order:{order}:promise:2026-03-10", "promise")
    assert call.due_at == PROMISED
    assert len(watched(runtime, PROMISED)) == 1
    with runtime.database.reading(1) as session:
        assert session.get_one(WorkOrder, order).warned_at == day_ahead
        told = select(AuditEntry).where(AuditEntry.action == "work_order_late")
        assert [entry.about for entry in session.scalars(told)] == [f"work_order:{order}"]


@pytest.mark.parametrize(
    ("rules", "hours", "ahead_h"),
    [
        pytest.param("{}", 120, 24, id="five days: a day ahead"),
        pytest.param("{}", 24, 6, id="a day: in the last quarter"),
        pytest.param("{}", 8, 2, id="until the afternoon: two hours ahead, not as it comes in"),
        pytest.param("warn_share_percent: 50", 8, 4, id="another part"),
        pytest.param("warn_ahead_h: 1", 120, 1, id="other hours"),
        pytest.param("warn_ahead_h: 0", 120, 0, id="none ahead"),
    ],
)
def test_a_date_is_in_danger_in_the_last_part_of_its_time(
    runtime: Runtime, rules: str, hours: int, ahead_h: float
) -> None:
    comes_in = PROMISED - timedelta(hours=hours)
    clock.freeze(comes_in)
    with runtime.database.session(1) as session:
        tenant = session.get_one(Tenant, 1)
        settings.change(session, tenant, settings.read(rules), "test")
        session.add(Customer(id=1, tenant_id=1, name="Li Lei", created_at=clock.now()))
        session.flush()
        work_orders.open_order(session, tenant, number="A-1", customer_id=1, promised_at=PROMISED, origin="x", who="x")  # fmt: skip

    danger = PROMISED - timedelta(hours=ahead_h)
    assert watched(runtime, danger - timedelta(seconds=1)) == []
    assert len(watched(runtime, danger)) == 1


def test_a_job_of_before_is_in_danger_once_its_date_is_there(runtime: Runtime, order: int) -> None:
    with runtime.database.session(1) as session:
        session.get_one(WorkOrder, order).warn_at = None

    assert watched(runtime, PROMISED - timedelta(seconds=1)) == []
    assert len(watched(runtime, PROMISED)) == 1


def test_a_date_that_passed_unseen_is_told_of_now(runtime: Runtime, order: int) -> None:
    late = PROMISED + timedelta(days=21)

    [call] = watched(runtime, late)

    assert (call.due_on.isoformat(), call.due_at) == ("2026-03-31", late)


def test_another_date_is_watched_anew(runtime: Runtime, order: int) -> None:
    watched(runtime, PROMISED)
    with runtime.database.session(1) as session:
        job = work_orders.get(session, order)
        work_orders.promise(
            session, session.get_one(Tenant, 1), job, PROMISED + timedelta(days=3), "sue", "no parts"
        )

    in_danger = PROMISED + timedelta(hours=54)  # a quarter of the three days before the new date
    assert len(watched(runtime, in_danger - timedelta(seconds=1))) == 1
    calls = watched(runtime, in_danger)
    assert [call.key[-10:] for call in calls] == ["2026-03-10", "2026-03-13"]


@pytest.mark.parametrize("step", ["ready", "delivered", "cancelled"])
def test_a_job_that_is_ready_needs_no_call(runtime: Runtime, order: int, step: str) -> None:
    watched(runtime, PROMISED - timedelta(hours=2))
    with runtime.database.session(1) as session:
        work_orders.advance(session, session.get_one(Tenant, 1), work_orders.get(session, order), step, "sue")

    calls = [call for call in watched(runtime, PROMISED) if call.step == "promise"]
    assert [call.state for call in calls] == ["cancelled"]


def test_a_file_is_marked_late_when_its_day_is_over(runtime: Runtime, order: int) -> None:
    with runtime.database.session(1) as session:
        file = files.open_file(
            session, session.get_one(Tenant, 1), intake="consultation", customer_id=1, who="ann"
        )
        ends = datetime(2026, 3, 8, 8, tzinfo=UTC)  # midnight of the 7th, Los Angeles

    for at, is_late in ((ends - timedelta(seconds=1), False), (ends, True)):
        watched(runtime, at)
        with runtime.database.reading(1) as session:
            assert session.get_one(CustomerFile, file.id).is_late is is_late


@contextmanager
def selects(runtime: Runtime) -> Iterator[list[str]]:
    """The questions asked of the database meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(runtime.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(runtime.database.engine, "before_cursor_execute", note)


def test_many_late_jobs_take_as_many_questions_as_few(runtime: Runtime, order: int) -> None:
    counts = []
    for size in (10, 400):
        with runtime.database.session(1) as session:
            tenant = session.get_one(Tenant, 1)
            for number in range(size):
                work_orders.open_order(
                    session, tenant, number=f"{size}-{number}", customer_id=1, promised_at=PROMISED, origin="x", who="x"
                )  # fmt: skip
        with runtime.database.session(1) as session, selects(runtime) as seen:
            assert watching.warn(session, session.get_one(Tenant, 1), PROMISED) >= size
            session.flush()
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8


def test_a_call_that_was_not_made_by_its_hour_is_put_before_the_supervisor_once(
    runtime: Runtime, order: int
) -> None:
    [call] = watched(runtime, PROMISED - timedelta(hours=1))
    assert call.flagged_at is None

    assert [each.flagged_at for each in watched(runtime, PROMISED)] == [PROMISED]
    assert [each.flagged_at for each in watched(runtime, PROMISED + timedelta(hours=1))] == [PROMISED]


def test_jobs_at_risk_are_counted_until_they_are_ready(runtime: Runtime, order: int) -> None:
    def at_risk() -> int:
        with runtime.database.reading(1) as session:
            return due_lists.waiting(session, PROMISED.date(), PROMISED).orders_at_risk

    assert at_risk() == 0
    watched(runtime, PROMISED - timedelta(hours=2))
    assert at_risk() == 1
    with runtime.database.session(1) as session:
        assert [row.order.id for row in order_lists.orders(session, {"risk": "1"}, PROMISED)] == [order]
        work_orders.advance(
            session, session.get_one(Tenant, 1), work_orders.get(session, order), "ready", "sue"
        )
    assert at_risk() == 0
