"""Appointments: a week of slots, who has which, and which are free."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from aftersales import appointment_lists, appointments, settings, slots
from aftersales.appointments import COMING, Wanted
from aftersales.days import DAY
from console import forms
from console.access import READERS, allowed, staff
from console.appointment_words import WEEKDAYS
from console.nav import Entry
from console.web import go
from core import clock
from core.db import MAX_ID
from core.errors import CarillonError, Conflict, Invalid, NotFound
from core.runtime import runtime
from customers import queries as customers

KEEPERS = ("after_sales", "supervisor")
WEEK = 7 * DAY
YEARS = slots.YEARS
FOUND = 12
CHOICES = 200

bp = Blueprint("appointments", __name__, url_prefix="/appointments")
NAV = Entry("after_sales", "clock", lazy_gettext("Appointments"), "appointments.index")


@bp.get("")
@allowed(*READERS)
def index() -> Response:
    """A week of one resource's slots; with *customer* they are booked for that customer."""
    return week_page()


@bp.get("/book")
@allowed(*KEEPERS)
def ask() -> Response:
    """A free place: for whom, with which vehicle, and why."""
    return _form()


@bp.post("/book")
@allowed(*KEEPERS)
def book() -> BaseResponse:
    """Give a customer the place; sent twice it is one appointment."""
    form = request.form
    wanted = Wanted(
        form.get("customer", 0, type=int), f"staff:{form.get('token', '')[:40] or clock.new_token()}", form.get("kind", "").strip(),
        form.get("wish", "").strip(), form.get("vehicle_id", type=int),
    )  # fmt: skip
    try:
        with runtime().database.session(staff().tenant_id) as session:
            slot_id = form.get("slot", 0, type=int)
            made = appointments.book(session, staff().tenant, slot_id, wanted, staff().email).id
    except (Invalid, Conflict) as error:
        return _form(error)
    return go(url_for(".show", appointment_id=made))


@bp.get("/<int:appointment_id>")
@allowed(*READERS)
def show(appointment_id: int) -> Response:
    """One appointment, what came before it, and what can be done with it."""
    return _page(appointment_id)


@bp.post("/<int:appointment_id>/<any(move, cancel, confirm, kept, missed):doing>")
@allowed(*KEEPERS)
def change(appointment_id: int, doing: str) -> BaseResponse:
    """Move it, cancel it, or say that the customer will come, came, or did not."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            on = _change(session, appointment_id, doing)
    except (Invalid, Conflict) as error:
        return _page(appointment_id, doing, error)
    return go(url_for(".show", appointment_id=on))


def week_page(status: int = 200, act: str = "", faults: dict[str, str] | None = None) -> Response:
    """The week of the address, with what was wrong with *act*, if anything was."""
    days = settings.days_of(staff().tenant)
    today = days.on(clock.now())
    monday = _monday(request.values.get("from", ""), today)
    starts, ends = slots.window(days, monday, monday + 6 * DAY)
    with runtime().database.reading(staff().tenant_id) as session:
        names = list(slots.resources(session))
        wanted = request.values.get("resource", "")
        chosen = wanted if wanted in names else names[0] if names else ""
        found = slots.between(session, starts, ends, chosen)
        rows = appointment_lists.between(session, starts, ends, chosen)
        page = render_template(
            "appointments.html",
            week=[
                (monday + n * DAY, [one for one in found if days.on(one.slot.starts_at) == monday + n * DAY])
                for n in range(7)
            ],
            taken=appointment_lists.by_slot(rows),
            resources=names,
            chosen=chosen,
            today=today,
            before=monday - WEEK,
            after=monday + WEEK,
            monday=monday,
            whom=_customer(session, request.values.get("customer", 0, type=int)),
            weekdays=WEEKDAYS,
            zone=staff().tenant.zone,
            act=act,
            faults=faults or {},
            entered=request.form,
        )
    return make_response(page, status)


def week_of(resource: str, on: date) -> str:
    """The address of the week that *on* lies in."""
    values: dict[str, Any] = {"resource": resource, "from": on}
    return url_for("console.appointments.index", **values)


def _monday(text: str, today: date) -> date:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        on = today
    on = on if YEARS[0] < on.year < YEARS[1] else today
    return on - on.weekday() * DAY


def _form(error: CarillonError | None = None) -> Response:
    """Search for a customer first; then the form."""
    values = request.values
    with runtime().database.reading(staff().tenant_id) as session:
        slot = slots.get(session, values.get("slot", 0, type=int))
        whom = _customer(session, values.get("customer", 0, type=int))
        text = values.get("q", "").strip()[:80]
        page = render_template(
            "appointment_book.html",
            slot=slot,
            whom=whom,
            q=text,
            rows=customers.search(session, text, FOUND) if text and not whom else [],
            token=values.get("token", "")[:40] or clock.new_token(),
            faults=_faults(error) if error else {},
            entered=request.form,
        )
    return make_response(page, error.status if error else 200)


def _faults(error: CarillonError) -> dict[str, str]:
    """What was wrong; here customers are looked for, and nobody knows their ids."""
    found = forms.told(error)
    if "customer_id" in found:
        found["customer_id"] = _("Find the customer by name, number or plate, and choose who it is.")
    return found


def _customer(session: Session, customer_id: int) -> customers.File | None:
    if not 0 < customer_id <= MAX_ID:
        return None
    try:
        found = customers.get(session, customer_id)
    except NotFound:
        return None
    return None if found.customer.erased_at else found


def _change(session: Session, appointment_id: int, act: str) -> int:
    """Do *act*; the appointment to look at next."""
    found = appointments.get(session, appointment_id)
    tenant, who, reason = staff().tenant, staff().email, request.form.get("reason", "")
    match act:
        case "move":
            slot_id = request.form.get("slot", 0, type=int)
            return appointments.reschedule(session, tenant, found, slot_id, who, reason).id
        case "cancel":
            appointments.cancel(session, found, who, reason)
        case "confirm":
            appointments.confirm(session, found, who)
        case _:
            appointments.close(session, tenant, found, act == "kept", who)
    return found.id


def _page(appointment_id: int, act: str = "", error: CarillonError | None = None) -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        row = appointment_lists.one(session, appointment_id)
        page = render_template(
            "appointment.html",
            row=row,
            a=row.appointment,
            later=appointment_lists.later_of(session, appointment_id),
            choices=_choices(session, row) if row.appointment.state in COMING else {},
            is_coming=row.appointment.state in COMING,
            has_begun=row.slot.starts_at <= clock.now(),
            is_today=settings.days_of(staff().tenant).on(row.slot.starts_at)
            <= settings.days_of(staff().tenant).on(clock.now()),
            act=act,
            said=next(iter(forms.told(error).values())) if error else "",
            entered=request.form,
        )
    return make_response(page, error.status if error else 200)


def _choices(session: Session, row: appointment_lists.Row) -> dict[date, list[Any]]:
    """The free slots to move to, by day: those of the same resource first on each."""
    days = settings.days_of(staff().tenant)
    by_day: dict[date, list[Any]] = {}
    for one in slots.free(session, clock.now(), limit=CHOICES):
        if one.slot.id != row.slot.id:
            by_day.setdefault(days.on(one.slot.starts_at), []).append(one.slot)
    for found in by_day.values():
        found.sort(key=lambda slot: (slot.resource != row.slot.resource, slot.starts_at))
    return by_day
