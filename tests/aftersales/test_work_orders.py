"""Jobs go forward through the eight steps, and everything that happens to them is written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from aftersales import files, settings, work_orders
from aftersales.models import Case, CustomerFile, FollowUp, WorkOrder
from aftersales.models.work_orders import STEPS
from core import clock
from core.db import ScopedSession
from core.errors import Conflict, Invalid
from core.models import AuditEntry, Tenant
from core.runtime import Runtime
from customers.models import Customer

pytestmark = pytest.mark.storage


def customer(session: ScopedSession, name: str = "Li Lei") -> int:
    added = Customer(tenant_id=1, name=name, created_at=clock.now())
    session.add(added)
    session.flush()
    return added.id


def opened(session: ScopedSession, **values: Any) -> tuple[Tenant, WorkOrder]:
    tenant = session.get_one(Tenant, 1)
    who = {"number": "A-1", "origin": "staff", "who": "sue@example.com"}
    customer_id = values.pop("customer_id", None) or customer(session)
    return tenant, work_orders.open_order(session, tenant, customer_id=customer_id, **{**who, **values})


def history(session: ScopedSession, order: WorkOrder) -> list[str]:
    return [step.what for step in work_orders.steps_of(session, order.id)]


def test_a_job_goes_through_all_eight_steps(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        tenant, order = opened(session)
        for step in STEPS[1:]:
            work_orders.advance(session, tenant, order, step, "sue@example.com")

        assert history(session, order) == list(STEPS)
        assert order.state == "followed_up"
        assert order.delivered_at == clock.now()


def test_extra_work_leads_back_into_the_workshop(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        tenant, order = opened(session)
        for step in ("workshop", "extra_work", "workshop", "ready"):
            work_orders.advance(session, tenant, order, step, "sue@example.com")

        assert order.state == "ready"


@pytest.mark.parametrize(
    ("at", "to", "says"),
    [
        pytest.param("ready", "workshop", "cannot go back to workshop", id="back"),
        pytest.param("workshop", "workshop", "is at workshop already", id="where it is"),
        pytest.param("cancelled", "ready", "is over; open a new one", id="after the end"),
        pytest.param("delivered", "cancelled", "cannot go back to cancelled", id="cancelled when it is gone"),
    ],
)
def test_a_step_back_is_refused_in_words(runtime: Runtime, at: str, to: str, says: str) -> None:
    with runtime.database.session(1) as session:
        tenant, order = opened(session)
        work_orders.advance(session, tenant, order, at, "sue@example.com")
        before = history(session, order)

        with pytest.raises(Conflict, match=says):
            work_orders.advance(session, tenant, order, to, "sue@example.com")
        assert (order.state, history(session, order)) == (at, before)


def test_delivery_promises_the_first_follow_up_and_intake_a_file(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        tenant, order = opened(session)
        assert files.of_order(session, order.id) is None

        work_orders.advance(session, tenant, order, "delivered", "sue@example.com")

        assert [promised.step for promised in session.scalars(select(FollowUp))] == ["first"]
        assert [file.work_order_id for file in session.scalars(select(CustomerFile))] == [order.id]


def test_a_job_opened_twice_is_one_and_never_another_customer_s(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        _, first = opened(session)
        _, again = opened(session, customer_id=first.customer_id)
        assert again.id == first.id
        assert history(session, first) == ["reception"]

        with pytest.raises(Conflict, match="another customer's"):
            opened(session, customer_id=customer(session, "Han Mei"))


def test_the_kind_of_repair_proposes_the_date(runtime: Runtime, frozen: datetime) -> None:
    with runtime.database.session(1) as session:
        tenant = session.get_one(Tenant, 1)
        settings.change(session, tenant, settings.AfterSales(repair_days={"brakes": 2}), "sue@example.com")
        days = settings.days_of(tenant)

        _, order = opened(session, kind="brakes")
        _, unknown = opened(session, kind="paint", number="A-2", customer_id=order.customer_id)

        assert order.promised_at == days.ends(days.after(days.on(frozen), 2))
        assert unknown.promised_at is None


def test_every_date_promised_stays_in_the_history(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        first = clock.now() + timedelta(days=2)
        tenant, order = opened(session, promised_at=first)
        order.warned_at = clock.now()

        work_orders.promise(session, tenant, order, first + timedelta(days=12), "sue@example.com", "no parts")

        promised = [step.promised_at for step in work_orders.steps_of(session, order.id) if step.promised_at]
        assert promised == [first, first + timedelta(days=12)]
        assert order.warned_at is None


def test_a_job_is_handed_to_a_department_there_is_and_late_from_its_hour_on(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        tenant, order = opened(session, promised_at=clock.now() + timedelta(hours=1))
        work_orders.hand_over(session, tenant, order, "workshop", "sue@example.com")
        assert (order.department, work_orders.is_late(order, clock.now())) == ("workshop", False)
        clock.advance(timedelta(hours=1))
        assert work_orders.is_late(order, clock.now())
        with pytest.raises(Invalid, match="business, workshop"):
            work_orders.hand_over(session, tenant, order, "kitchen", "sue@example.com")


def test_urgent_asks_the_supervisor_once(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        tenant, order = opened(session)
        for _ in range(2):
            work_orders.urge(session, tenant, order, "ann@example.com", "flies tomorrow")

        case = session.scalars(select(Case)).one()
        assert order.is_urgent
        assert case.is_urgent
        assert case.escalated_at == clock.now()
        assert case.text == "flies tomorrow"
        asked = select(AuditEntry).where(AuditEntry.action == "work_order_urgent")
        assert len(session.scalars(asked).all()) == 1


@pytest.mark.parametrize("act", ["promise", "hand_over", "urge"])
def test_nothing_more_is_promised_of_a_job_that_is_over(runtime: Runtime, act: str) -> None:
    with runtime.database.session(1) as session:
        tenant, order = opened(session)
        work_orders.advance(session, tenant, order, "delivered", "sue@example.com")
        more: list[Any] = {"promise": [clock.now()], "hand_over": ["workshop"]}.get(act, [])

        with pytest.raises(Conflict, match="is over"):
            getattr(work_orders, act)(session, tenant, order, *more, "sue@example.com")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        pytest.param({"number": "  "}, "enter the work order's number", id="no number"),
        pytest.param({"number": "A" * 41}, "at most 40", id="long number"),
        pytest.param({"number": "A\n1"}, "enter the work order's number", id="line break"),
        pytest.param({"number": "A\0"}, "NUL", id="NUL"),
    ],
)
def test_a_number_that_is_none_is_refused(runtime: Runtime, values: dict[str, str], says: str) -> None:
    with runtime.database.session(1) as session, pytest.raises(Invalid, match=says):
        opened(session, **values)


def test_nothing_has_happened_in_the_future(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        tenant, order = opened(session)
        with pytest.raises(Invalid, match="a time that has passed"):
            work_orders.advance(session, tenant, order, "ready", "x", at=datetime(2999, 1, 1, tzinfo=UTC))
