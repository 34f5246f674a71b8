"""What lines of ours may say of a job."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aftersales.models import WorkOrder
from customers.models import Vehicle


def facts(session: Session, order: WorkOrder) -> dict[str, str]:
    """By name: job, plate, model, and vehicle, which is whatever the customer knows it by."""
    vehicle = session.get(Vehicle, order.vehicle_id) if order.vehicle_id else None
    plate, model = (vehicle.plate, vehicle.model) if vehicle else ("", "")
    return {"job": order.number, "plate": plate, "model": model, "vehicle": plate or model or order.number}
