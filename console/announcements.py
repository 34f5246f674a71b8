"""What every caller hears first: what is said now, what will be, and the form for another."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from console import forms
from console.access import allowed, staff
from console.nav import Entry
from console.web import go, local
from core import clock
from core.errors import Conflict, Fault, Invalid, WrongFields
from core.runtime import runtime
from ivr import announcements

EMPTY = {"starts_at": "", "ends_at": ""}

bp = Blueprint("announcements", __name__, url_prefix="/announcements")
NAV = Entry("hotline", "megaphone", lazy_gettext("Announcements"), "announcements.index")


@bp.get("")
@allowed("after_sales", "supervisor", "auditor")
def index() -> Response:
    """Announcements, the newest first."""
    return _page()


@bp.post("")
@allowed("supervisor")
def announce() -> BaseResponse:
    """Say something to every caller. Without a start, from now on."""
    try:
        starts_at = _moment("starts_at") if request.form.get("starts_at") else clock.now()
        ends_at = _moment("ends_at")
        texts = {
            name.removeprefix("text_"): value
            for name, value in request.form.items()
            if name.startswith("text_")
        }
        with runtime().database.session(staff().tenant_id) as session:
            announcements.announce(session, staff().tenant, texts, starts_at, ends_at, staff().email)
    except (Invalid, Conflict) as error:
        return _page(error.status, forms.told(error))
    return go(url_for(".index"))


@bp.post("/<int:announcement_id>/end")
@allowed("supervisor")
def end(announcement_id: int) -> BaseResponse:
    """Say it no more."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            announcements.end(session, staff().tenant, announcement_id, staff().email)
    except Conflict as error:
        return _page(error.status, forms.told(error))
    return go(url_for(".index"))


def _moment(name: str) -> datetime:
    if (at := local(name)) is None:
        raise WrongFields([Fault(name, "bad_moment", "enter a day and a time")])
    return at


def _page(status: int = 200, faults: dict[str, str] | None = None) -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        page = render_template(
            "announcements.html",
            rows=announcements.listed(session, staff().tenant_id),
            spoken=announcements.languages(session, staff().tenant_id),
            now=clock.now(),
            faults=faults or {},
            entered=request.form if faults else EMPTY,
            most=announcements.MOST_CHARS,
        )
    return make_response(page, status)
