"""Work orders of a company, for tests of their pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import work_orders
from aftersales.models import CustomerFile, WorkOrder
from core.db import ALL_TENANTS
from core.models import Tenant
from customers.models import Vehicle
from tests.console.world import NOW, Company


def opened(session: Session, company: Company, number: str, **values: Any) -> WorkOrder:
    vehicle_id = session.scalar(select(Vehicle.id).where(Vehicle.customer_id == company.customer_id))
    return work_orders.open_order(
        session, session.get_one(Tenant, company.tenant_id), number=number, customer_id=company.customer_id,
        vehicle_id=vehicle_id, received_at=NOW - timedelta(days=3), origin="staff", who="desk", **values,
    )  # fmt: skip


def add_orders(app: Flask, company: Company) -> tuple[int, int]:
    """A-1 in the workshop and late, A-2 received and urgent; the ids of A-1 and its file."""
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        tenant = session.get_one(Tenant, company.tenant_id)
        items = [{"text": "brake pads", "price_cents": 9900}]
        late = opened(session, company, "A-1", promised_at=NOW - timedelta(hours=1), items=items)
        work_orders.advance(session, tenant, late, "workshop", "desk", at=NOW - timedelta(days=3))
        urgent = opened(session, company, "A-2")
        work_orders.urge(session, tenant, urgent, "desk", "flies tomorrow")
        file_id = session.scalars(select(CustomerFile.id).where(CustomerFile.work_order_id == late.id)).one()
        return late.id, file_id
