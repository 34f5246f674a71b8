"""What each wave of a campaign would say if it were launched now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broadcast.campaigns import content_of
from broadcast.definition import Definition
from broadcast.models import Campaign
from core.db import ScopedSession
from core.errors import NotFound
from core.models import Tenant


@dataclass(frozen=True)
class Said:
    """The wave at *position* (from 1), with what its source would carry and its own retries."""

    position: int
    channel: str
    content: Mapping[str, Any]
    retries: Mapping[str, Any]


def said_by(session: ScopedSession, campaign: Campaign) -> list[Said]:
    """Every wave in order. Raises NotFound if a flow it plays is not published."""
    definition = Definition.model_validate(campaign.definition)
    tenant = session.get_one(Tenant, campaign.tenant_id)
    return [
        Said(
            position,
            step.channel,
            content_of(session, tenant, definition, step),
            {cause: retry.model_dump() for cause, retry in step.retries.items()},
        )
        for position, step in enumerate(definition.waves, 1)
    ]


def said_in(session: ScopedSession, campaign: Campaign, position: int) -> Said:
    """The wave at *position*. Raises NotFound."""
    found = [one for one in said_by(session, campaign) if one.position == position]
    if not found:
        raise NotFound("no_wave", "campaign {id} has no wave {position}", id=campaign.id, position=position)
    return found[0]
