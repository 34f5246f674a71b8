"""Changing a draft: the whole document is read anew, and whatever was approved or rehearsed before counts no more."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import delete, select

from broadcast import approval, campaigns
from broadcast.definition import read
from broadcast.models import Campaign, Recipient, Wave
from core import audit
from core.db import ScopedSession
from core.errors import Conflict
from core.models import Tenant


def edit(
    session: ScopedSession,
    tenant: Tenant,
    campaign: Campaign,
    text: str,
    who: str,
    folder: Path | None = None,
) -> None:
    """
    Make the YAML document *text* what *campaign* is; its audience file is looked for in *folder*.

    A document that names the audience file it was created with, and comes without one, keeps its list. Raises Conflict
    once it was launched, Invalid as `campaigns.create` does.
    """
    if campaign.state not in ("draft", "waiting"):
        raise Conflict(
            "bad_transition",
            "campaign {id} is {state}; only a draft can be changed",
            id=campaign.id,
            state=campaign.state,
        )
    definition = read(text)
    campaigns.check_placeholders(definition)
    taken = select(Campaign.id).where(Campaign.name == definition.name, Campaign.id != campaign.id)
    if session.scalar(taken):
        raise Conflict(
            "name_taken", "there is a campaign called {name!r}; choose another name", name=definition.name
        )
    approval.void(session, campaign, who)
    file, before = definition.audience.file, campaign.definition["audience"].get("file")
    keeps_list = folder is None and file is not None and file == before
    session.execute(delete(Wave).where(Wave.campaign_id == campaign.id))
    if not keeps_list:
        session.execute(delete(Recipient).where(Recipient.campaign_id == campaign.id))
    campaign.name, campaign.purpose = definition.name, definition.purpose
    campaign.definition, campaign.document = definition.model_dump(), text
    campaigns.fill(session, tenant, campaign, definition, folder, keeps_list=keeps_list)
    audit.record(session, tenant.id, who, "edit", f"campaign:{campaign.id}")
