"""
The monthly and the yearly report (R-54): drafted when a period is over, worded and signed by a supervisor, archived for good.

Figures are counted from the same rows as the registers (R-50), so they agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aftersales import archive, settings
from aftersales.models import CallRecord, Case, CaseEvent, CustomerFile, FollowUp, Letter, Summary
from aftersales.registers import Period, period
from core import audit, clock
from core.bulk import insert_new
from core.db import MAX_ID, clean
from core.errors import Invalid, NotFound
from core.models import Staff, Tenant
from core.states import move

MAX_WORDS = 20_000
PDF = "application/pdf"
Figures = dict[str, Any]


def figures(session: Session, over: Period) -> Figures:
    """
    What happened in a period, counted.

    Each name of the first level is a form or a promise; follow_ups are those that were due in the period, by step.
    """
    return {
        "files": _files(session, over),
        "follow_ups": _follow_ups(session, over),
        "calls": _calls(session, over),
        "cases": _cases(session, over),
        "letters": _by(session, Letter.kind, _within(Letter.made_at, over)),
        "agents": _agents(session, over),
    }


def draft_due(session: Session, tenant: Tenant, now: datetime) -> int:
    """Draft the month and the year that ended last, each once and only if anything happened in it; how many are new."""
    days = settings.days_of(tenant)
    last = days.on(now).replace(day=1) - timedelta(days=1)
    names = [f"{last:%Y-%m}", str(last.year if last.month == 12 else last.year - 1)]
    made = 0
    for over in (period(days, name) for name in names):
        if not _is_drafted(session, over.name) and _anything(session, over):
            row = {
                "tenant_id": tenant.id, "period": over.name, "state": "draft", "figures": figures(session, over),
                "words": "", "drafted_at": now,
            }  # fmt: skip
            made += insert_new(session, Summary, [row])
    return made


def get(session: Session, summary_id: int) -> Summary:
    """A summary of the session's tenant. Raises NotFound."""
    found = session.scalar(select(Summary).where(Summary.id == min(summary_id, MAX_ID)))
    if found is None:
        raise NotFound("no_summary", "there is no such summary")
    return found


def all_of(session: Session) -> Sequence[Summary]:
    """Every summary of the session's tenant, the latest first."""
    return session.scalars(select(Summary).order_by(Summary.period.desc())).all()


def edit(
    session: Session, tenant: Tenant, summary: Summary, words: str, meeting_on: date | None, who: str
) -> None:
    """
    Say in words what the period was like, and when the department met about it; the figures are counted anew. Raises Invalid; Conflict
    once it is signed.
    """
    text = clean(words).strip()
    if len(text) > MAX_WORDS:
        raise Invalid("too_long", "shorten this to {most} characters", most=MAX_WORDS)
    counted = figures(session, period(settings.days_of(tenant), summary.period))
    move(session, summary, "draft", words=text, meeting_on=meeting_on, edited_by=who, figures=counted)
    audit.record(session, tenant.id, who, "summary_edited", f"summary:{summary.id}")


def sign(session: Session, tenant: Tenant, summary: Summary, pdf: bytes, who: str) -> None:
    """Sign a summary as it stands: *pdf* is archived, and nothing of it changes any more. Raises Invalid without words, Conflict twice."""
    if not summary.words:
        raise Invalid("no_words", "write your summary first, then sign it")
    sha256 = archive.keep(session, tenant.id, f"summary-{summary.period}.pdf", PDF, pdf)
    move(session, summary, "signed", sha256=sha256, signed_by=who, signed_at=clock.now())
    audit.record(session, tenant.id, who, "summary_signed", f"summary:{summary.id}", sha256=sha256)


def _is_drafted(session: Session, name: str) -> bool:
    return session.scalar(select(Summary.id).where(Summary.period == name)) is not None


def _anything(session: Session, over: Period) -> bool:
    calls = select(CallRecord.id).where(_within(CallRecord.at, over)).limit(1)
    files = select(CustomerFile.id).where(CustomerFile.intake_on.between(over.first, over.last)).limit(1)
    return session.scalar(calls) is not None or session.scalar(files) is not None


