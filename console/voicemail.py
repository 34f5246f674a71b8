"""Messages callers left: listen, deal with, note what was done."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, Response, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from console import forms
from console.access import allowed, staff
from console.nav import Entry
from console.web import fragment, go
from core.runtime import runtime
from ivr import queries, voicemail

LISTENERS = ("after_sales", "supervisor", "auditor")
STATES = ("new", "done")

bp = Blueprint("voicemail", __name__, url_prefix="/voicemail")
NAV = Entry("hotline", "voicemail", lazy_gettext("Voicemail"), "voicemail.index")


@bp.get("")
@allowed(*LISTENERS)
def index() -> Response:
    """Messages, those that wait first."""
    return _list(request.args.get("state", "new"))


@bp.get("/<int:voicemail_id>/audio")
@allowed(*LISTENERS)
def audio(voicemail_id: int) -> BaseResponse:
    """The recording, fetched from the carrier, which asks for our credentials."""
    with runtime().database.reading(staff().tenant_id) as session:
        message = voicemail.get(session, voicemail_id)
    found = voicemail.fetch_audio(runtime(), message)
    return send_file(BytesIO(found), mimetype="audio/wav", conditional=True, max_age=0)


@bp.post("/<int:voicemail_id>/done")
@allowed("after_sales", "supervisor")
def done(voicemail_id: int) -> BaseResponse:
    """Close a message with a word on what was done."""
    form, faults = forms.read(forms.Done, request.form)
    if form is None:
        return _list("new", faults={voicemail_id: faults}, entered={voicemail_id: request.form.get("note", "")})
    with runtime().database.session(staff().tenant_id) as session:
        voicemail.done(session, voicemail_id, staff().staff_id, form.note)
    return go(url_for(".index"))
