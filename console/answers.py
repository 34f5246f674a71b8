"""What came back of a campaign: texts by what they mean, and the answers keyed in during its calls."""

from __future__ import annotations

from flask import Blueprint, Response

from broadcast import campaigns, waves
from console import paging
from console.access import EVERYONE, allowed, staff
from console.web import fragment
from core.runtime import runtime
from ivr import answers as keyed
from outbound import answers as texted

bp = Blueprint("answers", __name__, url_prefix="/campaigns/<int:campaign_id>/answers")


@bp.get("")
@allowed(*EVERYONE)
def index(campaign_id: int) -> Response:
    """Counted and, for texts, the latest one by one."""
    with runtime().database.reading(staff().tenant_id) as session:
        campaign = campaigns.get(session, campaign_id)
        sources = [source.id for source in waves.sources(session, campaign)]
        latest = texted.latest(session, sources, limit=paging.LIMIT, before_id=paging.before_id())
        shown, older = paging.cut(latest, lambda row: row.id)
        return fragment(
            "_answers.html",
            "answers.html",
            c=campaign,
            texts=texted.counts(session, sources),
            latest=shown,
            older=older,
            calls=keyed.counts(session, sources),
        )
