"""The proof of how a campaign went, read from recipients, attempts and receipts alone."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from broadcast import abandonment
from broadcast.finishing import OPEN
from broadcast.models import Campaign, Recipient, Wave
from broadcast.waves import sources
from core import clock
from outbound.models import NEWS, Attempt, Delivery, Receipt


def certificate(session: Session, campaign: Campaign) -> dict[str, Any]:
    """
    The proof of how *campaign* went. targeted = allowed + blocked; of the allowed, reached + failed + unknown have ended.

    *contacted_twice*: a second send of a wave to a number where the first had reached somebody, was still open or had brought
    a page of a fax; a person reached again, by whatever wave, after a success; or an attempt the carrier has under another
    id than ours. What the carrier reports on has left us, whatever we think. *abandonment*: where calls bring people to agents, how
    many of those who answered found none in time, for each thirty days.
    """
    rows = session.execute(
        select(Recipient.state, Recipient.reason, func.count())
        .where(Recipient.campaign_id == campaign.id)
        .group_by(Recipient.state, Recipient.reason)
    ).all()
    targeted = sum(n for _, _, n in rows)
    blocked = {reason: n for state, reason, n in rows if state == "blocked"}
    periods = abandonment.periods(session, campaign, clock.now())
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
        "contacted_twice": _sent_twice(session, campaign)
        + _reached_again(session, campaign)
        + _two_ids(session, campaign),
        "abandonment": [period.to_dict() for period in periods],
    }


def lost(session: Session, campaign: Campaign) -> list[int]:
    """
    Customers in *campaign* nobody will look at again though they have no end, or a success nobody wrote down: there are none.

    Whoever is open must have a delivery that is open, or whose end is still news; while it is prepared, their turn comes.
    """
    mine = [source.id for source in sources(session, campaign)]
    theirs = (Delivery.customer_id == Recipient.customer_id, Delivery.source_id.in_(mine))
    goes_on = select(Delivery.id).where(*theirs, or_(Delivery.state.in_(OPEN), NEWS)).exists()
    was_reached = (
        select(Delivery.id)
        .where(*theirs, Delivery.state == "reached", Delivery.told == Delivery.state)
        .exists()
    )
    is_forgotten = or_(
        and_(Recipient.state == "open", ~goes_on), and_(Recipient.state != "reached", was_reached)
    )
    if campaign.state in ("draft", "waiting", "preparing"):
        return []
    chosen = select(Recipient.customer_id).where(Recipient.campaign_id == campaign.id, is_forgotten)
    return list(session.scalars(chosen.order_by(Recipient.customer_id)))


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


def _reached_again(session: Session, campaign: Campaign) -> int:
    """People with two deliveries that reached them, the second begun after the first had. Late words of the first do not count."""
    several = (
        select(Delivery.customer_id)
        .join(Wave, Wave.source_id == Delivery.source_id)
        .where(Wave.campaign_id == campaign.id, Delivery.state == "reached")
        .group_by(Delivery.customer_id)
        .having(func.count() > 1)
    )
    rows = session.execute(
        select(Delivery.customer_id, Attempt.started_at, Attempt.ended_at)
        .join(Attempt, Attempt.delivery_id == Delivery.id)
        .join(Wave, Wave.source_id == Delivery.source_id)
        .where(Wave.campaign_id == campaign.id, Attempt.outcome == "reached")
        .where(Delivery.customer_id.in_(several))
        .order_by(Delivery.customer_id, Attempt.started_at)
    ).all()
    by_person: dict[int | None, list[tuple[datetime, datetime | None]]] = {}
    for who, began, ended in rows:
        by_person.setdefault(who, []).append((began, ended))
    return sum(
        any(first[1] and second[0] >= first[1] for first, second in pairwise(reached))
        for reached in by_person.values()
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
