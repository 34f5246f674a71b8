"""What a campaign says and to whom, as hashes: how a double launch and a stale rehearsal are known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from aftersales.events import variables
from broadcast import audience
from broadcast.definition import Definition
from broadcast.models import Campaign
from broadcast.notices import event_of
from core.db import ScopedSession
from flows.models import FlowVersion

# what may differ between two campaigns that bring the same message: names, retries and times
ASIDE = frozenset({"name", "audience", "ends_after_h"})
ASIDE_IN_WAVES = frozenset({"retries", "next_number", "after_h", "after_days", "within_h", "within_days"})
FLOW = "flow"


@dataclass(frozen=True)
class Fingerprint:
    """*content* is what is said, *audience* who is to hear it, *whole* all that decides how the campaign runs."""

    content: str
    audience: str
    whole: str
    targeted: int


def fingerprint(session: ScopedSession, campaign: Campaign) -> Fingerprint:
    """The hashes of *campaign* as it stands now: its document, the flows published now, the customers chosen now."""
    flows = _flows(session, campaign)
    definition = Definition.model_validate(campaign.definition)
    event = event_of(session, definition)
    document = {**definition.model_dump(), "event": variables(event) if event else None}
    said = {name: part for name, part in document.items() if name not in ASIDE}
    said["waves"] = [
        {name: part for name, part in wave.items() if name not in ASIDE_IN_WAVES} for wave in said["waves"]
    ]
    people = _People(audience.ids(session, campaign))
    return Fingerprint(
        content=_hash(said, flows),
        audience=people.digest,
        whole=_hash(document, flows, people.digest),
        targeted=people.count,
    )


class _People:
    def __init__(self, ids: Iterable[int]) -> None:
        found, self.count = hashlib.sha256(), 0
        for customer_id in ids:
            found.update(b"%d," % customer_id)
            self.count += 1
        self.digest = found.hexdigest()


def _flows(session: ScopedSession, campaign: Campaign) -> dict[str, str]:
    """The published version of each flow the definition plays."""
    names = set(_names_of_flows(campaign.definition))
    if not names:
        return {}
    rows = session.execute(
        select(FlowVersion.name, FlowVersion.hash).where(
            FlowVersion.tenant_id == campaign.tenant_id,
            FlowVersion.name.in_(names),
            FlowVersion.state == "published",
        )
    )
    return {row.name: row.hash for row in rows}


def _names_of_flows(part: Any) -> Iterable[str]:
    if isinstance(part, dict):
        for name, inner in part.items():
            yield from [inner] if name == FLOW and isinstance(inner, str) else _names_of_flows(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _names_of_flows(inner)


def _hash(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
