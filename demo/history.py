"""What happened at the demo company before today: customers entered by hand, consents, opt-outs, earlier contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from core.db import ScopedSession
from customers import consent
from customers.models import Customer, CustomerNumber, Touch, Vehicle
from customers.suppression import opt_out
from demo.company import Person

# so many who are to get the SMS were rung three times this week already: they are held by the weekly cap
RUNG_OFTEN, TIMES = 25, 3
BY_STAFF = "staff:"


def enter_by_hand(session: ScopedSession, tenant_id: int, people: Sequence[Person], at: datetime) -> None:
    """Customers who share a number with one in the lists: a second driver of the same car."""
    for person in people:
        customer = Customer(
            tenant_id=tenant_id,
            reference=person.reference,
            name=person.name,
            company=person.company,
            language=person.language,
            zone=person.zone,
            address=person.address,
            tags=list(person.tags),
            created_at=at,
        )
        session.add(customer)
        session.flush()
        numbers = (("mobile", person.mobile), ("landline", person.phone), ("fax", person.fax))
        session.add_all(
            CustomerNumber(tenant_id=tenant_id, customer_id=customer.id, address=address, kind=kind)
            for kind, address in numbers
            if address
        )
        vehicle = Vehicle(plate=person.plate, model=person.model, next_service_on=person.next_service)
        vehicle.tenant_id, vehicle.customer_id = tenant_id, customer.id
        session.add(vehicle)
        if person.agreed_to_marketing:
            consent.give(session, tenant_id, [customer.id], "marketing", "express_written", "counter", at)
        if person.agreed_to_service:
            consent.give(session, tenant_id, [customer.id], "service", "express", "counter", at)


def opt_out_some(session: ScopedSession, tenant_id: int, people: Sequence[Person], at: datetime) -> None:
    """Those of *people* who had asked us to stop."""
    for person in people:
        address = person.mobile or person.fax
        if person.has_opted_out and address:
            scope = "all" if "after-service" in person.tags else "marketing"
            opt_out(session, tenant_id, address, scope, "asked", "hotline", at)


def ring_often(session: ScopedSession, tenant_id: int, people: Sequence[Person], now: datetime) -> None:
    """Some had several calls about offers in the last days."""
    ids = _ids(session)
    chosen = [person for person in people if "winter-check" in person.tags and person.reference in ids][
        :RUNG_OFTEN
    ]
    session.add_all(
        Touch(
            tenant_id=tenant_id,
            customer_id=ids[person.reference],
            address=person.mobile,
            channel="voice",
            direction="out",
            purpose="marketing",
            source=f"{BY_STAFF}{person.reference}:{days}",
            at=now - timedelta(days=days, hours=2),
        )
        for person in chosen
        for days in range(1, TIMES + 1)
    )


def _ids(session: ScopedSession) -> Mapping[str, int]:
    rows = session.execute(select(Customer.reference, Customer.id).where(Customer.reference.is_not(None)))
    return {str(row.reference): row.id for row in rows}
