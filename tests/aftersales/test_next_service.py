"""What a customer is called about next."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales import next_service, settings, work_orders
from aftersales.models import Event, ExtraWork
from aftersales.next_service import Proposal
from core import clock
from core.models import Tenant
from core.runtime import Runtime
from customers.models import Customer, Vehicle

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("values", "delivered", "proposed"),
    [
        pytest.param(
            {"next_service_on": date(2026, 4, 1), "service_every_months": 6},
            date(2026, 1, 1),
            [Proposal(date(2026, 4, 1), "maintenance", "B-1")],
            id="the day somebody entered",
        ),
        pytest.param(
            {"service_every_months": 6, "sold_on": date(2020, 1, 1)},
            date(2025, 8, 31),
            [Proposal(date(2026, 2, 28), "maintenance", "B-1")],
            id="months after it was here",
        ),
        pytest.param(
            {"service_every_months": 12, "sold_on": date(2024, 2, 29)},
            None,
            [Proposal(date(2025, 2, 28), "maintenance", "B-1")],
            id="months after it was sold",
        ),
        pytest.param({"service_every_months": 12}, None, [], id="nobody knows since when"),
        pytest.param(
            {"warranty_until": date(2026, 5, 1)},
            None,
            [Proposal(date(2026, 5, 1), "free_inspection", "B-1")],
            id="warranty ends soon",
        ),
        pytest.param({"warranty_until": date(2026, 3, 1)}, None, [], id="warranty is over"),
    ],
)
def test_maintenance_is_due(
    values: dict[str, object], delivered: date | None, proposed: list[Proposal]
) -> None:
    vehicle = Vehicle(id=1, plate="B-1", **{"service_every_months": 0, **values})

    assert list(next_service.of_vehicles([vehicle], {1: delivered} if delivered else {}, TODAY)) == proposed


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 240))
def test_months_are_counted_to_the_same_day_or_the_last(day: date, months: int) -> None:
    later = next_service.months_after(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1


@pytest.mark.storage
def test_all_five_reasons_to_call_are_proposed_in_their_order(runtime: Runtime) -> None:
    with runtime.database.session(1) as session:
        tenant = session.get_one(Tenant, 1)
        today = settings.days_of(tenant).on(clock.now())
        session.add(Customer(id=1, tenant_id=1, name="Li Lei", created_at=clock.now()))
        session.flush()
        session.add(
            Vehicle(tenant_id=1, customer_id=1, plate="B-1", next_service_on=today + timedelta(days=9))
        )
        for day, kind in ((5, "social"), (6, "discount"), (7, "free_service"), (-1, "social")):
            on = today + timedelta(days=day)
            session.add(
                Event(
                    tenant_id=1, name=kind, kind=kind, held_on=on, ends_on=on, address="here", created_by="sue",
                    created_at=clock.now(),
                )
            )  # fmt: skip
        order = work_orders.open_order(session, tenant, number="1", customer_id=1, origin="staff", who="sue")
        session.add(
            ExtraWork(
                tenant_id=1, work_order_id=order.id, item="belt", price_cents=9900, currency="USD", state="refused",
                created_by="sue", created_at=clock.now(),
            )
        )  # fmt: skip
        session.flush()

        found = next_service.proposals(session, tenant, 1)

    assert [(found.kind, (found.on - today).days) for found in found] == [
        ("repair_visit", 0), ("event", 5), ("offer", 6), ("free_inspection", 7), ("maintenance", 9),
    ]  # fmt: skip
