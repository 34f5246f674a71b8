"""/api/v1: campaigns from draft to certificate, by the same functions as the console and the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from flask import Blueprint, request
from sqlalchemy import select
from werkzeug.exceptions import UnsupportedMediaType

from broadcast import campaigns, queries
from broadcast.certificate import certificate as certificate_of
from broadcast.definition import Definition
from broadcast.models import Campaign, Recipient, Wave
from broadcast.rehearsal import running as rehearsing
from core.api import paging
from core.api.checks import Said, Told, read_object
from core.api.document import PREFIX
from core.api.endpoint import EVERYONE, caller, endpoint, writing
from core.api.paging import Listed, Page
from core.errors import Invalid, NotFound
from core.runtime import runtime

SENDERS = ("marketing", "supervisor")
YAML = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
bp = Blueprint("broadcast_api", __name__, url_prefix=PREFIX)


class CampaignPage(Page):
    """Only campaigns in a state."""

    state: Literal["draft", "waiting", "preparing", "running", "paused", "finished", "cancelled"] | None = (
        None
    )


class RecipientPage(Page):
    """Only recipients in a state."""

    state: Literal["open", "reached", "failed", "blocked", "unknown"] | None = None


class WaveTold(Told):
    """One channel step; its deliveries are those of *source_id*."""

    position: int
    channel: str
    source_id: int | None


class CampaignTold(Told):
    """A campaign. *reason* says why it stands still."""

    id: int
    name: str
    purpose: str
    state: str
    reason: str
    created_by: str
    created_at: datetime
    launched_by: str
    launched_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None


class CampaignInFull(CampaignTold):
    """A campaign with its definition and waves."""

    definition: dict[str, Any]
    waves: list[WaveTold]


class HoldTold(Told):
    """The brake that keeps everything from leaving: *reason* `stopped` by *who*, or `restored` with the database."""

    reason: str
    who: str
    at: datetime


class ProgressTold(Told):
    """
    How a campaign stands. Everyone targeted is counted once: ended + held + waiting + in_flight = targeted. While a *hold*
    keeps it from sending, *rate_per_min* is 0 and *eta_at* null.
    """

    id: int
    name: str
    state: str
    targeted: int
    ended: int
    reached: int
    unknown: int
    waiting: int
    in_flight: int
    rate_per_min: float
    eta_at: datetime | None
    next_due_at: datetime | None
    reason: str
    failed: Mapping[str, int]
    blocked: Mapping[str, int]
    held: Mapping[str, int]
    hold: HoldTold | None


class AbandonmentTold(Told):
    """
    Thirty days of a campaign that brings people to agents: of those who answered, how many asked for one, were with one within two
    seconds, or were abandoned.
    """

    since: datetime
    until: datetime
    live_answered: int
    asked: int
    bridged: int
    abandoned: int


class CertificateTold(Told):
    """The proof of how a campaign went; *abandonment* is empty where it brings nobody to agents."""

    campaign: str
    state: str
    targeted: int
    allowed: int
    attempted: int
    reached: int
    blocked: dict[str, int]
    failed: dict[str, int]
    unknown: int
    contacted_twice: int
    abandonment: list[AbandonmentTold]


class RecipientTold(Told):
    """A customer in a campaign; *reason* is the rule or cause of the end."""

    id: int
    customer_id: int
    state: str
    reason: str
    ended_at: datetime | None


class ForecastTold(Told):
    """A rehearsal of the launch: *state* waiting, running, done or failed (*reason*); *result* is what it found."""

    id: int
    state: str
    percent: int
    result: dict[str, Any]
    reason: Said
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None


@bp.get("/campaigns")
@endpoint(*EVERYONE, tag="campaigns", query=CampaignPage, answer=Listed[CampaignTold])
def list_campaigns(query: CampaignPage) -> Listed[CampaignTold]:
    """Campaigns, newest first."""
    wanted = select(Campaign)
    if query.state:
        wanted = wanted.where(Campaign.state == query.state)
    with runtime().database.reading(caller().tenant_id) as session:
        found, next_ = paging.rows(session, wanted, Campaign.id, "campaigns", query, newest_first=True)
        return paging.listed(found, CampaignTold.model_validate, next_)


@bp.post("/campaigns")
@endpoint(
    *SENDERS,
    tag="campaigns",
    body=Definition,
    raw=True,
    answer=CampaignTold,
    status=201,
    location=PREFIX + "/campaigns/{id}",
)
def create_campaign() -> CampaignTold:
    """
    Make a draft from the YAML document (Content-Type: application/yaml) or the same fields as JSON.

    An audience is a segment here; a file of customers is imported first.
    """
    campaign = campaigns.create(writing(), caller().tenant, _document(), caller().who)
    return CampaignTold.model_validate(campaign)


def _document() -> str:
    body = request.get_data()
    if request.mimetype in YAML:
        try:
            return body.decode()
        except UnicodeDecodeError as error:
            raise Invalid(
                "bad_text", "send the document as UTF-8 (byte {start} is none)", start=error.start
            ) from None
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("send the campaign as application/yaml or application/json")
    return json.dumps(read_object(body), ensure_ascii=False)  # YAML holds JSON: one reader for both


@bp.get("/campaigns/<int:campaign_id>")
@endpoint(*EVERYONE, tag="campaigns", answer=CampaignInFull)
def get_campaign(campaign_id: int) -> CampaignInFull:
    """One campaign, with its definition and waves."""
    with runtime().database.reading(caller().tenant_id) as session:
        campaign = campaigns.get(session, campaign_id)
        waves = session.scalars(
            select(Wave).where(Wave.campaign_id == campaign_id).order_by(Wave.position)
        ).all()
        return CampaignInFull(
            **CampaignTold.model_validate(campaign).model_dump(),
            definition=campaign.definition,
            waves=[WaveTold.model_validate(wave) for wave in waves],
        )


@bp.post("/campaigns/<int:campaign_id>/forecast")
@endpoint(*SENDERS, tag="campaigns", answer=ForecastTold, status=202)
def ask_forecast(campaign_id: int) -> ForecastTold:
    """Have the worker foretell a launch of a draft: finish, cost, sends by hour and zone, who is left over. Nothing is sent."""
    asked = rehearsing.ask(writing(), campaigns.get(writing(), campaign_id), caller().who)
    return ForecastTold.model_validate(asked)


@bp.get("/campaigns/<int:campaign_id>/forecast")
@endpoint(*EVERYONE, tag="campaigns", answer=ForecastTold)
def get_forecast(campaign_id: int) -> ForecastTold:
    """The forecast that was asked for last."""
    with runtime().database.reading(caller().tenant_id) as session:
        found = rehearsing.latest(session, campaigns.get(session, campaign_id))
    if found is None:
        raise NotFound(
            "no_forecast", "nobody has asked for a forecast of this campaign; POST to this address"
        )
    return ForecastTold.model_validate(found)


@bp.post("/campaigns/<int:campaign_id>/pause")
@endpoint(*SENDERS, tag="campaigns", answer=CampaignTold)
def pause_campaign(campaign_id: int) -> CampaignTold:
    """Let nothing more leave until it is resumed."""
    campaign = campaigns.get(writing(), campaign_id)
    campaigns.pause(writing(), campaign, caller().who)
    return CampaignTold.model_validate(campaign)


@bp.post("/campaigns/<int:campaign_id>/resume")
@endpoint(*SENDERS, tag="campaigns", answer=CampaignTold)
def resume_campaign(campaign_id: int) -> CampaignTold:
    """Go on."""
    campaign = campaigns.get(writing(), campaign_id)
    campaigns.resume(writing(), campaign, caller().who)
    return CampaignTold.model_validate(campaign)


@bp.post("/campaigns/<int:campaign_id>/cancel")
@endpoint(*SENDERS, tag="campaigns", answer=CampaignTold)
def cancel_campaign(campaign_id: int) -> CampaignTold:
    """Give up everything that has not left yet, for good."""
    campaign = campaigns.get(writing(), campaign_id)
    campaigns.cancel(writing(), campaign, caller().who)
    return CampaignTold.model_validate(campaign)


@bp.get("/campaigns/<int:campaign_id>/progress")
@endpoint(*EVERYONE, tag="campaigns", answer=ProgressTold)
def progress_of_campaign(campaign_id: int) -> ProgressTold:
    """How a campaign stands now."""
    with runtime().database.reading(caller().tenant_id) as session:
        return ProgressTold.model_validate(queries.progress(session, campaigns.get(session, campaign_id)))


@bp.get("/campaigns/<int:campaign_id>/certificate")
@endpoint(*EVERYONE, tag="campaigns", answer=CertificateTold)
def certificate_of_campaign(campaign_id: int) -> CertificateTold:
    """The proof of how a campaign went."""
    with runtime().database.reading(caller().tenant_id) as session:
        found = certificate_of(session, campaigns.get(session, campaign_id))
    return CertificateTold.model_validate(found)


@bp.get("/campaigns/<int:campaign_id>/recipients")
@endpoint(*EVERYONE, tag="campaigns", query=RecipientPage, answer=Listed[RecipientTold])
def list_recipients(campaign_id: int, query: RecipientPage) -> Listed[RecipientTold]:
    """Everyone in a campaign, and how it ended for them."""
    with runtime().database.reading(caller().tenant_id) as session:
        mine = select(Recipient).where(Recipient.campaign_id == campaigns.get(session, campaign_id).id)
        if query.state:
            mine = mine.where(Recipient.state == query.state)
        found, next_ = paging.rows(session, mine, Recipient.id, "recipients", query)
        return paging.listed(found, RecipientTold.model_validate, next_)
