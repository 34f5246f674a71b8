"""Calls: what the hotline heard and said."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask_babel import lazy_gettext

from console.access import READERS, allowed, staff
from console.nav import Entry
from console.web import fragment
from core.db import MAX_ID
from core.runtime import runtime
from ivr import queries

PER_PAGE = 50
FILTERS = {"direction": ("in", "out"), "state": ("live", "ended")}

bp = Blueprint("calls", __name__, url_prefix="/calls")
NAV = Entry("hotline", "phone-call", lazy_gettext("Calls"), "calls.index")


@bp.get("")
@allowed(*READERS)
def index() -> Response:
    """Calls, newest first, a page at a time."""
    filters = {name: request.args[name] for name, words in FILTERS.items() if request.args.get(name) in words}
    before = request.args.get("before", type=int)
    before_id = min(before, MAX_ID) if before else None
    with runtime().database.reading(staff().tenant_id) as session:
        rows = queries.calls(session, limit=PER_PAGE + 1, before_id=before_id, filters=filters)
    older = rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None
    return fragment(
        "_calls.html", "calls.html", rows=rows[:PER_PAGE], older=older, before=before_id, filters=filters
    )


@bp.get("/<int:call_id>")
@allowed(*READERS)
def show(call_id: int) -> str:
    """One call with every step."""
    with runtime().database.reading(staff().tenant_id) as session:
        return render_template("call.html", found=queries.call(session, call_id))
