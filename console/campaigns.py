"""Campaigns: all of them, and one as it runs."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from broadcast import abandonment, campaigns, queries
from broadcast.certificate import certificate as certificate_of
from broadcast.models import Campaign
from broadcast.standing import standing
from console.access import EVERYONE, allowed, is_fragment, staff
from console.hours_words import fields as hours_fields
from console.nav import Entry
from console.pause_words import hold_words
from console.web import fragment, go
from core import clock
from core.errors import Conflict
from core.runtime import runtime
from core.states import terminal

LATEST = 8
ENDS = terminal(Campaign.STATES)
# what staff may ask for, by the state it leads to
CHANGES = {"pause": "paused", "resume": "running", "cancel": "cancelled"}

bp = Blueprint("campaigns", __name__, url_prefix="/campaigns")
NAV = Entry("outreach", "megaphone", lazy_gettext("Campaigns"), "campaigns.index")


@bp.get("")
@allowed(*EVERYONE)
def index() -> Response:
    """Every campaign, newest first."""
    with runtime().database.reading(staff().tenant_id) as session:
        rows = queries.campaigns(session)
    return fragment("_campaigns.html", "campaigns.html", rows=rows, ends=ENDS)


@bp.get("/<int:campaign_id>")
@allowed(*EVERYONE)
def show(campaign_id: int) -> Response:
    """One campaign: the page asks again for its part while something may still change."""
    return live(campaign_id)


@bp.get("/<int:campaign_id>/cancel")
@allowed("marketing", "supervisor")
def ask(campaign_id: int) -> str:
    """Ask again before what cannot be undone, for browsers that do not open the dialog."""
    with runtime().database.reading(staff().tenant_id) as session:
        progress = queries.progress(session, campaigns.get(session, campaign_id))
    return render_template("campaign_ask.html", c=progress)


@bp.post("/<int:campaign_id>/<any(pause, resume, cancel):change>")
@allowed("marketing", "supervisor")
def change(campaign_id: int, change: str) -> BaseResponse:
    """Pause, resume or stop; drafts.py launches."""
    try:
        _carry_out(change, campaign_id)
    except Conflict:
        return live(campaign_id, 409, _("The campaign had already changed. This is its latest state."))
    if is_fragment():
        return live(campaign_id, said=_said(change))
    return go(url_for(".show", campaign_id=campaign_id))


def _carry_out(change: str, campaign_id: int) -> None:
    database, tenant_id, who = runtime().database, staff().tenant_id, staff().email
    act = {"pause": campaigns.pause, "resume": campaigns.resume, "cancel": campaigns.cancel}[change]
    with database.session(tenant_id) as session:
        act(session, campaigns.get(session, campaign_id), who)


@bp.get("/<int:campaign_id>/certificate.json")
@allowed(*EVERYONE)
def certificate(campaign_id: int) -> Response:
    """The certificate as programs read it."""
    with runtime().database.reading(staff().tenant_id) as session:
        answer = jsonify(certificate_of(session, campaigns.get(session, campaign_id)))
    answer.headers["Content-Disposition"] = f"attachment; filename=certificate-{campaign_id}.json"
    return answer


def live(campaign_id: int, status: int = 200, said: str = "") -> Response:
    """The page of a campaign, or for htmx its changing part; *said* is what to tell about what was just done or refused."""
    with runtime().database.reading(staff().tenant_id) as session:
        campaign = campaigns.get(session, campaign_id)
        progress = queries.progress(session, campaign)
        latest = queries.latest_attempts(session, campaign, LATEST)
        # the rows of what was stopped are written off one after the other
        is_settled = progress.state in ENDS and progress.ended == progress.targeted
        proof = certificate_of(session, campaign) if is_settled else None
        held_up = standing(session, campaign)
        abandoned = abandonment.periods(session, campaign, clock.now())
        own_hours = campaign.definition.get("hours")
    return fragment(
        "_campaign_live.html",
        "campaign.html",
        status,
        c=progress,
        latest=latest,
        certificate=proof,
        changes=_changes(progress.state),
        is_over=progress.state in ENDS,
        is_settled=is_settled,
        standing=held_up,
        abandonment=abandoned,
        own_hours=own_hours,
        hours=hours_fields(own_hours),
        faults={},
        said=said,
    )


def _changes(state: str) -> list[str]:
    """What may be asked of a campaign in *state*. What is being prepared goes on by itself: nobody resumes it."""
    leads_to = Campaign.STATES[state]
    return [
        name for name, to in CHANGES.items() if to in leads_to and (name, state) != ("resume", "preparing")
    ]


def _said(change: str) -> str:
    with runtime().database.reading(staff().tenant_id) as session:
        hold = queries.hold_on(session, staff().tenant_id)
    if change == "resume" and hold:
        return str(_("%(stopped)s. Nothing leaves until that is lifted.", stopped=hold_words(hold)))
    said = {
        "pause": _("Paused. What is already on its way will finish."),
        "resume": _("Sending again."),
        "cancel": _("Campaign stopped."),
    }
    return str(said[change])
