"""Events: what customers are invited to, and until when they are to be told of it."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from aftersales import events, settings
from aftersales.models import Event
from aftersales.models.events import EVENT_KINDS
from console import forms
from console.access import READERS, allowed, staff
from console.nav import Entry
from console.web import go
from core import clock
from core.errors import Invalid
from core.runtime import runtime

WRITERS = ("marketing", "after_sales", "supervisor")

bp = Blueprint("events", __name__, url_prefix="/events")
NAV = Entry("after_sales", "users", lazy_gettext("Events"), "events.index")


@bp.get("")
@allowed(*READERS)
def index() -> str:
    """Events, those furthest ahead first, with the last day of their calls."""
    tenant = staff().tenant
    days, rules = settings.days_of(tenant), settings.of(tenant)
    with runtime().database.reading(staff().tenant_id) as session:
        return render_template(
            "events.html",
            rows=events.every(session),
            calls_until=lambda event: days.before(event.held_on, rules.event_ahead),
            lacking=events.lacking,
            today=days.on(clock.now()),
        )


@bp.get("/new")
@allowed(*WRITERS)
def ask() -> Response:
    """The form for another event."""
    return _page(None)


@bp.post("/new")
@allowed(*WRITERS)
def enter() -> BaseResponse:
    """Enter it."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            events.enter(session, staff().tenant, _form(), staff().email)
    except Invalid as error:
        return _page(None, error.status, _told(error))
    return go(url_for(".index"))


@bp.get("/<int:event_id>")
@allowed(*READERS)
def show(event_id: int) -> Response:
    """One event."""
    with runtime().database.reading(staff().tenant_id) as session:
        return _page(events.get(session, event_id))


@bp.post("/<int:event_id>")
@allowed(*WRITERS)
def change(event_id: int) -> BaseResponse:
    """Everything about it anew."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            events.change(session, events.get(session, event_id), _form(), staff().email)
    except Invalid as error:
        with runtime().database.reading(staff().tenant_id) as session:
            return _page(events.get(session, event_id), error.status, _told(error))
    return go(url_for(".index"))


def _told(error: Invalid) -> forms.Faults:
    """By the fields of the form: content_en holds content.en."""
    return {name.replace(".", "_"): text for name, text in forms.told(error).items()}


def _form() -> events.Details:
    form = request.form
    return events.Details(
        form.get("name", ""),
        form.get("kind", ""),
        _day(form.get("held_on", "")),
        _day(form.get("ends_on", "")),
        form.get("hours", ""),
        form.get("address", ""),
        {language: form.get(f"content_{language}", "") for language in events.LANGUAGES},
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _page(event: Event | None, status: int = 200, faults: dict[str, str] | None = None) -> Response:
    kept: dict[str, object] = {}
    if event is not None:
        kept = {
            name: getattr(event, name) for name in ("name", "kind", "held_on", "ends_on", "hours", "address")
        }
        kept |= {f"content_{language}": event.content.get(language, "") for language in events.LANGUAGES}
    page = render_template(
        "event.html",
        event=event,
        kinds=EVENT_KINDS,
        faults=faults or {},
        entered=request.form if faults else kept,
    )
    return make_response(page, status)
