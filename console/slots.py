"""Slots: opened by a week's pattern, closed for some days."""

from __future__ import annotations

from datetime import date, time

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from aftersales import closing_slots, slots
from aftersales.slots import Pattern
from console import forms
from console.access import allowed, staff
from console.appointments import KEEPERS, week_of, week_page
from console.web import go
from core.errors import Conflict, Fault, Invalid, WrongFields
from core.runtime import runtime

bp = Blueprint("slots", __name__, url_prefix="/slots")


@bp.post("/open")
@allowed(*KEEPERS)
def open_() -> BaseResponse:
    """Open slots by the pattern in the form."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            pattern = _pattern()
            slots.open_slots(session, staff().tenant, pattern, staff().email)
    except (Invalid, Conflict) as error:
        return week_page(error.status, "open", forms.told(error))
    return go(week_of(pattern.resource.strip(), pattern.first_on))


@bp.post("/close")
@allowed(*KEEPERS)
def close() -> BaseResponse:
    """Close one resource for some days."""
    resource, form = request.form.get("resource", ""), request.form
    try:
        with runtime().database.session(staff().tenant_id) as session:
            first_on, last_on = _day("first_on"), _day("last_on")
            closing_slots.close_days(
                session, staff().tenant, resource, first_on, last_on, staff().email, moves="moves" in form
            )
    except (Invalid, Conflict) as error:
        return week_page(error.status, "close", forms.told(error))
    return go(week_of(resource, first_on))


def _pattern() -> Pattern:
    form = request.form
    return Pattern(
        resource=form.get("resource", ""),
        first_on=_day("first_on"),
        last_on=_day("last_on"),
        opens=_hour("opens"),
        closes=_hour("closes"),
        minutes=form.get("minutes", 0, type=int),
        places=form.get("places", 0, type=int),
        weekdays=form.getlist("weekday", type=int),
        skips_holidays="holidays" not in form,
    )


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise WrongFields([Fault(name, "no_day", "enter a day, such as 2026-12-24")]) from None


def _hour(name: str) -> time:
    try:
        return time.fromisoformat(request.form.get(name, "").strip()).replace(tzinfo=None)
    except ValueError:
        raise WrongFields([Fault(name, "bad_hour", "enter a time, such as 13:30")]) from None
