"""The first success stops the rest: who was reached is brought nothing more by the same campaign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.bulk import in_chunks
from core.states import move_all
from outbound.models import CLAIMABLE, Attempt, Delivery, Source

REASON = "reached"


def stop_rest(session: Session, reached: Sequence[int], now: datetime) -> int:
    """
    Give up what the campaigns of the deliveries *reached* still want to bring to the same people; how many that were.

    Call it in the transaction that says they were reached, after that: whoever adds a further delivery has first seen the one
    before fail, in a transaction of its own, so either it comes too late or this sees what it added. What was posted
    already ends as it ends.
    """
    given_up = 0
    for chunk in in_chunks(reached):
        found = session.execute(
            select(Source.tenant_id, Source.campaign, Delivery.customer_id)
            .join(Delivery, Delivery.source_id == Source.id)
            .where(Delivery.id.in_(chunk), Source.campaign != "")
        )
        people: dict[tuple[int, str], list[int]] = {}
        for tenant_id, campaign, customer_id in found:
            if customer_id is not None:
                people.setdefault((tenant_id, campaign), []).append(customer_id)
        given_up += sum(_give_up(session, *one, ids, now) for one, ids in people.items())
    return given_up


def has_reached(session: Session, source: Source, customer_id: int | None) -> bool:
    """Whether the campaign of *source* has brought something to this customer already."""
    if not source.campaign or customer_id is None:
        return False
    of_campaign = (Source.tenant_id == source.tenant_id, Source.campaign == source.campaign)
    theirs = (Delivery.customer_id == customer_id, Delivery.state == "reached")
    found = select(Delivery.id).join(Source, Source.id == Delivery.source_id).where(*of_campaign, *theirs)
    return session.scalar(found.limit(1)) is not None


def _give_up(
    session: Session, tenant_id: int, campaign: str, customer_ids: Sequence[int], now: datetime
) -> int:
    of_campaign = (Source.tenant_id == tenant_id, Source.campaign == campaign)
    sources = list(session.scalars(select(Source.id).where(*of_campaign)))
    theirs = Delivery.customer_id.in_(customer_ids) & Delivery.source_id.in_(sources)
    is_claimed = (
        select(Attempt.id).where(Attempt.delivery_id == Delivery.id, Attempt.state == "claimed").exists()
    )
    left = theirs & or_(CLAIMABLE, (Delivery.state == "active") & is_claimed)
    chosen = select(Delivery.id).where(left).order_by(Delivery.id).with_for_update()
    return move_all(session, Delivery, Delivery.id.in_(chosen), "cancelled", reason=REASON, ended_at=now)
