"""Work orders, slots and an appointment of a company, for tests of their pages."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import appointments, slots, work_orders
from aftersales.appointments import Wanted
from aftersales.models import CustomerFile, WorkOrder
from aftersales.slots import Pattern
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


def add_slots(app: Flask, company: Company) -> tuple[int, int]:
    """Two bays open all week, and an appointment; its id and that of a free slot."""
    today = NOW.date()
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        tenant = session.get_one(Tenant, company.tenant_id)
        for name in ("Bay 1", "Bay 2"):
            week = Pattern(name, today, today + timedelta(days=6), time(8), time(18), 60)
            slots.open_slots(session, tenant, week, "desk")
        first, second, *_ = slots.free(session, NOW, resource="Bay 1")
        wanted = Wanted(company.customer_id, "test", "Oil change", "waits here")
        made = appointments.book(session, tenant, first.slot.id, wanted, "desk")
        return made.id, second.slot.id
