"""Cases: what customers demanded, wished for or complained of, until they are satisfied."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from aftersales import cases, due_lists, recordings, resolving, settings, staffing, standing_in, work_orders
from aftersales.models import Case
from console.access import READERS, allowed, staff
from console.languages import refusal
from console.nav import Entry
from console.web import fragment, go
from console.work_orders import KEEPERS
from core import clock
from core.errors import Conflict, Forbidden, Invalid
from core.models import Staff
from core.runtime import runtime
from customers import queries as customers

# a column of the board shows so many; there is a list of all of them behind each
PER_COLUMN, PER_PAGE, MAX_PAGE = 20, 50, 200
BOARD = ("open", "solved", "told")

bp = Blueprint("cases", __name__, url_prefix="/cases")
NAV = Entry("after_sales", "inbox", lazy_gettext("Cases"), "cases.index")


@bp.get("")
@allowed(*READERS)
def index() -> BaseResponse:
    """The board: to be solved, customer to be told, is he satisfied; or a list of one of these, or of the closed ones."""
    whose = "mine" if request.args.get("whose") == "mine" else "all"
    department = request.args.get("department", "")[:40]
    state = request.args.get("state", "")
    leaf = min(max(request.args.get("page", 0, type=int), 0), MAX_PAGE)
    states = (state,) if state in Case.STATES else BOARD
    most, offset = (PER_PAGE, leaf * PER_PAGE) if state in Case.STATES else (PER_COLUMN, 0)
    number = request.args.get("number", "").strip()[:20]
    with runtime().database.reading(staff().tenant_id) as session:
        if number and (found := cases.by_number(session, number)):
            return redirect(url_for(".show", case_id=found.id), 303)
        mine = standing_in.whose(session, staff().staff_id, clock.now()) if whose == "mine" else None
        columns = {
            each: due_lists.cases_in(
                session, (each,), owner_ids=mine, department=department, limit=most + 1, offset=offset
            )
            for each in states
        }
    now = clock.now()
    return fragment(
        "_cases.html",
        "cases.html",
        columns={each: rows[:most] for each, rows in columns.items()},
        more={each for each, rows in columns.items() if len(rows) > most},
        state=state if state in Case.STATES else "",
        leaf=leaf,
        filters={"whose": whose, "department": department},
        number=number,
        departments=settings.of(staff().tenant).departments,
        is_late=lambda case: cases.is_late(case, now),
    )


@bp.get("/<int:case_id>")
@allowed(*READERS)
def show(case_id: int) -> Response:
    """One case with everything that happened to it."""
    with runtime().database.reading(staff().tenant_id) as session:
        return _page(session, case_id)


@bp.post("/<int:case_id>/<any(solve, tell, reopen, close, override, hand_over, note):turn>")
@allowed(*KEEPERS)
def change(case_id: int, turn: str) -> BaseResponse:
    """Take a case further."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            _change(session, cases.get(session, case_id), turn, request.form.get("text", ""))
    except (Invalid, Conflict, Forbidden) as error:
        with runtime().database.reading(staff().tenant_id) as session:
            return _page(session, case_id, error.status, turn, refusal(error))
    return go(url_for(".show", case_id=case_id))


def _change(session: Session, case: Case, act: str, text: str) -> None:
    tenant, who = staff().tenant, staff().email
    match act:
        case "solve":
            resolving.solve(session, tenant, case, text, who)
        case "tell":
            resolving.tell(session, case, who)
        case "reopen":
            resolving.reopen(session, tenant, case, text, who)
        case "close":
            resolving.close(session, case, who)
        case "override":
            resolving.override(session, case, session.get_one(Staff, staff().staff_id), text)
        case "hand_over":
            resolving.hand_over(session, tenant, case, request.form.get("department", ""), text, who)
        case _:
            resolving.remark(session, case, text, who)


def _page(session: Session, case_id: int, status: int = 200, act: str = "", said: str = "") -> Response:
    found = cases.get(session, case_id)
    page = render_template(
        "case.html",
        k=found,
        c=customers.get(session, found.customer_id) if found.customer_id else None,
        order=work_orders.get(session, found.work_order_id) if found.work_order_id else None,
        owner=staffing.name_of(session, found.owner_id),
        recordings=recordings.of_call(session, cases.call_of(found)),
        history=due_lists.history(session, case_id),
        departments=settings.of(staff().tenant).departments,
        is_late=cases.is_late(found, clock.now()),
        act=act,
        said=said,
        entered=request.form.get("text", "") if act else "",
    )
    return make_response(page, status)
