"""On a customer's page, for supervisors: a copy of everything we keep of them, and erasing them."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from console import persons
from console.access import allowed, staff
from console.languages import refusal
from console.web import go
from core import clock
from core.errors import Conflict, Invalid
from core.runtime import runtime
from customers import queries as customers
from customers.retention import horizon

bp = Blueprint("persons", __name__)


@bp.get("/customers/<int:customer_id>/everything.zip")
@allowed("supervisor")
def export(customer_id: int) -> Response:
    """Everything we keep of a customer; that it was taken out is on record."""
    with runtime().database.session(staff().tenant_id) as session:
        found = persons.find(session, customer_id)
        packed = persons.export(session, staff().tenant, found, staff().email)
    answer = Response(packed, content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="customer-{customer_id}.zip"'
    return answer


@bp.get("/customers/<int:customer_id>/erase")
@allowed("supervisor")
def ask(customer_id: int) -> Response:
    """What erasing means, and the reason it asks for."""
    return _page(customer_id)


@bp.post("/customers/<int:customer_id>/erase")
@allowed("supervisor")
def erase(customer_id: int) -> BaseResponse:
    """Forget a customer."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            persons.erase(
                session, persons.find(session, customer_id), request.form.get("reason", ""), staff().email
            )
    except (Invalid, Conflict) as error:
        return _page(customer_id, error.status, refusal(error))
    return go(url_for("console.customers.index"))


def _page(customer_id: int, status: int = 200, fault: str = "") -> Response:
    kept = horizon(staff().tenant, clock.now())
    with runtime().database.reading(staff().tenant_id) as session:
        page = render_template(
            "person_erase.html",
            c=customers.get(session, customer_id),
            kept_days=(clock.now() - kept.records).days,
            proof_days=kept.after_erasure.days,
            fault=fault,
            entered=request.form.get("reason", ""),
        )
    return make_response(page, status)
