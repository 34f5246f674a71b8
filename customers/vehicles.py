"""The vehicles (or other products) of customers, entered and changed one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit
from core.db import MAX_ID
from core.errors import Fault, NotFound, WrongFields
from core.models import Tenant
from customers.models import Vehicle
from customers.queries import check_customer

FIELDS = (
    "plate", "model", "kind", "serial", "service_every_months", "next_service_on", "sold_on", "warranty_until",
)  # fmt: skip


def create(
    session: Session, tenant: Tenant, customer_id: int, values: Mapping[str, Any], who: str
) -> Vehicle:
    """A new vehicle of a customer. Raises WrongFields if there is no such customer, or nothing to know the vehicle by."""
    check_customer(session, customer_id)
    added = Vehicle(
        tenant_id=tenant.id, customer_id=customer_id, **{**dict.fromkeys(FIELDS[:4], ""), **values}
    )
    _check(added)
    session.add(added)
    session.flush()
    audit.record(session, tenant.id, who, "create", f"vehicle:{added.id}", customer=customer_id)
    return added


def change(
    session: Session, tenant: Tenant, vehicle: Vehicle, values: Mapping[str, Any], who: str
) -> Vehicle:
    """Set the fields in *values*, leave the others. Raises WrongFields if there is nothing left to know the vehicle by."""
    for name, value in values.items():
        setattr(vehicle, name, value)
    _check(vehicle)
    session.flush()
    audit.record(session, tenant.id, who, "change", f"vehicle:{vehicle.id}", fields=sorted(values))
    return vehicle


def get(session: Session, vehicle_id: int, customer_id: int | None = None) -> Vehicle:
    """A vehicle of the session's tenant. Raises NotFound; WrongFields unless it is *customer_id*'s, where one is given."""
    found = None
    if 0 < vehicle_id <= MAX_ID:
        found = session.scalar(select(Vehicle).where(Vehicle.id == vehicle_id))
    if customer_id is not None and (found is None or found.customer_id != customer_id):
        raise WrongFields([Fault("vehicle_id", "no_vehicle", "enter the id of a vehicle of this customer")])
    if found is None:
        raise NotFound("no_vehicle", f"there is no vehicle {vehicle_id}")
    return found


def of_plate(session: Session, tenant: Tenant, customer_id: int, plate: str, who: str) -> Vehicle:
    """The customer's vehicle with this *plate*; entered now if it is not there."""
    mine = select(Vehicle).where(Vehicle.customer_id == customer_id, Vehicle.plate == plate)
    found = session.scalar(mine.order_by(Vehicle.id).limit(1))
    return found or create(session, tenant, customer_id, {"plate": plate}, who)


def _check(vehicle: Vehicle) -> None:
    if not (vehicle.plate or vehicle.serial or vehicle.model):
        raise WrongFields([Fault("plate", "missing", "enter a plate, a serial number or a model")])
