"""Follow-ups: whom to call today, with what to say, and what came of it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from aftersales import (
    automated,
    bringing,
    calls,
    due_lists,
    follow_ups,
    next_service,
    script,
    settings,
    staffing,
    standing_in,
    work_orders,
)
from aftersales.models import FollowUp
from console import forms
from console.access import READERS, allowed, staff
from console.call_records import CHOICES, address, said
from console.languages import refusal
from console.nav import Entry
from console.web import fragment, go, local
from console.work_orders import KEEPERS
from core import clock
from core.errors import Conflict, Invalid, NotFound
from core.runtime import runtime
from customers import queries as customers
from customers.why import why

PER_PAGE, MAX_PAGE = 50, 200
SHOWN = ("due", "overdue", "coming", "automated", "done")

bp = Blueprint("follow_ups", __name__, url_prefix="/follow-ups")
NAV = Entry("after_sales", "phone-outgoing", lazy_gettext("Follow-ups"), "follow_ups.index")


@bp.get("")
@allowed(*READERS)
def index() -> Response:
    """Calls that may be made today, the most urgent first; one's own unless all are asked for."""
    return _list()


@bp.post("/assign")
@allowed("supervisor")
def assign() -> BaseResponse:
    """Give the ticked calls to somebody."""
    ids = [int(one) for one in request.form.getlist("id")[:PER_PAGE] if one.isascii() and one.isdigit()]
    try:
        if not ids:
            raise Invalid("none_chosen", "tick at least one call")
        with runtime().database.session(staff().tenant_id) as session:
            owner_id = request.form.get("owner_id", 0, type=int)
            follow_ups.assign(session, staff().tenant_id, ids, owner_id, staff().email)
    except (Invalid, NotFound) as error:
        return _list(error.status, refusal(error))
    if request.form.get("stay"):
        return go(url_for(".show", follow_up_id=ids[0]))
    return go(url_for(".index", show=_show(), whose=whose()))


@bp.get("/<int:follow_up_id>")
@allowed(*READERS)
def show(follow_up_id: int) -> Response:
    """One call: the customer, what to talk about, the form that puts it on record."""
    with runtime().database.reading(staff().tenant_id) as session:
        return _page(session, follow_up_id)


@bp.post("/<int:follow_up_id>/<any(record, plan, take):deed>")
@allowed(*KEEPERS)
def change(follow_up_id: int, deed: str) -> BaseResponse:
    """Put a call on record, note when the customer wants to be called, or make it in place of an automated call."""
    return _saved(follow_up_id, deed, {"record": _record, "plan": _plan, "take": _take}[deed])


@bp.post("/<int:follow_up_id>/cancel")
@allowed("supervisor")
def cancel(follow_up_id: int) -> BaseResponse:
    """Give a call up, with a reason."""
    return _saved(follow_up_id, "cancel", _cancel)


def _saved(follow_up_id: int, act: str, change: Callable[[Session, FollowUp], None]) -> BaseResponse:
    try:
        with runtime().database.session(staff().tenant_id) as session:
            change(session, follow_ups.get(session, follow_up_id))
    except (Invalid, Conflict) as error:
        with runtime().database.reading(staff().tenant_id) as session:
            return _page(session, follow_up_id, error.status, act, forms.told(error))
    return go(url_for(".show", follow_up_id=follow_up_id))


def _record(session: Session, found: FollowUp) -> None:
    follow_ups.check_waiting(found)
    calls.record(
        session, staff().tenant, said(request.form), direction="out", who=staff().email,
        customer_id=found.customer_id, address=address(session, found.customer_id),
        agent_id=staff().staff_id, follow_up=found,
    )  # fmt: skip


def _plan(session: Session, found: FollowUp) -> None:
    follow_ups.plan_for(session, found, local("planned_at"), staff().email)


def _take(session: Session, found: FollowUp) -> None:
    automated.take_over(session, found, staff().email)


def _cancel(session: Session, found: FollowUp) -> None:
    follow_ups.cancel(session, found, request.form.get("reason", ""), staff().email)


def _show() -> str:
    asked = request.values.get("show", "")
    return asked if asked in SHOWN else "due"


def whose() -> str:
    """`mine` for those who make calls, unless they ask for all; others have none of their own."""
    asked = request.values.get("whose", "")
    usual = "mine" if "after_sales" in staff().roles else "all"
    return asked if asked in ("mine", "all") else usual


def _list(status: int = 200, said: str = "") -> Response:
    show, owner = _show(), whose()
    leaf = min(max(request.values.get("page", 0, type=int), 0), MAX_PAGE)
    today = settings.days_of(staff().tenant).on(clock.now())
    with runtime().database.reading(staff().tenant_id) as session:
        mine = standing_in.whose(session, staff().staff_id, clock.now()) if owner == "mine" else None
        rows = due_lists.follow_ups(
            session, show, today, owner_ids=mine, limit=PER_PAGE + 1, offset=leaf * PER_PAGE
        )
        return fragment(
            "_follow_ups.html",
            "follow_ups.html",
            status,
            rows=rows[:PER_PAGE],
            has_more=len(rows) > PER_PAGE,
            leaf=leaf,
            show=show,
            whose=owner,
            said=said,
            today=today,
            colleagues=staffing.colleagues(session, staff().tenant_id),
            kept=due_lists.kept(session, today.replace(day=1), today),
        )


def _page(
    session: Session,
    follow_up_id: int,
    status: int = 200,
    act: str = "",
    faults: dict[str, str] | None = None,
) -> Response:
    found = follow_ups.get(session, follow_up_id)
    whose = customers.get(session, found.customer_id)
    order = work_orders.get(session, found.work_order_id) if found.work_order_id else None
    today = settings.days_of(staff().tenant).on(clock.now())
    page = render_template(
        "follow_up.html",
        f=found,
        c=whose,
        order=order,
        vehicle=next((each for each in whose.vehicles if order and each.id == order.vehicle_id), None),
        owner=staffing.name_of(session, found.owner_id),
        done_by=staffing.name_of(session, found.done_by_id),
        blocks=script.offered(session, found),
        proposals=next_service.proposals(session, staff().tenant, found.customer_id),
        cases=due_lists.cases_of(session, found.customer_id),
        records=due_lists.records_of(session, found.customer_id),
        answer=why(session, staff().tenant, found.customer_id, "voice", "service", clock.now()),
        line=bringing.get(session, found.delivery_id)
        if found.state == "calling" and found.delivery_id
        else None,
        last_call=automated.last_call(settings.of(staff().tenant), settings.days_of(staff().tenant), found),
        colleagues=staffing.colleagues(session, staff().tenant_id),
        is_waiting=found.state in follow_ups.WAITING,
        is_overdue=found.state in follow_ups.WAITING and found.due_on < today,
        today=today,
        act=act,
        faults=faults or {},
        entered=request.form if act else {},
        chosen=request.form.getlist("blocks") if act else [],
        **CHOICES,
    )
    return make_response(page, status)
