"""Attempts nobody knows the end of: staff look them up and decide."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from broadcast import campaigns
from console.access import allowed, staff
from console.web import go
from core.errors import Conflict
from core.runtime import runtime
from outbound import doubts

SHOWN = 100

bp = Blueprint("doubts", __name__, url_prefix="/campaigns")


@bp.get("/<int:campaign_id>/unknown")
@allowed("marketing", "supervisor", "auditor")
def index(campaign_id: int) -> Response:
    """Those of one campaign, oldest first."""
    return _list(campaign_id)


@bp.post("/<int:campaign_id>/unknown/<int:attempt_id>/<any(sent, not_sent):verdict>")
@allowed("marketing", "supervisor")
def decide(campaign_id: int, attempt_id: int, verdict: str) -> BaseResponse:
    """It was sent, or it was not and is sent again."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            campaigns.get(session, campaign_id)
            doubts.decide(session, attempt_id, verdict, staff().email)
    except Conflict as error:
        return _list(campaign_id, 409, _refused(error.code))
    return go(url_for(".index", campaign_id=campaign_id))


def _refused(code: str) -> str:
    if code == "too_late":
        return str(_("It cannot be sent again: its campaign or its time is over."))
    return str(_("It is known by now how this one ended. Nothing was changed."))


def _list(campaign_id: int, status: int = 200, said: str = "") -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        campaign = campaigns.get(session, campaign_id)
        rows = doubts.shown(session, f"campaign:{campaign.id}", SHOWN + 1)
    page = render_template(
        "campaign_unknown.html", c=campaign, rows=rows[:SHOWN], has_more=len(rows) > SHOWN, said=said
    )
    return make_response(page, status)
