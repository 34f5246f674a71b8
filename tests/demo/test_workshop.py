"""The demo company's workshop has jobs at every step, some of them late, and files to complete."""

from __future__ import annotations

from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import select

from aftersales import work_orders
from aftersales.models import CustomerFile, FollowUp, WorkOrder
from core import clock
from core.models import Tenant
from customers.models import Vehicle
from demo import workshop
from tests.console.conftest import app, built, companies, ours
from tests.console.world import Company

__all__ = ["app", "built", "companies", "ours"]


@pytest.mark.storage
def test_the_workshop_is_filled_once_and_shows_life(app: Flask, ours: Company) -> None:
    now = clock.now()
    handed_over = Counter(workshop.AT) + Counter(delivered=workshop.HANDED_OVER)
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        tenant = session.get_one(Tenant, ours.tenant_id)
        session.add_all(
            Vehicle(tenant_id=tenant.id, customer_id=ours.customer_id, plate=f"B-{n}") for n in range(60)
        )
        session.flush()

        assert workshop.fill(session, tenant, now) == handed_over.total()
        assert workshop.fill(session, tenant, now) == 0

        orders = session.scalars(select(WorkOrder)).all()
        states = Counter(file.state for file in session.scalars(select(CustomerFile)))
        assert Counter(order.state for order in orders) == handed_over
        assert sum(work_orders.is_late(order, now) for order in orders) >= 3
        assert min(states["open"], states["complete"]) > 10
        assert any(file.is_late for file in session.scalars(select(CustomerFile)))
        assert (
            len(session.scalars(select(FollowUp).where(FollowUp.step == "first")).all())
            == handed_over["delivered"]
        )
