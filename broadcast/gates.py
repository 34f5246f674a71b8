"""
What stands between a draft and its launch.

A *blocker* must be mended, a *warning* should be read. Both are a code with figures; `text` is the sentence of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from aftersales import settings as after_sales
from aftersales.events import lacking
from broadcast.definition import Definition
from broadcast.fingerprint import Fingerprint
from broadcast.models import Campaign, Rehearsal
from broadcast.notices import event_of, timing_of
from broadcast.rehearsal import running
from core import clock
from core.db import ScopedSession
from core.holds import is_held
from core.models import Tenant
from core.sentences import Sentence
from outbound import settings
from outbound.prices import micros

DOUBLE_WITHIN = timedelta(hours=24)
SENTENCES = {
    "too_many": Sentence(
        "the list has {targeted} people; your company lets nobody launch to more than {most}"
    ),
    "double": Sentence(
        "the same message was launched to the same people as {name} (campaign {id}) within the last 24 hours"
    ),
    "cost_unknown": Sentence(
        "a second person must approve a cost above {most} {currency}; rehearse the launch, so that the cost is known"
    ),
    "approval": Sentence("a second person must approve this launch"),
    "same_list": Sentence(
        "the same people were on the list of {name} (campaign {id}) within the last 24 hours"
    ),
    "not_rehearsed": Sentence("this launch has not been rehearsed as it stands now"),
    "brake": Sentence("nothing leaves for now, since everything was stopped; it will go once that is lifted"),
    "event_lacks": Sentence("the event {name} lacks {lacks}; customers must be told what, when and where"),
    "event_over": Sentence("the event {name} has begun"),
    "event_late": Sentence("the event {name} is in less than {days} days: calls should be over by then"),
    "left_over": Sentence("{count} people will not be reached before the end, as rehearsed"),
}


@dataclass(frozen=True)
class Gate:
    """One thing to mend or to know."""

    code: str
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> Sentence:
        """What to mend or to know."""
        return Sentence(str(SENTENCES[self.code]), **self.figures)


@dataclass(frozen=True)
class Gates:
    """How a draft stands. *needs_approval* names what is above one person's limit."""

    blockers: Sequence[Gate]
    warnings: Sequence[Gate]
    needs_approval: bool
    most_recipients: int | None


def gates(session: ScopedSession, campaign: Campaign, marks: Fingerprint) -> Gates:
    """What stands before a launch of *campaign*, which has the fingerprint *marks*."""
    limits = settings.of(session.get_one(Tenant, campaign.tenant_id))
    rehearsal = running.latest(session, campaign)
    fresh = rehearsal if running.is_fresh(rehearsal, marks.whole) else None
    blockers, warnings = _doubles(session, campaign, marks)
    amiss, late = _of_event(session, campaign)
    blockers, warnings = [*amiss, *blockers], [*late, *warnings]
    most = limits.launch.most_recipients
    if most is not None and marks.targeted > most:
        blockers.insert(0, Gate("too_many", {"targeted": marks.targeted, "most": most}))
    above = limits.launch.second_person_above
    needs_approval = above.recipients is not None and marks.targeted > above.recipients
    if above.cost is not None and limits.prices is not None:
        if fresh is None:
            blockers.append(
                Gate("cost_unknown", {"most": str(above.cost), "currency": limits.prices.currency})
            )
        else:
            needs_approval |= fresh.result["cost"]["high"] > micros(above.cost)
    brake = [Gate("brake")] if is_held(session, campaign.tenant_id) else []
    return Gates(blockers, [*brake, *warnings, *_of_rehearsal(fresh)], needs_approval, most)


def _doubles(session: ScopedSession, campaign: Campaign, marks: Fingerprint) -> tuple[list[Gate], list[Gate]]:
    """The same launched lately: with the same message it stops us, with another it is worth a word."""
    lately = session.execute(
        select(Campaign.id, Campaign.name, Campaign.content_hash)
        .where(
            Campaign.audience_hash == marks.audience,
            Campaign.id != campaign.id,
            Campaign.launched_at > clock.now() - DOUBLE_WITHIN,
        )
        .order_by(Campaign.launched_at.desc())
    ).all()
    alike = [row for row in lately if row.content_hash == marks.content]
    others = [row for row in lately if row.content_hash != marks.content]
    return (
        [Gate("double", {"id": row.id, "name": row.name}) for row in alike[:1]],
        [Gate("same_list", {"id": row.id, "name": row.name}) for row in others[:1]],
    )


def _of_event(session: ScopedSession, campaign: Campaign) -> tuple[list[Gate], list[Gate]]:
    """What of the event a campaign is about keeps it from being launched (R-36), and whether it is told of too late (R-46)."""
    definition, tenant = (
        Definition.model_validate(campaign.definition),
        session.get_one(Tenant, campaign.tenant_id),
    )
    event, timing = event_of(session, definition), timing_of(session, tenant, definition)
    if event is None or timing is None:
        return [], []
    if clock.now() >= timing.over_at:
        return [Gate("event_over", {"name": event.name})], []
    amiss = (
        [Gate("event_lacks", {"name": event.name, "lacks": ", ".join(lacks)})]
        if (lacks := lacking(event))
        else []
    )
    ahead = after_sales.of(tenant).event_ahead
    return amiss, [Gate("event_late", {"name": event.name, "days": ahead})] if timing.is_late else []


def _of_rehearsal(fresh: Rehearsal | None) -> list[Gate]:
    if fresh is None:
        return [Gate("not_rehearsed")]
    late = int(fresh.result["end"]["blocked"].get("expired", 0))
    return [Gate("left_over", {"count": late})] if late else []
