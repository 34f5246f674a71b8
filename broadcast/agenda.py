"""Which campaigns reach people in a week, and how many of these get an after-sales call in it, too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from aftersales.agenda import WEEK
from aftersales.days import DAY, Days
from aftersales.follow_ups import WAITING
from aftersales.models import FollowUp
from broadcast.models import Campaign, Recipient

MOST = 50


@dataclass(frozen=True)
class InWeek:
    """A campaign that goes on in a week; *also_called* of its *targeted* people are due an after-sales call in that week."""

    id: int
    name: str
    state: str
    targeted: int
    also_called: int


def in_week(session: Session, days: Days, monday: date) -> list[InWeek]:
    """The campaigns under way at some time of the week that begins on *monday*, by name."""
    sunday = monday + WEEK - DAY
    launched = Campaign.launched_at.is_not(None) & (Campaign.launched_at < days.ends(sunday))
    goes_on = or_(
        Campaign.ended_at >= days.starts(monday),
        Campaign.ended_at.is_(None)
        & (Campaign.expires_at.is_(None) | (Campaign.expires_at >= days.starts(monday))),
    )
    wanted = select(Campaign).where(launched, goes_on).order_by(Campaign.name).limit(MOST)
    found = session.scalars(wanted).all()
    called = (
        select(Recipient.campaign_id, func.count(Recipient.customer_id.distinct()))
        .join(FollowUp, FollowUp.customer_id == Recipient.customer_id)
        .where(
            Recipient.campaign_id.in_([campaign.id for campaign in found]),
            FollowUp.due_on.between(monday, sunday),
            FollowUp.state.in_(WAITING),
        )
        .group_by(Recipient.campaign_id)
    )
    counts = dict(iter(session.execute(called)))
    return [InWeek(one.id, one.name, one.state, one.targeted, counts.get(one.id, 0)) for one in found]
