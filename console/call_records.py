"""Putting a call on record: what staff note of a call they made or took, for a follow-up or for itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, Response, make_response, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from aftersales import calls, due_lists, standing_in
from aftersales.models.calls import DEMANDS, OUTCOMES, REPLIES
from console import forms
from console.access import allowed, staff
from console.web import go
from console.work_orders import KEEPERS
from core import clock
from core.errors import Conflict, Fault, Invalid, WrongFields
from core.runtime import runtime
from customers import queries as customers

# what a person chooses of; a call without content is only ever noted by a line
CHOICES: Mapping[str, object] = {
    "outcomes": tuple(outcome for outcome in OUTCOMES if outcome != "no_content"),
    "demands": ("none", *(demand for demand in DEMANDS if demand != "none")),
    "replies": tuple(filter(None, REPLIES)),
    "scores": tuple(calls.SCORES),
}

bp = Blueprint("call_records", __name__)


def said(form: MultiDict[str, str]) -> calls.Said:
    """What a form tells of a call. Raises WrongFields for a day or a score that is none."""
    score, day = form.get("satisfaction", ""), form.get("next_on", "")
    faults = []
    if score and score not in map(str, calls.SCORES):
        faults.append(Fault("satisfaction", "out_of_range", "choose a score from 1 to 5"))
    if day and _day(day) is None:
        faults.append(Fault("next_on", "bad_day", "enter a day, such as 2026-12-24"))
    if faults:
        raise WrongFields(faults)
    return calls.Said(
        outcome=form.get("outcome", "reached"),
        points=form.get("points", "").strip(),
        demand=form.get("demand", "none"),
        reply=form.get("reply", ""),
        satisfaction=int(score) if score else None,
        next_on=_day(day),
        blocks=tuple(dict.fromkeys(form.getlist("blocks"))),
    )


def address(session: Session, customer_id: int) -> str:
    """The customer's number that the form names; "" if it names none."""
    return customers.address_of(session, customer_id, request.form.get("number_id", 0, type=int))


@bp.get("/customers/<int:customer_id>/call")
@allowed(*KEEPERS)
def ask(customer_id: int) -> Response:
    """The form for a call with a customer that nobody had planned."""
    with runtime().database.reading(staff().tenant_id) as session:
        return _page(session, customer_id)


@bp.post("/customers/<int:customer_id>/call")
@allowed(*KEEPERS)
def record(customer_id: int) -> BaseResponse:
    """Put such a call on record; a demand, a wish or a complaint opens a case."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            direction = request.form.get("direction", "")
            if direction not in ("in", "out"):
                raise WrongFields([Fault("direction", "bad_direction", "choose who called")])
            calls.record(
                session, staff().tenant, said(request.form), direction=direction, who=staff().email,
                customer_id=customer_id, address=address(session, customer_id), agent_id=staff().staff_id,
            )  # fmt: skip
    except (Invalid, Conflict) as error:
        with runtime().database.reading(staff().tenant_id) as session:
            return _page(session, customer_id, error.status, forms.told(error))
    return go(url_for("console.customers.show", customer_id=customer_id))


@bp.get("/calls-to-note")
@allowed(*KEEPERS)
def unnoted() -> str:
    """Calls in which staff spoke and noted nothing yet: one's own, and of whom one stands in for; or everybody's."""
    whose = "all" if request.args.get("whose") == "all" else "mine"
    with runtime().database.reading(staff().tenant_id) as session:
        mine = standing_in.whose(session, staff().staff_id, clock.now()) if whose == "mine" else None
        return render_template(
            "calls_to_note.html", rows=due_lists.unnoted(session, owner_ids=mine), whose=whose
        )


@bp.get("/calls-to-note/<int:record_id>")
@allowed(*KEEPERS)
def noting(record_id: int) -> Response:
    """The form for what was said in such a call."""
    with runtime().database.reading(staff().tenant_id) as session:
        return _note_page(session, record_id)


@bp.post("/calls-to-note/<int:record_id>")
@allowed(*KEEPERS)
def note(record_id: int) -> BaseResponse:
    """Note it; a demand, a wish or a complaint opens a case."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            calls.note(
                session, staff().tenant, record_id, said(request.form), staff().staff_id, staff().email
            )
    except (Invalid, Conflict) as error:
        with runtime().database.reading(staff().tenant_id) as session:
            return _note_page(session, record_id, error.status, forms.told(error))
    return go(url_for(".unnoted"))


def _note_page(
    session: Session, record_id: int, status: int = 200, faults: dict[str, str] | None = None
) -> Response:
    found = calls.get(session, record_id)
    page = render_template(
        "call_to_note.html",
        r=found,
        c=customers.get(session, found.customer_id) if found.customer_id else None,
        faults=faults or {},
        entered=request.form,
        **CHOICES,
    )
    return make_response(page, status)


def _page(
    session: Session, customer_id: int, status: int = 200, faults: dict[str, str] | None = None
) -> Response:
    page = render_template(
        "call_record.html",
        c=customers.get(session, customer_id),
        records=due_lists.records_of(session, customer_id),
        faults=faults or {},
        entered=request.form,
        **CHOICES,
    )
    return make_response(page, status)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
