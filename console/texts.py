"""Texts that may be opt-outs: staff read them and decide. Until then marketing to their numbers waits."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from console import paging
from console.access import allowed, staff
from console.nav import Entry
from console.web import fragment, go
from core import clock
from core.errors import Conflict
from core.runtime import runtime
from outbound import reviewing

bp = Blueprint("texts", __name__, url_prefix="/texts")
NAV = Entry("customers", "message-square", lazy_gettext("Texts to read"), "texts.index")
STATES = ("waiting", "read")


@bp.get("")
@allowed("after_sales", "supervisor", "auditor")
def index() -> Response:
    """Those that wait, most urgent first, or those that were read."""
    state = request.args.get("state", "")
    return _list(state if state in STATES else "waiting")


@bp.post("/<int:text_id>/<any(opt_out, allow, dismiss):decision>")
@allowed("after_sales", "supervisor")
def decide(text_id: int, decision: str) -> BaseResponse:
    """It is an opt-out, it is none, or it is nothing at all."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            reviewing.decide(session, text_id, decision, staff().email)
    except Conflict:
        return _list("waiting", 409, _("Somebody had already decided about this text."))
    return go(url_for(".index"))


def _list(state: str, status: int = 200, said: str = "") -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        if state == "read":
            read = reviewing.read(session, limit=paging.LIMIT, before_id=paging.before_id())
            rows, older = paging.cut(read, lambda row: row.id)
        else:
            rows, older = reviewing.waiting(session), None
    return fragment(
        "_texts.html", "texts.html", status, rows=rows, older=older, state=state, now=clock.now(), said=said
    )
