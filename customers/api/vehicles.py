"""The vehicles of customers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from flask import Blueprint
from pydantic import Field
from sqlalchemy import select

from core.api import paging
from core.api.checks import Sent, Text, Told
from core.api.document import PREFIX
from core.api.endpoint import caller, endpoint, writing
from core.api.paging import Listed, Page
from core.db import MAX_ID
from core.models import READERS
from core.runtime import runtime
from customers import vehicles
from customers.models import Vehicle

EDITORS = ("marketing", "after_sales", "supervisor")
Id = Annotated[int, Field(ge=1, le=MAX_ID)]
bp = Blueprint("vehicles_api", __name__, url_prefix=PREFIX)


class Fields(Sent):
    """What may be said of a vehicle. *service_every_months* 0: nobody knows. Dates as 2026-12-31."""

    plate: Annotated[Text, Field(max_length=20)] = ""
    model: Annotated[Text, Field(max_length=80)] = ""
    kind: Annotated[Text, Field(max_length=40)] = ""
    serial: Annotated[Text, Field(max_length=40)] = ""
    service_every_months: Annotated[int, Field(ge=0, le=240)] = 0
    next_service_on: date | None = None
    sold_on: date | None = None
    warranty_until: date | None = None

    def given(self) -> dict[str, Any]:
        """The fields that were sent."""
        return {name: getattr(self, name) for name in vehicles.FIELDS if name in self.model_fields_set}


class NewVehicle(Fields):
    """A vehicle to be entered: with a plate, a serial number or a model."""

    customer_id: Id


class VehicleTold(Told):
    """A vehicle."""

    id: int
    customer_id: int
    plate: str
    model: str
    kind: str
    serial: str
    service_every_months: int
    next_service_on: date | None
    sold_on: date | None
    warranty_until: date | None


class VehiclePage(Page):
    """Only a customer's, only with a plate."""

    customer_id: Id | None = None
    plate: Annotated[Text, Field(max_length=20)] = ""


@bp.get("/vehicles")
@endpoint(*READERS, tag="vehicles", query=VehiclePage, answer=Listed[VehicleTold])
def list_vehicles(query: VehiclePage) -> Listed[VehicleTold]:
    """Vehicles, in the order in which they were entered."""
    wanted = select(Vehicle)
    if query.customer_id:
        wanted = wanted.where(Vehicle.customer_id == query.customer_id)
    if query.plate:
        wanted = wanted.where(Vehicle.plate == query.plate)
    with runtime().database.reading(caller().tenant_id) as session:
        found, next_ = paging.rows(session, wanted, Vehicle.id, "vehicles", query)
        return paging.listed(found, VehicleTold.model_validate, next_)


@bp.post("/vehicles")
@endpoint(
    *EDITORS,
    tag="vehicles",
    body=NewVehicle,
    answer=VehicleTold,
    status=201,
    location=PREFIX + "/vehicles/{id}",
)
def create_vehicle(body: NewVehicle) -> VehicleTold:
    """Enter a vehicle."""
    made = vehicles.create(writing(), caller().tenant, body.customer_id, body.given(), caller().who)
    return VehicleTold.model_validate(made)


@bp.get("/vehicles/<int:vehicle_id>")
@endpoint(*READERS, tag="vehicles", answer=VehicleTold)
def get_vehicle(vehicle_id: int) -> VehicleTold:
    """One vehicle."""
    with runtime().database.reading(caller().tenant_id) as session:
        return VehicleTold.model_validate(vehicles.get(session, vehicle_id))


@bp.patch("/vehicles/<int:vehicle_id>")
@endpoint(*EDITORS, tag="vehicles", body=Fields, answer=VehicleTold)
def change_vehicle(vehicle_id: int, body: Fields) -> VehicleTold:
    """Set the fields that are sent, leave the others."""
    session = writing()
    found = vehicles.get(session, vehicle_id)
    return VehicleTold.model_validate(
        vehicles.change(session, caller().tenant, found, body.given(), caller().who)
    )
