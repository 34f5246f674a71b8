"""
/api/v1: the launch of a campaign, and a second person's word on one that is too large for one.

A key is no person: who may approve gets a supervisor's key of their own, and no key approves what it, or another of the same
name, has asked for.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from flask import Blueprint
from pydantic import Field

from broadcast import approval, campaigns, launching
from broadcast.api import SENDERS, CampaignTold
from core.api.checks import Sent, Text, Told
from core.api.document import PREFIX
from core.api.endpoint import EVERYONE, caller, endpoint, writing
from core.errors import NotFound
from core.runtime import runtime

APPROVERS = ("supervisor",)
bp = Blueprint("launch_api", __name__, url_prefix=PREFIX)


class LaunchSent(Sent):
    """*override*: why to launch although the same message went to the same people within a day."""

    override: Annotated[Text, Field(max_length=launching.MAX_REASON)] = ""


class SendBackSent(Sent):
    """*reason*: what is to be mended."""

    reason: Annotated[Text, Field(min_length=1, max_length=approval.MAX_REASON)]


class ApprovalTold(Told):
    """What a second person was asked last: *state* asked, given, refused (*reason*) or void; *override* is why a double is to go."""

    id: int
    state: str
    override: str
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    reason: str


@bp.post("/campaigns/<int:campaign_id>/launch")
@endpoint(*SENDERS, tag="campaigns", body=LaunchSent, answer=CampaignTold)
def launch_campaign(campaign_id: int, body: LaunchSent) -> CampaignTold:
    """
    Check carriers and every recipient's content, then send; above the company's limit it is `waiting` for a second person.

    400 says what to mend, 409 what stands in its way (`launch_double`: send it again with an `override`).
    """
    ready = launching.ready(runtime(), caller().tenant_id, campaign_id)
    campaign = campaigns.get(writing(), campaign_id)
    launching.launch(writing(), campaign, ready, caller().who, body.override)
    return CampaignTold.model_validate(campaign)


@bp.get("/campaigns/<int:campaign_id>/approval")
@endpoint(*EVERYONE, tag="campaigns", answer=ApprovalTold)
def get_approval(campaign_id: int) -> ApprovalTold:
    """What a second person was asked last about this campaign, and the answer."""
    with runtime().database.reading(caller().tenant_id) as session:
        found = approval.latest(session, campaigns.get(session, campaign_id))
    if found is None:
        raise NotFound("no_approval", "nobody has asked for an approval of this campaign")
    return ApprovalTold.model_validate(found)


@bp.post("/campaigns/<int:campaign_id>/approve")
@endpoint(*APPROVERS, tag="campaigns", answer=CampaignTold)
def approve_campaign(campaign_id: int) -> CampaignTold:
    """
    Let a launch that waits go, as the second person.

    403 for what this key asked for itself; 409 if nobody asks, it has changed since, or something stands in its way by now.
    """
    ready = launching.ready(runtime(), caller().tenant_id, campaign_id)
    campaign = campaigns.get(writing(), campaign_id)
    launching.approve(writing(), campaign, ready, caller().who)
    return CampaignTold.model_validate(campaign)


@bp.post("/campaigns/<int:campaign_id>/send-back")
@endpoint(*SENDERS, tag="campaigns", body=SendBackSent, answer=CampaignTold)
def send_campaign_back(campaign_id: int, body: SendBackSent) -> CampaignTold:
    """Make a launch that waits a draft again, with a reason; whoever asked may take it back so, too."""
    campaign = campaigns.get(writing(), campaign_id)
    approval.send_back(writing(), campaign, caller().who, body.reason)
    return CampaignTold.model_validate(campaign)
