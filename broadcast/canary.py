"""
A campaign's sample: a few people chosen by chance go first; the rest follows only if it went well with them.

While it is on trial, an allowance of the wave lets no more leave than the sample has people. Calls are judged once they
have ended, texts and faxes after `hold_min`, for opt-outs come later there. What is beyond its limit pauses the campaign
with the figure; staff may go on all the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, distinct, func, select
from sqlalchemy.orm import Session

from broadcast.limits import Canary
from broadcast.models import Campaign, Wave
from core import audit, clock
from core.states import move
from customers.models import Suppression
from outbound import deliveries
from outbound.allowances import Allowance
from outbound.granting import grant
from outbound.models import Attempt, Delivery, Source

# fewer tell nothing
SMALLEST = 20
EARLIER = timedelta(minutes=1)
SHORT_S = 5
UNDER_WAY = ("claimed", "submitting", "accepted")
WHO = "canary"
FIGURES = ("opt_outs", "hang_ups", "refusals", "errors")


@dataclass(frozen=True)
class Trial:
    """
    How the sample fares: *sent* of *size*, how many of them did what speaks against going on, and at what percent it does.

    Once all were sent the rest follows at *until*, calls as soon as the last of them has ended.
    """

    size: int
    sent: int
    counts: dict[str, int]
    limits: dict[str, float]
    full_at: datetime | None
    until: datetime | None
    under_way: int

    def percent(self, figure: str) -> float:
        """The share of one of FIGURES."""
        return 100 * self.counts[figure] / self.sent if self.sent else 0.0


def begin(session: Session, campaign: Campaign, source: Source) -> int:
    """Put the first wave of a prepared *campaign* on trial if its document asks for it; the size of the sample."""
    if not campaign.definition.get("canary"):
        return 0
    canary = Canary.model_validate(campaign.definition["canary"])
    waiting = (Delivery.source_id == source.id, Delivery.state == "pending")
    count = session.scalar(select(func.count()).select_from(Delivery).where(*waiting)) or 0
    size = max(SMALLEST, math.ceil(count * canary.percent / 100))
    if size >= count:
        return 0
    chosen = select(Delivery.id).where(*waiting).order_by(func.random()).limit(size)
    deliveries.bring_forward(session, list(session.scalars(chosen)), clock.now() - EARLIER)
    grant(session, campaign.tenant_id, "source", source.name, unit="sends", period="total", most=size)
    return size


def trial_of(session: Session, campaign: Campaign) -> Trial | None:
    """The trial that is on; None if there is none, or no longer."""
    found = _on_trial(session, campaign)
    return _trial(session, campaign, *found) if found else None


def judge(session: Session, campaign: Campaign) -> str:
    """End the trial of a running *campaign* if it can be told how it went: "passed", "paused", or "" if it goes on."""
    found = _on_trial(session, campaign)
    if found is None or campaign.state != "running" or found[1].state != "open":
        return ""
    row, source = found
    trial = _trial(session, campaign, row, source)
    if (worst := _beyond(trial)) and trial.sent:
        reason = f"canary: {worst} {trial.percent(worst):.1f} %"
        move(session, campaign, "paused", reason=reason)
        deliveries.pause(session, source, reason)
        _note(session, campaign, "canary_paused", trial)
        return "paused"
    if trial.until is None:
        return ""
    if clock.now() < trial.until and (trial.under_way or source.channel != "voice"):
        return ""
    session.delete(row)
    _note(session, campaign, "canary_passed", trial)
    return "passed"


def overrule(session: Session, campaign: Campaign, who: str) -> None:
    """Staff go on although the sample went badly: the trial is over."""
    if campaign.reason.startswith("canary") and (found := _on_trial(session, campaign)):
        trial = _trial(session, campaign, *found)
        session.delete(found[0])
        _note(session, campaign, "canary_overruled", trial, who)


def _beyond(trial: Trial) -> str:
    """The first figure beyond its limit; a single case is chance."""
    for figure in FIGURES:
        if trial.counts[figure] > 1 and trial.percent(figure) > trial.limits[figure]:
            return figure
    return ""


def _on_trial(session: Session, campaign: Campaign) -> tuple[Allowance, Source] | None:
    found = session.execute(
        select(Allowance, Source)
        .join(Source, (Source.tenant_id == Allowance.tenant_id) & (Source.name == Allowance.subject))
        .join(Wave, Wave.source_id == Source.id)
        .where(Wave.campaign_id == campaign.id, Allowance.level == "source")
        .where(Allowance.unit == "sends", Allowance.period == "total")
    ).first()
    return (found[0], found[1]) if found else None


def _trial(session: Session, campaign: Campaign, row: Allowance, source: Source) -> Trial:
    def times(condition: object) -> object:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)  # type: ignore[arg-type]  # a condition of SQL

    mine = Attempt.source_id == source.id
    sent, under_way, refused, errors, hang_ups = session.execute(
        select(
            times(Attempt.state != "released"),
            times(Attempt.state.in_(UNDER_WAY)),
            times(Attempt.state == "refused"),
            times((Attempt.state == "unknown") | Attempt.outcome.in_(("failed", "undelivered"))),
            times(
                (Attempt.channel == "voice") & (Attempt.outcome == "reached") & (Attempt.duration_s < SHORT_S)
            ),
        ).where(mine)  # type: ignore[call-overload]  # sums of conditions
    ).one()
    opted_out = session.scalar(
        select(func.count(distinct(Suppression.address)))
        .join(Attempt, Attempt.address == Suppression.address)
        .where(mine, Suppression.tenant_id == source.tenant_id, Suppression.at >= source.created_at)
        .where(Suppression.scope.in_(("all", source.purpose)), Suppression.at >= Attempt.started_at)
    )
    counts = {"opt_outs": opted_out or 0, "hang_ups": hang_ups, "refusals": refused, "errors": errors}
    canary = Canary.model_validate(campaign.definition["canary"])
    limits = {figure: getattr(canary, f"most_{figure}_percent") for figure in FIGURES}
    until = row.full_at + timedelta(minutes=canary.hold_min) if row.full_at else None
    return Trial(row.most, sent, counts, limits, row.full_at, until, under_way)


def _note(session: Session, campaign: Campaign, action: str, trial: Trial, who: str = WHO) -> None:
    about = f"campaign:{campaign.id}"
    audit.record(session, campaign.tenant_id, who, action, about, sent=trial.sent, **trial.counts)
