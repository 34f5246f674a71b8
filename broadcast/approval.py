"""A second person's word on launches that are too large for one: asked for, given, refused, or void once anything changes."""

from __future__ import annotations

from sqlalchemy import select

from broadcast.models import Approval, Campaign
from core import audit, clock
from core.characters import clean
from core.db import ScopedSession
from core.errors import Conflict, Forbidden, Invalid
from core.states import move, move_all

MAX_REASON = 400


def ask(session: ScopedSession, campaign: Campaign, fingerprint: str, who: str, override: str = "") -> None:
    """Put *campaign* before another person: it waits. Raises Conflict unless it is a draft."""
    move(session, campaign, "waiting", reason="")
    session.add(
        Approval(
            tenant_id=campaign.tenant_id,
            campaign_id=campaign.id,
            fingerprint=fingerprint,
            override=override,
            asked_by=who,
            asked_at=clock.now(),
        )
    )
    audit.record(session, campaign.tenant_id, who, "ask_approval", f"campaign:{campaign.id}")


def latest(session: ScopedSession, campaign: Campaign) -> Approval | None:
    """What was asked for last, and how it was answered."""
    mine = select(Approval).where(Approval.campaign_id == campaign.id)
    return session.scalar(mine.order_by(Approval.id.desc()).limit(1))


def give(session: ScopedSession, campaign: Campaign, fingerprint: str, who: str) -> Approval:
    """
    *who* lets *campaign* go. Raises Conflict if nobody asks or it has changed since, Forbidden to whoever asked.

    What has changed must be sent back to its author.
    """
    asked = _asked(session, campaign)
    if _is_same_person(asked.asked_by, who):
        raise Forbidden("own_approval", "you asked for this launch yourself; another person must approve it")
    if asked.fingerprint != fingerprint:
        raise Conflict(
            "approval_outdated",
            "the campaign or its list has changed since the approval was asked for; send it back and launch it again",
        )
    move(session, asked, "given", decided_by=who, decided_at=clock.now())
    audit.record(
        session, campaign.tenant_id, who, "approve", f"campaign:{campaign.id}", asked_by=asked.asked_by
    )
    return asked


def send_back(session: ScopedSession, campaign: Campaign, who: str, reason: str) -> None:
    """*who* does not let it go, and says why; it is a draft again. Whoever asked may take it back so, too."""
    reason = clean(reason).strip()
    if not 1 <= len(reason) <= MAX_REASON:
        raise Invalid("bad_reason", "enter a reason of 1 to {most} characters", most=MAX_REASON)
    asked = _asked(session, campaign)
    move(session, asked, "refused", decided_by=who, decided_at=clock.now(), reason=reason)
    move(session, campaign, "draft")
    about = f"campaign:{campaign.id}"
    audit.record(session, campaign.tenant_id, who, "send_back", about, asked_by=asked.asked_by, reason=reason)


def void(session: ScopedSession, campaign: Campaign, who: str) -> None:
    """The campaign is edited: what was asked for is no more."""
    mine = (Approval.campaign_id == campaign.id) & (Approval.state == "asked")
    if move_all(session, Approval, mine, "void", decided_by=who, decided_at=clock.now()):
        audit.record(session, campaign.tenant_id, who, "void_approval", f"campaign:{campaign.id}")
    if campaign.state == "waiting":
        move(session, campaign, "draft")


def _asked(session: ScopedSession, campaign: Campaign) -> Approval:
    found = latest(session, campaign)
    if found is None or found.state != "asked" or campaign.state != "waiting":
        raise Conflict(
            "bad_transition",
            "campaign {id} is {state}; nobody asks for approval",
            id=campaign.id,
            state=campaign.state,
        )
    return found


def _is_same_person(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
