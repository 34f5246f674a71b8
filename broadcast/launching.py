"""
The way from a draft to a launch, for every edge: carriers, content, doubles, ceilings and a second person.

    found = ready(runtime, tenant_id, campaign_id)      # slow: reads every row, asks the carriers
    launch(session, campaign, found, who)               # quick: one transaction
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from broadcast import approval, campaigns
from broadcast.fingerprint import Fingerprint, fingerprint
from broadcast.gates import Gate, gates
from broadcast.models import Campaign, Wave
from core import audit
from core.carriers.health import recent_problems
from core.characters import clean
from core.db import ScopedSession
from core.errors import Conflict, Invalid
from core.models import Tenant
from core.runtime import Runtime
from core.sentences import lines

MAX_REASON = 400
# a blocker that a stated reason overrides
OVERRIDABLE = "double"


@dataclass(frozen=True)
class Ready:
    """What was checked a moment ago: the content to send and the fingerprint of what it was checked for."""

    content: Any
    marks: Fingerprint


def ready(runtime: Runtime, tenant_id: int, campaign_id: int) -> Ready:
    """
    Check carriers and every recipient's content.

    Raises Conflict unless it waits for a launch, Invalid saying what to mend, Unavailable if a carrier does not answer.
    """
    with runtime.database.reading(tenant_id) as session:
        campaign = campaigns.get(session, campaign_id)
        content = campaigns.ready(session, campaign)
        found = Ready(content, fingerprint(session, campaign))
        channels = set(session.scalars(select(Wave.channel).where(Wave.campaign_id == campaign_id)))
    if problems := recent_problems(runtime, channels):
        raise Invalid("carriers_not_ready", lines(problems))
    return found


def launch(session: ScopedSession, campaign: Campaign, found: Ready, who: str, override: str = "") -> None:
    """
    Launch what `ready` has checked, or, above the company's limit, ask a second person: the campaign is then `waiting`.

    Raises Conflict naming the blockers. *override* is a reason for launching a double all the same.
    """
    if campaign.state != "draft":
        raise Conflict(
            "bad_transition",
            "campaign {id} is {state}; only a draft can be launched",
            id=campaign.id,
            state=campaign.state,
        )
    reason = _reason(override)
    _one_at_a_time(session, campaign)
    standing = gates(session, campaign, found.marks)
    _refuse(standing.blockers, reason)
    if standing.needs_approval:
        approval.ask(session, campaign, found.marks.whole, who, reason)
    else:
        _go(session, campaign, found, who, reason)


def approve(session: ScopedSession, campaign: Campaign, found: Ready, who: str) -> None:
    """
    The second person lets it go: it is launched.

    Raises Forbidden to whoever asked, Conflict if it has changed since or something stands in its way by now.
    """
    _one_at_a_time(session, campaign)
    given = approval.give(session, campaign, found.marks.whole, who)
    _refuse(gates(session, campaign, found.marks).blockers, given.override)
    _go(session, campaign, found, given.asked_by, given.override)


def _go(session: ScopedSession, campaign: Campaign, found: Ready, who: str, override: str) -> None:
    campaigns.launch(session, campaign, found.content, who)
    campaign.content_hash, campaign.audience_hash = found.marks.content, found.marks.audience
    if override:
        about = f"campaign:{campaign.id}"
        audit.record(session, campaign.tenant_id, who, "override_double", about, reason=override)


def _refuse(blockers: Sequence[Gate], override: str) -> None:
    standing = [gate for gate in blockers if not (override and gate.code == OVERRIDABLE)]
    if standing:
        raise Conflict(f"launch_{standing[0].code}", lines(gate.text for gate in standing))


def _reason(override: str) -> str:
    reason = clean(override).strip()
    if len(reason) > MAX_REASON:
        raise Invalid("bad_reason", "enter a reason of at most {most} characters", most=MAX_REASON)
    return reason


def _one_at_a_time(session: ScopedSession, campaign: Campaign) -> None:
    """Two launches of the same at once would not see each other."""
    mine = select(Tenant.id).where(Tenant.id == campaign.tenant_id)
    session.execute(mine.with_for_update(key_share=True))
