"""Messages callers left: listen, deal with, note what was done."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from console import forms
from console.access import allowed, staff
from console.nav import Entry
from console.web import fragment, go
from core import clock
from core.errors import Conflict
from core.runtime import runtime
from ivr import queries, recordings, voicemail

LISTENERS = ("after_sales", "supervisor", "auditor")
STATES = ("new", "done")

bp = Blueprint("voicemail", __name__, url_prefix="/voicemail")
NAV = Entry("hotline", "voicemail", lazy_gettext("Voicemail"), "voicemail.index")


@bp.get("")
@allowed(*LISTENERS)
def index() -> Response:
    """Messages: those that wait, most urgent first, or those that are done."""
    state = request.args.get("state", "")
    return _list(state if state in STATES else "new")


@bp.get("/<int:voicemail_id>/audio")
@allowed(*LISTENERS)
def audio(voicemail_id: int) -> BaseResponse:
    """The recording, fetched from the carrier, which asks for our credentials."""
    with runtime().database.reading(staff().tenant_id) as session:
        found = voicemail.get(session, voicemail_id)
    audio = recordings.fetch(runtime().config, found.recording_id)
    return send_file(BytesIO(audio), mimetype="audio/wav", conditional=True, max_age=0)


@bp.post("/<int:voicemail_id>/done")
@allowed("after_sales", "supervisor")
def done(voicemail_id: int) -> BaseResponse:
    """Close a message with a word on what was done."""
    form, faults = forms.read(forms.Done, request.form)
    with runtime().database.session(staff().tenant_id) as session:
        voicemail.get(session, voicemail_id)
        if form is not None:
            try:
                voicemail.done(session, voicemail_id, staff().staff_id, form.note)
            except Conflict:
                return _list("new", 409, said=_("Somebody had already dealt with this message."))
    if form is None:
        return _list(
            "new", 422, faults={voicemail_id: faults}, entered={voicemail_id: request.form.get("note", "")}
        )
    return go(url_for(".index"))


def _list(
    state: str,
    status: int = 200,
    said: str = "",
    faults: dict[int, forms.Faults] | None = None,
    entered: dict[int, str] | None = None,
) -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        rows = queries.voicemails(session, state)
    return fragment(
        "_voicemail.html",
        "voicemail.html",
        status,
        rows=rows,
        state=state,
        now=clock.now(),
        said=said,
        faults=faults or {},
        entered=entered or {},
        max_note=forms.MAX_NOTE,
    )
