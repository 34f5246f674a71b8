"""Callers who are turned away, and why."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from console import forms
from console.access import allowed, staff
from console.nav import Entry
from console.web import go
from core.errors import NotFound, WrongFields
from core.runtime import runtime
from ivr import blocking
from ivr.models import BlockedCaller

bp = Blueprint("blocked", __name__, url_prefix="/blocked-callers")
NAV = Entry("hotline", "ban", lazy_gettext("Blocked callers"), "blocked.index")


@bp.get("")
@allowed("after_sales", "supervisor", "auditor")
def index() -> Response:
    """Whom the hotline turns away, the newest first."""
    return _page()


@bp.post("")
@allowed("supervisor")
def block() -> BaseResponse:
    """Turn a caller away from now on."""
    form = request.form
    try:
        with runtime().database.session(staff().tenant_id) as session:
            blocking.block(
                session, staff().tenant, form.get("number", ""), form.get("why", ""), staff().email
            )
    except WrongFields as error:
        return _page(error.status, forms.told(error))
    return go(url_for(".index"))


@bp.post("/numbers")
@allowed("supervisor")
def numbers() -> Response:
    """Their whole numbers; that they were shown is on record."""
    with runtime().database.session(staff().tenant_id) as session:
        rows = blocking.shown(session, staff().tenant, staff().email)
    return _page(rows=rows, whole=True)


@bp.post("/<int:blocked_id>/unblock")
@allowed("supervisor")
def unblock(blocked_id: int) -> BaseResponse:
    """Answer this caller again."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            blocking.unblock(session, staff().tenant, blocked_id, staff().email)
    except NotFound as error:
        return _page(error.status, forms.told(error))
    return go(url_for(".index"))


def _page(
    status: int = 200,
    faults: dict[str, str] | None = None,
    rows: Sequence[BlockedCaller] | None = None,
    whole: bool = False,
) -> Response:
    if rows is None:
        with runtime().database.reading(staff().tenant_id) as session:
            rows = blocking.listed(session, staff().tenant_id)
    page = render_template(
        "blocked.html",
        rows=rows,
        whole=whole,
        faults=faults or {},
        entered=request.form if faults else {"number": "", "why": ""},
    )
    return make_response(page, status)
