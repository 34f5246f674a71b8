"""Work orders: where each job stands, when it was promised, who has it in hand."""

from __future__ import annotations

import re

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from aftersales import (
    extra_work,
    files,
    order_lists,
    outreach,
    quoting,
    recordings,
    settings,
    staffing,
    work_orders,
)
from aftersales.models import WorkOrder
from console import paging
from console.access import READERS, allowed, staff
from console.languages import refusal
from console.nav import Entry
from console.web import fragment, go, local
from core import clock
from core.errors import Conflict, Invalid, NotFound
from core.runtime import runtime
from customers import queries as customers

PRICE = re.compile(r"(?P<whole>\d{1,9})(\.(?P<part>\d{1,2}))?", re.ASCII)
KEEPERS = ("after_sales", "supervisor")

bp = Blueprint("work_orders", __name__, url_prefix="/work-orders")
NAV = Entry("after_sales", "car", lazy_gettext("Work orders"), "work_orders.index")


@bp.get("")
@allowed(*READERS)
def index() -> Response:
    """Jobs, newest first: those under way, unless something else is asked for."""
    filters = {
        name: request.args.get(name, "").strip()[:80] for name in ("state", "department", "late", "risk", "q")
    }
    if filters["state"] not in (*WorkOrder.STATES, "all"):
        filters["state"] = "open"
    asked = {**filters, "state": "" if filters["state"] == "all" else filters["state"]}
    now = clock.now()
    with runtime().database.reading(staff().tenant_id) as session:
        rows = order_lists.orders(session, asked, now, limit=paging.LIMIT, before_id=paging.before_id())
    shown, older = paging.cut(rows, lambda row: row.order.id)
    return fragment(
        "_work_orders.html",
        "work_orders.html",
        rows=shown,
        older=older,
        filters={name: value for name, value in filters.items() if value},
        departments=settings.of(staff().tenant).departments,
        steps=tuple(WorkOrder.STATES),
        is_late=lambda order: work_orders.is_late(order, now),
    )


@bp.get("/<int:order_id>")
@allowed(*READERS)
def show(order_id: int) -> Response:
    """One job with everything that happened to it."""
    with runtime().database.reading(staff().tenant_id) as session:
        return _page(session, order_id)


@bp.post("/<int:order_id>/<any(advance, promise, hand_over, urgent, extra, answer, quote):act>")
@allowed(*KEEPERS)
def change(order_id: int, act: str) -> BaseResponse:
    """Take a job on, promise another date, hand it over, make it urgent, send the quote, ask about extra work, or note the answer."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            _change(session, work_orders.get(session, order_id, for_update=True), act)
    except (Invalid, Conflict) as error:
        with runtime().database.reading(staff().tenant_id) as session:
            return _page(session, order_id, error.status, act, refusal(error))
    return go(url_for(".show", order_id=order_id))


def _change(session: Session, order: WorkOrder, act: str) -> None:
    tenant, who, note = staff().tenant, staff().email, request.form.get("note", "")
    match act:
        case "advance":
            work_orders.advance(session, tenant, order, request.form.get("to", ""), who, note=note)
        case "promise":
            if (promised_at := local("promised_at")) is None:
                raise Invalid("date_missing", "enter a day and a time")
            work_orders.promise(session, tenant, order, promised_at, who, note)
        case "hand_over":
            work_orders.hand_over(session, tenant, order, request.form.get("department", ""), who, note)
        case "quote":
            quoting.send(session, tenant, order, who)
        case "extra":
            extra_work.ask(session, tenant, order, _found(), who)
        case "answer":
            extra = extra_work.get(session, request.form.get("extra_id", 0, type=int))
            if extra.work_order_id != order.id:
                raise NotFound("no_extra_work", "there is no such extra work")
            extra_work.answer(session, extra, request.form.get("answer") == "agreed", note, who)
        case _:
            work_orders.urge(session, tenant, order, who, note)


def cents_of(text: str) -> int:
    """A price as it is written, in hundredths. Raises Invalid."""
    found = PRICE.fullmatch(text.strip())
    if not found:
        raise Invalid("bad_price", "enter a price with at most two decimals, not below 0")
    return int(found["whole"]) * 100 + int((found["part"] or "").ljust(2, "0"))


def _found() -> extra_work.Found:
    cents = cents_of(request.form.get("price", ""))
    if (answer_by := local("answer_by")) is None:
        raise Invalid("date_missing", "enter a day and a time")
    form = request.form
    return extra_work.Found(form.get("item", ""), cents, answer_by, form.get("currency", "").strip().upper())


def _page(session: Session, order_id: int, status: int = 200, act: str = "", said: str = "") -> Response:
    order = work_orders.get(session, order_id)
    whose = customers.get(session, order.customer_id)
    page = render_template(
        "work_order.html",
        o=order,
        c=whose,
        vehicle=next((each for each in whose.vehicles if each.id == order.vehicle_id), None),
        agent=staffing.name_of(session, whose.customer.agent_id),
        extra=work_orders.extra_of(session, order_id),
        recordings=recordings.of_order(session, order_id),
        outreach=outreach.of_order(session, order_id),
        file=files.of_order(session, order_id),
        history=work_orders.steps_of(session, order_id),
        onward=WorkOrder.STATES[order.state],
        departments=settings.of(staff().tenant).departments,
        late=work_orders.is_late(order, clock.now()),
        is_over=order.state in work_orders.OVER,
        entered=request.form if act else {},
        act=act,
        said=said,
    )
    return make_response(page, status)
