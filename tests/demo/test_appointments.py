"""The demo company expects customers: two bays with free times and taken ones, filled once."""

from __future__ import annotations

from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import select

from aftersales import slots
from aftersales.models import Appointment, Slot
from core import clock
from core.models import Tenant
from customers.models import Vehicle
from demo import appointments
from tests.console.conftest import app, built, companies, ours
from tests.console.world import Company

__all__ = ["app", "built", "companies", "ours"]


@pytest.mark.storage
def test_the_calendar_is_filled_once_and_has_room(app: Flask, ours: Company) -> None:
    now = clock.now()
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        tenant = session.get_one(Tenant, ours.tenant_id)
        session.add_all(
            Vehicle(tenant_id=tenant.id, customer_id=ours.customer_id, plate=f"B-{n}") for n in range(40)
        )
        session.flush()

        assert appointments.fill(session, tenant, now) == appointments.BOOKED
        assert appointments.fill(session, tenant, now) == 0

        states = Counter(session.scalars(select(Appointment.state)))
        assert states == {"booked": 18, "confirmed": 6}
        assert set(session.scalars(select(Slot.resource))) == set(appointments.BAYS)
        assert len(slots.free(session, now)) > 100
