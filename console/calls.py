"""Calls: what the hotline heard and said."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, render_template, request, send_file
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from aftersales import recordings as call_recordings
from console import paging
from console.access import READERS, allowed, staff
from console.nav import Entry
from console.voicemail import LISTENERS
from console.web import fragment
from core.runtime import runtime
from ivr import queries, recordings

FILTERS = {"direction": ("in", "out"), "state": ("live", "ended")}

bp = Blueprint("calls", __name__, url_prefix="/calls")
NAV = Entry("hotline", "phone-call", lazy_gettext("Calls"), "calls.index")


@bp.get("")
@allowed(*READERS)
def index() -> Response:
    """Calls, newest first, a page at a time."""
    filters = {name: request.args[name] for name, words in FILTERS.items() if request.args.get(name) in words}
    before_id = paging.before_id()
    with runtime().database.reading(staff().tenant_id) as session:
        rows = queries.calls(session, limit=paging.LIMIT, before_id=before_id, filters=filters)
    shown, older = paging.cut(rows, lambda row: row.id)
    return fragment("_calls.html", "calls.html", rows=shown, older=older, before=before_id, filters=filters)


@bp.get("/<int:call_id>")
@allowed(*READERS)
def show(call_id: int) -> str:
    """One call with every step."""
    with runtime().database.reading(staff().tenant_id) as session:
        found = queries.call(session, call_id)
        recorded = call_recordings.of_call(session, found.row.carrier_id)
        return render_template("call.html", found=found, recordings=recorded)


@bp.get("/recordings/<int:recording_id>/audio")
@allowed(*LISTENERS)
def audio(recording_id: int) -> BaseResponse:
    """A call recorded as proof, fetched from the carrier, which asks for our credentials; who heard it is on record."""
    with runtime().database.session(staff().tenant_id) as session:
        found = call_recordings.hear(session, recording_id, staff().email)
    sound = recordings.fetch(runtime().config, found.recording_id)
    return send_file(BytesIO(sound), mimetype="audio/wav", conditional=True, max_age=0)
