"""Single people in a campaign: find one, and see why they were reached, held or left out."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from broadcast import campaigns
from broadcast.people import stories
from console.access import READERS, allowed, staff
from core.runtime import runtime

SHOWN = 20

bp = Blueprint("recipients", __name__, url_prefix="/campaigns/<int:campaign_id>/people")


@bp.get("")
@allowed(*READERS)
def index(campaign_id: int) -> str:
    """The people of one campaign found by name, number, reference or plate."""
    text = request.args.get("q", "").strip()[:80]
    with runtime().database.reading(staff().tenant_id) as session:
        campaign = campaigns.get(session, campaign_id)
        found = stories(session, campaign, text, SHOWN + 1) if text else []
    return render_template(
        "campaign_people.html", c=campaign, asked=text, people=found[:SHOWN], has_more=len(found) > SHOWN
    )
