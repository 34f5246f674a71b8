"""The hours of a campaign under way: changed while it runs, audited."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from broadcast import campaigns, limits
from console.access import allowed, staff
from console.hours_words import chosen, fields
from console.web import go
from core.errors import WrongFields
from core.runtime import runtime

bp = Blueprint("hours", __name__, url_prefix="/campaigns")


@bp.get("/<int:campaign_id>/hours")
@allowed("marketing", "supervisor")
def form(campaign_id: int) -> Response:
    """The hours as they are, to be changed."""
    with runtime().database.reading(staff().tenant_id) as session:
        hours = fields(campaigns.get(session, campaign_id).definition.get("hours"))
    return _form(campaign_id, hours, {})


@bp.post("/<int:campaign_id>/hours")
@allowed("marketing", "supervisor")
def change(campaign_id: int) -> BaseResponse:
    """Keep other hours from now on; whoever waits for an hour is asked about anew."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            campaign = campaigns.get(session, campaign_id)
            limits.set_hours(session, campaign, chosen(request.form), staff().email)
    except WrongFields as error:
        return _form(campaign_id, request.form, {fault.field: _advice(fault.field) for fault in error.faults})
    return go(url_for("console.campaigns.show", campaign_id=campaign_id))


def _advice(day: str) -> str:
    if day == "holidays":
        return str(
            _("Enter hours such as 09:00-17:00, or closed, or nothing: then they are as any other day.")
        )
    return str(_("Enter hours such as 09:00-17:00, or closed."))


def _form(campaign_id: int, hours: object, faults: dict[str, str]) -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        campaign = campaigns.get(session, campaign_id)
    page = render_template("campaign_hours.html", c=campaign, hours=hours, faults=faults)
    return make_response(page, 422 if faults else 200)