def _within(column: Any, over: Period) -> Any:
    return (column >= over.since) & (column < over.until)


def _by(session: Session, column: Any, where: Any) -> dict[str, int]:
    counted = select(column, func.count()).where(where).group_by(column)
    return {str(name): count for name, count in session.execute(counted.order_by(column))}


def _files(session: Session, over: Period) -> dict[str, int]:
    mine = CustomerFile.intake_on.between(over.first, over.last)
    counted = select(
        func.count(),
        func.count().filter(CustomerFile.state == "complete"),
        func.count().filter(CustomerFile.is_late),
    )
    return dict(zip(("opened", "complete", "late"), session.execute(counted.where(mine)).one(), strict=True))


def _follow_ups(session: Session, over: Period) -> dict[str, dict[str, int]]:
    counted = select(
        FollowUp.step,
        func.count(),
        func.count().filter(FollowUp.state == "done"),
        func.count().filter(FollowUp.is_on_time.is_(True)),
    )
    due = counted.where(FollowUp.due_on.between(over.first, over.last), FollowUp.state != "cancelled")
    rows = session.execute(due.group_by(FollowUp.step).order_by(FollowUp.step))
    return {step: {"due": due, "made": made, "in_time": kept} for step, due, made, kept in rows}


def _calls(session: Session, over: Period) -> dict[str, Any]:
    mine = _within(CallRecord.at, over)
    scores = select(func.count(CallRecord.satisfaction), func.coalesce(func.sum(CallRecord.satisfaction), 0))
    rated, total = session.execute(scores.where(mine)).one()
    return {
        "direction": _by(session, CallRecord.direction, mine),
        "outcome": _by(session, CallRecord.outcome, mine),
        "demand": _by(session, CallRecord.demand, mine & CallRecord.demand.not_in(("", "none"))),
        "rated": rated,
        "score": int(total or 0),
    }


def _cases(session: Session, over: Period) -> dict[str, Any]:
    escalated = select(func.count(CaseEvent.id.distinct())).where(
        CaseEvent.what == "escalated", _within(CaseEvent.at, over)
    )
    waiting = (Case.opened_at < over.until) & (Case.closed_at.is_(None) | (Case.closed_at >= over.until))
    return {
        "opened": _by(session, Case.kind, _within(Case.opened_at, over)),
        "closed": _by(session, Case.outcome, _within(Case.closed_at, over)),
        "escalated": session.scalar(escalated) or 0,
        "not_same_day": session.scalar(
            select(func.count())
            .select_from(Case)
            .where(_within(Case.solved_at, over), Case.same_day_impossible)
        )
        or 0,
        "open_at_end": session.scalar(select(func.count()).select_from(Case).where(waiting)) or 0,
    }


def _agents(session: Session, over: Period) -> list[dict[str, Any]]:
    calls = select(CallRecord.agent_id, func.count()).where(
        _within(CallRecord.at, over), CallRecord.direction == "out"
    )
    made = dict(iter(session.execute(calls.group_by(CallRecord.agent_id))))
    kept = select(FollowUp.owner_id, func.count(), func.count().filter(FollowUp.is_on_time.is_(True)))
    kept = kept.where(FollowUp.due_on.between(over.first, over.last), FollowUp.state != "cancelled")
    due = {
        owner: (count, in_time) for owner, count, in_time in session.execute(kept.group_by(FollowUp.owner_id))
    }
    mine = {one for one in (*made, *due) if one is not None}
    names = select(Staff.id, Staff.name).where(Staff.id.in_(mine)).order_by(Staff.name, Staff.id)
    return [
        {
            "name": name,
            "calls": made.get(staff_id, 0),
            "due": due.get(staff_id, (0, 0))[0],
            "in_time": due.get(staff_id, (0, 0))[1],
        }
        for staff_id, name in session.execute(names)
    ]
