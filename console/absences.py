"""Absences: who is away and who stands in."""

from __future__ import annotations

from datetime import date, time

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from aftersales import absences
from aftersales.models import Absence
from console import forms
from console.access import allowed, staff
from console.nav import Entry
from console.web import day, go, moment, zone
from core import clock
from core.errors import CarillonError, Conflict, Fault, Forbidden, Invalid, WrongFields
from core.models import Staff
from core.runtime import runtime

bp = Blueprint("absences", __name__, url_prefix="/absences")
NAV = Entry("after_sales", "clock", lazy_gettext("Absences"), "absences.index")


@bp.get("")
@allowed("after_sales", "supervisor", "auditor")
def index() -> Response:
    """Who is away, now and soon, who acts for them, and the form for another absence."""
    return _page()


@bp.post("")
@allowed("after_sales", "supervisor")
def enter() -> BaseResponse:
    """Somebody is away."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            whose = request.form.get("staff_id", staff().staff_id, type=int)
            absences.check_may(session.get_one(Staff, staff().staff_id), whose)
            first_on, first_at = _day("first_on"), _hour("first_at")
            last_on, last_at = _day("last_on"), _hour("last_at")
            starts_at, ends_at = absences.span(staff().tenant, first_on, last_on, first_at, last_at)
            absences.enter(
                session, staff().tenant, staff_id=whose, starts_at=starts_at, ends_at=ends_at,
                delegate_id=request.form.get("delegate_id", type=int), who=staff().email,
            )  # fmt: skip
    except (Invalid, Conflict, Forbidden) as error:
        return _page(error.status, _told(error))
    return go(url_for(".index"))


@bp.post("/<int:absence_id>/<any(end, stand_in):turning>")
@allowed("after_sales", "supervisor")
def change(absence_id: int, turning: str) -> BaseResponse:
    """They are back, or somebody else stands in."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            found = absences.get(session, absence_id)
            absences.check_may(session.get_one(Staff, staff().staff_id), found.staff_id)
            if turning == "end":
                absences.end(session, staff().tenant, found, staff().email)
            else:
                delegate_id = request.form.get("delegate_id", type=int)
                absences.stand_in(session, found, delegate_id, staff().email)
    except (Invalid, Conflict, Forbidden) as error:
        return _page(error.status, _told(error), absence_id)
    return go(url_for(".index"))


def _told(error: CarillonError) -> forms.Faults:
    """By the fields of the form, where days and hours are apart."""
    return {"last_on" if name == "ends_at" else name: text for name, text in forms.told(error).items()}


def _since(absence: Absence) -> str:
    """Its first day, or the hour if not all of that."""
    at = absence.starts_at.astimezone(zone())
    return moment(at) if at.time() != time() else day(absence.first_on)


def _until(absence: Absence) -> str:
    """Its last day, or the hour if not all of that."""
    at = absence.ends_at.astimezone(zone())
    return moment(at) if at.time() != time() else day(absence.last_on)


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise WrongFields([Fault(name, "bad_day", "enter a day, such as 2026-12-24")]) from None


def _hour(name: str) -> time | None:
    text = request.form.get(name, "").strip()
    try:
        return time.fromisoformat(text) if text else None
    except ValueError:
        raise WrongFields([Fault(name, "bad_hour", "enter a time, such as 13:30")]) from None


def _page(status: int = 200, faults: dict[str, str] | None = None, absence_id: int = 0) -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        page = render_template(
            "absences.html",
            rows=absences.coming(session, clock.now()),
            people=absences.candidates(session),
            for_all=bool(absences.ENTERERS & staff().roles),
            since=_since,
            until=_until,
            faults=faults or {},
            entered=request.form if faults and not absence_id else {},
            at_row=absence_id,
        )
    return make_response(page, status)
