"""The proof of how a campaign went, read from recipients, attempts and receipts alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from broadcast.models import Campaign, Recipient, Wave
from outbound.models import Attempt, Delivery, Receipt


def certificate(session: Session, campaign: Campaign) -> dict[str, Any]:
    """
    The proof of how *campaign* went. targeted = allowed + blocked; of the allowed, reached + failed + unknown have ended.

    *contacted_twice*: a second send to somebody whose first had reached them, was still open or had brought a page of a
    fax, or an attempt the carrier has under another id than ours. What the carrier reports on has left us, whatever we think.
    """
    rows = session.execute(
        select(Recipient.state, Recipient.reason, func.count())
        .where(Recipient.campaign_id == campaign.id)
        .group_by(Recipient.state, Recipient.reason)
    ).all()
    targeted = sum(n for _, _, n in rows)
    blocked = {reason: n for state, reason, n in rows if state == "blocked"}
    return {
        "campaign": campaign.name,
        "state": campaign.state,
        "targeted": targeted,
        "allowed": targeted - sum(blocked.values()),
        "attempted": _attempted(session, campaign),
        "reached": sum(n for state, _, n in rows if state == "reached"),
        "blocked": blocked,
        "failed": {reason: n for state, reason, n in rows if state == "failed"},
        "unknown": sum(n for state, _, n in rows if state == "unknown"),
        "contacted_twice": _sent_twice(session, campaign) + _two_ids(session, campaign),
    }


def _attempted(session: Session, campaign: Campaign) -> int:
    return (
        session.scalar(
            select(func.count(Delivery.customer_id.distinct()))
            .join(Wave, Wave.source_id == Delivery.source_id)
            .where(Wave.campaign_id == campaign.id, Delivery.attempts > 0)
        )
        or 0
    )


def _sent_twice(session: Session, campaign: Campaign) -> int:
    first, second = aliased(Attempt), aliased(Attempt)
    was_open = or_(first.ended_at.is_(None), first.ended_at > second.started_at)
    had_arrived = or_(first.outcome == "reached", and_(first.channel == "fax", first.pages > 0))
    return (
        session.scalar(
            select(func.count(second.delivery_id.distinct()))
            .join(Wave, Wave.source_id == second.source_id)
            .join(first, and_(first.delivery_id == second.delivery_id, first.id < second.id))
            .where(Wave.campaign_id == campaign.id, _has_left(first), _has_left(second))
            .where(or_(had_arrived, was_open, first.state == "released"))
        )
        or 0
    )


def _has_left(attempt: type[Attempt]) -> ColumnElement[bool]:
    reported = select(Receipt.id).where(Receipt.attempt_id == attempt.id, Receipt.carrier_id != "").exists()
    return or_(
        attempt.state.in_(("accepted", "ended", "unknown")), and_(attempt.state == "released", reported)
    )


def _two_ids(session: Session, campaign: Campaign) -> int:
    other = Receipt.carrier_id != func.coalesce(Attempt.carrier_id, Receipt.carrier_id)
    doubled = (
        select(func.count(Receipt.attempt_id.distinct()))
        .join(Attempt, Attempt.id == Receipt.attempt_id)
        .join(Wave, Wave.source_id == Attempt.source_id)
        .where(Wave.campaign_id == campaign.id, Receipt.carrier_id != "", other)
    )
    return session.scalar(doubled) or 0
