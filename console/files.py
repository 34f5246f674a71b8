"""The files of intakes: which are due, and completing one with the next contact."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from aftersales import files, next_service, order_lists, work_orders
from console import forms, paging
from console.access import READERS, allowed, staff
from console.nav import Entry
from console.web import fragment, go, local
from console.work_orders import KEEPERS
from core.errors import Conflict, Invalid
from core.runtime import runtime
from customers import queries as customers

SHOWN = ("open", "late", "complete")
TEXTS = ("next_topic", "service_items", "wished_services")

bp = Blueprint("files", __name__, url_prefix="/files")
NAV = Entry("after_sales", "file-text", lazy_gettext("Files to complete"), "files.index")


@bp.get("")
@allowed(*READERS)
def index() -> Response:
    """Files: those to complete, the most urgent first; those that are late; those that are complete."""
    show = request.args.get("show", "")
    show = show if show in SHOWN else "open"
    with runtime().database.reading(staff().tenant_id) as session:
        rows = order_lists.files(session, show, limit=paging.LIMIT, before_id=paging.before_id())
    shown, older = paging.cut(rows, lambda row: row.file.id)
    return fragment(
        "_files.html", "files.html", rows=shown, older=older if show == "complete" else None, show=show
    )


@bp.get("/<int:file_id>")
@allowed(*READERS)
def show(file_id: int) -> Response:
    """One file: what is known, and the form that completes it."""
    with runtime().database.reading(staff().tenant_id) as session:
        return _page(session, file_id, {}, 200)


@bp.post("/<int:file_id>/complete")
@allowed(*KEEPERS)
def complete(file_id: int) -> BaseResponse:
    """Complete a file with what the next contact is about, and when it will be."""
    texts: dict[str, Any] = {name: request.form.get(name, "") for name in TEXTS}
    try:
        with runtime().database.session(staff().tenant_id) as session:
            found = files.get(session, file_id)
            next_at = local("next_contact_at")
            files.complete(
                session, staff().tenant, found, next_contact_at=next_at, **texts, who=staff().email
            )
    except (Invalid, Conflict) as error:
        with runtime().database.reading(staff().tenant_id) as session:
            return _page(session, file_id, forms.told(error), error.status)
    return go(url_for(".show", file_id=file_id))


@bp.post("")
@allowed(*KEEPERS)
def open_file() -> BaseResponse:
    """Open the file of a visit or a consultation."""
    with runtime().database.session(staff().tenant_id) as session:
        customer_id = request.form.get("customer_id", 0, type=int)
        customers.check_customer(session, customer_id)
        intake = request.form.get("intake", "")
        if intake not in ("visit", "consultation"):
            raise Invalid("unknown_intake", "choose a visit or a consultation")
        made = files.open_file(
            session, staff().tenant, intake=intake, customer_id=customer_id, who=staff().email
        )
    return go(url_for(".show", file_id=made.id))


def _page(session: Session, file_id: int, faults: dict[str, str], status: int) -> Response:
    found = files.get(session, file_id)
    order = work_orders.get(session, found.work_order_id) if found.work_order_id else None
    items = "; ".join(item["text"] for item in order.items) if order else ""
    whose = customers.get(session, found.customer_id)
    page = render_template(
        "file.html",
        f=found,
        c=whose,
        order=order,
        vehicle=next((each for each in whose.vehicles if each.id == found.vehicle_id), None),
        proposals=next_service.proposals(session, staff().tenant, found.customer_id),
        past=[row for row in order_lists.orders_of(session, found.customer_id) if row.order.delivered_at],
        entered=request.form
        if faults
        else {"service_items": found.service_items or items[: files.MAX_ITEMS]},
        faults=faults,
    )
    return make_response(page, status)
