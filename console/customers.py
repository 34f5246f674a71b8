"""Customer files: find somebody, see everything about them, and why they may or may not be contacted."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from aftersales import appointment_lists, due_lists, order_lists, work_orders
from console import forms
from console.access import READERS, allowed, staff
from console.nav import Entry
from console.web import fragment, go, moment
from console.words import RULES, Look, word
from core import clock
from core.audit import record
from core.errors import Invalid
from core.runtime import runtime
from customers import queries, suppression
from customers.contact_policy import Allowed, Check, Held
from customers.models import PURPOSES
from customers.why import Answer, why_each
from ivr import answers as keyed
from outbound import answers as texted
from outbound import queries as outgoing

PER_PAGE = 50
MAX_PAGE = 200

bp = Blueprint("customers", __name__, url_prefix="/customers")
NAV = Entry("customers", "contact", lazy_gettext("Customer files"), "customers.index")


@bp.get("")
@allowed(*READERS)
def index() -> Response:
    """Customers by name, reference, number or plate."""
    text = request.args.get("q", "").strip()[:80]
    leaf = min(max(request.args.get("page", 0, type=int), 0), MAX_PAGE)
    with runtime().database.reading(staff().tenant_id) as session:
        rows = queries.search(session, text, PER_PAGE + 1, leaf * PER_PAGE)
        shown, has_more = rows[:PER_PAGE], len(rows) > PER_PAGE
        return fragment("_customers.html", "customers.html", q=text, rows=shown, leaf=leaf, has_more=has_more)


@bp.get("/<int:customer_id>")
@allowed(*READERS)
def show(customer_id: int) -> Response:
    """One customer's file."""
    return _file(customer_id)


@bp.get("/<int:customer_id>/opt-out")
@allowed("marketing", "after_sales", "supervisor")
def ask(customer_id: int) -> str:
    """Ask what the customer wants to stop, for browsers that do not open the dialog."""
    with runtime().database.reading(staff().tenant_id) as session:
        return render_template("customer_ask.html", c=queries.get(session, customer_id), faults={})


@bp.post("/<int:customer_id>/opt-out")
@allowed("marketing", "after_sales", "supervisor")
def opt_out(customer_id: int) -> BaseResponse:
    """Enter the wish on every number of the customer."""
    form, faults = forms.read(forms.OptOut, request.form)
    with runtime().database.session(staff().tenant_id) as session:
        found = queries.get(session, customer_id)
        if form is None:
            return make_response(render_template("customer_ask.html", c=found, faults=faults), 422)
        if not found.numbers:
            raise Invalid("no_number", "this customer has no number that could be suppressed")
        for number in found.numbers:
            suppression.opt_out(
                session,
                staff().tenant_id,
                number.address,
                form.scope,
                "staff",
                f"staff:{staff().staff_id}",
                clock.now(),
            )
        about = f"customer:{customer_id}"
        record(session, staff().tenant_id, staff().email, "opt_out", about, scope=form.scope)
    return go(url_for(".show", customer_id=customer_id))


def _file(customer_id: int) -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        found = queries.get(session, customer_id)
        back = {
            "texts": texted.of_customer(session, customer_id),
            "keyed": keyed.of_customer(session, customer_id),
        }
        now = clock.now()
        served = {
            "appointments": appointment_lists.of_customer(session, customer_id),
            "orders": order_lists.orders_of(session, customer_id),
            "intakes": order_lists.files_of(session, customer_id),
            "promised": due_lists.follow_ups_of(session, customer_id),
            "cases": due_lists.cases_of(session, customer_id),
            "records": due_lists.records_of(session, customer_id),
            "is_late": lambda order: work_orders.is_late(order, now),
        }
        planned = outgoing.of_customer(session, customer_id)
        answers = why_each(session, staff().tenant, customer_id, clock.now())
        return make_response(
            render_template(
                "customer.html",
                **back,
                **served,
                planned=planned,
                c=found,
                answers=answers,
                shown=_shown,
                until=_until,
                purposes=PURPOSES,
            )
        )


def _shown(answer: Answer) -> tuple[Look, str]:
    """Yes, from when, or why not."""
    decision = answer.decision
    if isinstance(decision, Allowed):
        return ("good", "check"), _("Allowed now")
    if isinstance(decision, Held):
        return ("warn", "clock"), _("From %(time)s", time=moment(decision.until))
    return ("bad", "ban"), word(RULES, decision.rule if answer.address else "no_number")


def _until(check: Check, answer: Answer) -> str:
    """Until when a rule holds, by our clock and, if it is another, by the customer's."""
    if check.until is None:
        return ""
    ours = moment(check.until)
    theirs = moment(check.until, ZoneInfo(answer.zones[0])) if answer.zones else ours
    if ours == theirs:
        return str(_("until %(time)s", time=ours))
    return str(_("until %(ours)s, %(theirs)s where they are", ours=ours, theirs=theirs))
