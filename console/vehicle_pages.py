"""The vehicles of customers: entered and changed at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from console import forms
from console.access import allowed, staff
from console.web import go
from console.work_orders import KEEPERS
from core.errors import Invalid
from core.runtime import runtime
from customers import queries, vehicles
from customers.api.vehicles import Fields
from customers.models import Vehicle

bp = Blueprint("vehicles", __name__)


@bp.get("/customers/<int:customer_id>/vehicle")
@allowed(*KEEPERS)
def form(customer_id: int) -> Response:
    """The form for another vehicle of a customer."""
    return _page(customer_id)


@bp.post("/customers/<int:customer_id>/vehicle")
@allowed(*KEEPERS)
def enter(customer_id: int) -> BaseResponse:
    """A customer has another vehicle."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            queries.get(session, customer_id)
            vehicles.create(session, staff().tenant, customer_id, _filled(), staff().email)
    except Invalid as error:
        return _page(customer_id, status=error.status, faults=forms.told(error))
    return go(url_for("console.customers.show", customer_id=customer_id))


@bp.get("/vehicles/<int:vehicle_id>")
@allowed(*KEEPERS)
def edit(vehicle_id: int) -> Response:
    """What is known of a vehicle, to be changed."""
    with runtime().database.reading(staff().tenant_id) as session:
        found = vehicles.get(session, vehicle_id)
        customer_id = found.customer_id
    return _page(customer_id, found)


@bp.post("/vehicles/<int:vehicle_id>")
@allowed(*KEEPERS)
def change(vehicle_id: int) -> BaseResponse:
    """Keep what was filled in; what was left empty is not known."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            found = vehicles.get(session, vehicle_id)
            customer_id = found.customer_id
            vehicles.change(session, staff().tenant, found, _filled(), staff().email)
    except Invalid as error:
        with runtime().database.reading(staff().tenant_id) as session:
            found = vehicles.get(session, vehicle_id)
        return _page(found.customer_id, found, error.status, forms.told(error))
    return go(url_for("console.customers.show", customer_id=customer_id))


def _filled() -> dict[str, Any]:
    return {**vehicles.EMPTY, **forms.filled(Fields, request.form).given()}


def _page(
    customer_id: int,
    vehicle: Vehicle | None = None,
    status: int = 200,
    faults: Mapping[str, str] | None = None,
) -> Response:
    known = {name: getattr(vehicle, name) or "" for name in vehicles.FIELDS} if vehicle else {}
    with runtime().database.reading(staff().tenant_id) as session:
        page = render_template(
            "vehicle.html",
            c=queries.get(session, customer_id),
            v=vehicle,
            faults=faults or {},
            entered=request.form if faults else known,
        )
    return make_response(page, status)
