"""
What a hotline is measured by (domain.md C1): each figure is a numerator and a denominator, and nothing where the latter is 0.

The clock of a caller starts when the carrier has them in its queue. Who hangs up within `short_s` was not abandoned. Who chose a
callback was offered an agent and is counted among neither the answered nor the abandoned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, delete, exists, func, select
from sqlalchemy.orm import Session

from core.models import Tenant
from ivr.models import Call
from ivr.queue import erlang
from ivr.queue.models import AgentSpan, AgentTeam, QueueFigure, Team, Waiter

FIGURES = ("service_level", "asa", "abandonment", "containment", "occupancy")
BUSY = ("offered", "on_call", "wrap_up")
LATELY = timedelta(minutes=30)
USUAL_TALK_S = 180
DONE = "goodbye"
"""How a call ends that the menu was enough for."""


@dataclass(frozen=True)
class Figure:
    """*numerator* of *denominator*."""

    numerator: int
    denominator: int

    @property
    def share(self) -> float | None:
        """The quotient; None where there is nothing to divide by."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def percent(self) -> str:
        """For people: 84.6 %, or n/a."""
        return f"{100 * self.share:.1f} %" if self.share is not None else "n/a"


def of_team(session: Session, team: Team, since: datetime, until: datetime) -> Mapping[str, Figure]:
    """Every figure of a team in [since, until)."""
    return {
        **_of_callers(session, team, since, until),
        "containment": _containment(session, team, since, until),
        "occupancy": _occupancy(session, team, since, until),
    }


def _of_callers(session: Session, team: Team, since: datetime, until: datetime) -> dict[str, Figure]:
    rows = session.execute(
        select(Waiter.outcome, Waiter.wait_s).where(
            Waiter.team_id == team.id,
            Waiter.kind == "call",
            Waiter.entered_at >= since,
            Waiter.entered_at < until,
            (Waiter.state == "ended") | Waiter.answered_at.is_not(None),
        )
    ).all()
    seen: Counter[str] = Counter()
    waited_s = in_time = 0
    for outcome, wait_s in rows:
        wait = wait_s or 0
        if outcome == "abandoned" and wait < team.short_s:
            seen["short"] += 1
            continue
        word = outcome or "answered"
        seen[word] += 1
        if word == "answered":
            waited_s += wait
            in_time += wait <= team.within_s
    offered = sum(seen.values()) - seen["short"]
    return {
        "service_level": _service_level(team.variant, in_time, offered, seen["abandoned"]),
        "asa": Figure(waited_s, seen["answered"]),
        "abandonment": Figure(seen["abandoned"], offered),
    }


def _containment(session: Session, team: Team, since: datetime, until: datetime) -> Figure:
    """Callers who did what they rang for in the menu, of all who rang the hotline; who hung up in it did not."""
    asked = exists().where(Waiter.call_id == Call.carrier_id)
    rows = session.execute(
        select(func.count(), func.sum(case((and_(Call.reason == DONE, ~asked), 1), else_=0))).where(
            Call.tenant_id == team.tenant_id,
            Call.direction == "in",
            Call.started_at >= since,
            Call.started_at < until,
        )
    ).one()
    return Figure(int(rows[1] or 0), rows[0])


def _service_level(variant: str, in_time: int, offered: int, abandoned: int) -> Figure:
    """Those who hung up are left out (ignored), were not answered in time (negative), or were (positive)."""
    match variant:
        case "negative":
            return Figure(in_time, offered)
        case "positive":
            return Figure(in_time + abandoned, offered)
        case _:
            return Figure(in_time, offered - abandoned)


def _occupancy(session: Session, team: Team, since: datetime, until: datetime) -> Figure:
    """Seconds agents of the team were busy, of those they were at work; breaks are not work."""
    spans = session.execute(
        select(AgentSpan.state, AgentSpan.began_at, AgentSpan.ended_at)
        .join(AgentTeam, AgentTeam.agent_id == AgentSpan.agent_id)
        .where(
            AgentTeam.team_id == team.id,
            AgentSpan.began_at < until,
            AgentSpan.ended_at.is_(None) | (AgentSpan.ended_at > since),
        )
    )
    busy = working = timedelta()
    for state, began_at, ended_at in spans:
        lasted = min(ended_at or until, until) - max(began_at, since)
        if state != "break":
            working += lasted
        if state in BUSY:
            busy += lasted
    return Figure(round(busy.total_seconds()), round(working.total_seconds()))


def day_of(tenant: Tenant, at: datetime) -> tuple[str, datetime, datetime]:
    """The tenant's day in which *at* lies: its date, and the instants it begins and ends."""
    zone = ZoneInfo(tenant.zone)
    begins = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    ends = (begins.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
    return f"{begins:%Y-%m-%d}", begins, ends


def kept(session: Session, team: Team, since: date, until: date) -> dict[str, dict[str, Figure]]:
    """The figures that were counted, a day after the other from *since* to *until*, both included."""
    rows = session.scalars(
        select(QueueFigure)
        .where(QueueFigure.team_id == team.id)
        .where(QueueFigure.day >= since.isoformat(), QueueFigure.day <= until.isoformat())
        .order_by(QueueFigure.day, QueueFigure.id)
    )
    days: dict[str, dict[str, Figure]] = {}
    for row in rows:
        days.setdefault(row.day, {})[row.name] = Figure(row.numerator, row.denominator)
    return days


def agents_needed(session: Session, team: Team, now: datetime) -> int:
    """How many agents the callers of the last half hour took to keep the team's promise (Erlang C; domain.md C2)."""
    since = now - LATELY
    mine = (Waiter.team_id == team.id, Waiter.entered_at >= since, Waiter.kind == "call")
    calls, talked_s = session.execute(
        select(func.count(), func.avg(case((Waiter.outcome == "answered", Waiter.talk_s)))).where(*mine)
    ).one()
    handling_s = float(talked_s or USUAL_TALK_S) + team.wrap_up_s
    return erlang.agents_needed(
        calls / LATELY.total_seconds(), handling_s, team.target / 100, float(team.within_s)
    )


def keep(session: Session, tenant: Tenant, at: datetime) -> int:
    """Write down the figures of the day of *at*, anew; how many."""
    day, begins, ends = day_of(tenant, at)
    count = 0
    for team in session.scalars(select(Team).where(Team.tenant_id == tenant.id)):
        session.execute(delete(QueueFigure).where(QueueFigure.team_id == team.id, QueueFigure.day == day))
        for name, figure in of_team(session, team, begins, min(ends, at)).items():
            session.add(
                QueueFigure(
                    tenant_id=tenant.id,
                    team_id=team.id,
                    day=day,
                    name=name,
                    numerator=figure.numerator,
                    denominator=figure.denominator,
                )
            )
            count += 1
    return count
