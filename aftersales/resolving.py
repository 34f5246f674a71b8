"""
How a case goes on: solved, told the same day, closed only when the customer is satisfied (R-43 to R-45), handed over (R-19).

Every step is in the case's history with who did it.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from aftersales import cases, settings, staffing
from aftersales.follow_ups import WAITING, promise
from aftersales.models import Case, CaseEvent, FollowUp
from core import audit, clock
from core.db import clean
from core.errors import Forbidden, Invalid
from core.models import Staff, Tenant
from core.sentences import Sentence
from core.states import move
from customers import calling_hours

# who is told the morning after is told by so long after the calling hours begin
MORNING = timedelta(hours=3)
SLICE = 500
MAX_SOLUTION, MAX_REASON = 2000, 400
OVERRIDERS = frozenset({"supervisor"})


def solve(session: Session, tenant: Tenant, case: Case, solution: str, who: str) -> None:
    """
    A solution exists: the customer is to be told on the same day by his own clock (R-44), and somebody has that call to make.

    Where his calling hours are over, it is the next morning, and the case says that the same day was impossible. Raises Invalid without
    words, Conflict if the case is not open.
    """
    words = _words(solution, MAX_SOLUTION, Sentence("write down what was found"))
    now, days = clock.now(), settings.days_of(tenant)
    tell_by, is_impossible = _tell_by(session, tenant, case, now)
    move(
        session, case, "solved", solution=words, solved_at=now, solved_by=who, tell_by=tell_by,
        same_day_impossible=is_impossible,
    )  # fmt: skip
    _write(session, case, "solved", who, text=words)
    if case.customer_id is not None:
        promise(
            session, tenant.id, f"case:{case.id}:solution:{_rounds(session, case)}",
            step="solution", customer_id=case.customer_id, case_id=case.id, work_order_id=case.work_order_id,
            earliest_on=days.on(now), due_on=days.on(tell_by), due_at=tell_by, topic=words[:200], owner_id=case.owner_id,
        )  # fmt: skip


def tell(session: Session, case: Case, who: str) -> None:
    """The customer knows the solution. Raises Conflict if there is none."""
    move(session, case, "told", told_at=clock.now())
    _write(session, case, "told", who)


def answered(session: Session, case: Case, solution: str, who: str) -> None:
    """It was answered on the call itself (R-42): solved and told at once; closed when the customer says he is satisfied."""
    now = clock.now()
    move(session, case, "solved", solution=solution, solved_at=now, solved_by=who)
    _write(session, case, "solved", who, text=solution)
    tell(session, case, who)


def reopen(session: Session, tenant: Tenant, case: Case, reason: str, who: str) -> None:
    """The customer is not satisfied: the case is open again, and due as if it were new."""
    words = _words(reason, MAX_REASON, Sentence("write down what is still missing"))
    days, rules = settings.days_of(tenant), settings.of(tenant)
    due_at = days.ends(days.after(days.on(clock.now()), rules.escalate_after))
    move(session, case, "open", due_at=due_at, escalated_at=None, tell_by=None, told_at=None)
    _write(session, case, "reopened", who, text=words)


def close(session: Session, case: Case, who: str) -> None:
    """Close a case whose customer was told and is satisfied (R-45). Raises Invalid if he was not told."""
    if case.state != "told":
        raise Invalid(
            "not_told", "the customer has not been told yet; only a supervisor can close this, with a reason"
        )
    _close(session, case, "satisfied", "", who)


def override(session: Session, case: Case, staff: Staff, reason: str) -> None:
    """Close a case all the same, by a supervisor's word (R-45). Raises Forbidden, Invalid without a reason, Conflict if it is closed."""
    if not OVERRIDERS.intersection(staff.roles):
        raise Forbidden("not_allowed", "only a supervisor closes a case whose customer is not satisfied")
    words = _words(reason, MAX_REASON, Sentence("write down why it is closed all the same"))
    _close(session, case, "overridden", words, staff.email)


def hand_over(
    session: Session,
    tenant: Tenant,
    case: Case,
    department: str,
    note: str,
    who: str,
    owner_id: int | None = None,
) -> None:
    """
    Give an open case to another *department*, and the call that tells its solution with it; its due times stay (R-19). Raises Invalid for one the
    tenant does not have.
    """
    known = settings.of(tenant).departments
    if department not in known:
        raise Invalid("unknown_department", "choose a department: {words}", words=known)
    if case.state == "closed":
        raise Invalid("closed", "this case is closed; open a new one")
    case.department = department
    case.owner_id = owner_id or staffing.owner_for(session, tenant.id, department=department)
    mine = FollowUp.case_id == case.id, FollowUp.tenant_id == tenant.id, FollowUp.state.in_(WAITING)
    session.execute(update(FollowUp).where(*mine).values(owner_id=case.owner_id))
    session.flush()
    _write(session, case, "handed_over", who, value=department, text=clean(note)[:MAX_SOLUTION])


def remark(session: Session, case: Case, text: str, who: str) -> None:
    """Write down something everybody who has this case in hand should know. Raises Invalid without words."""
    _write(
        session,
        case,
        "noted",
        who,
        text=_words(text, MAX_SOLUTION, Sentence("write down what is to be known")),
    )


def escalate(session: Session, now: datetime, who: str = "escalate") -> Counter[str]:
    """
    Tell the supervisors of cases not solved in time (R-43), or whose customer was not told in time; each once, at most SLICE at a time.
    """
    unheard = select(Case).where(cases.late(now), Case.escalated_at.is_(None)).order_by(Case.id).limit(SLICE)
    found = session.scalars(unheard.with_for_update(skip_locked=True)).all()
    for case in found:
        put_before_supervisor(session, case, now, who)
    return Counter(escalated=len(found))


def put_before_supervisor(session: Session, case: Case, now: datetime, who: str) -> None:
    """A supervisor is to look at this case, from now on if not before."""
    if case.escalated_at is None:
        case.escalated_at = now
        _write(session, case, "escalated", who, value=case.state)


def _close(session: Session, case: Case, outcome: str, reason: str, who: str) -> None:
    move(session, case, "closed", outcome=outcome, reason=reason, closed_at=clock.now(), closed_by=who)
    _write(session, case, "closed", who, value=outcome, text=reason)


def _tell_by(session: Session, tenant: Tenant, case: Case, now: datetime) -> tuple[datetime, bool]:
    hours = calling_hours.of_customer(session, tenant, case.customer_id, now)
    opens = hours.opens(now) or now
    if hours.is_same_day(opens, now):
        return hours.closes(opens), False
    return min(opens + MORNING, hours.closes(opens)), True


def _rounds(session: Session, case: Case) -> int:
    """How often the case has been solved, this time included: each solution is a promise of its own."""
    solved = select(CaseEvent.id).where(CaseEvent.case_id == case.id, CaseEvent.what == "solved")
    return len(session.scalars(solved).all())


def _words(text: str, most: int, say: Sentence) -> str:
    words = clean(text).strip()
    if not words:
        raise Invalid("missing", say)
    if len(words) > most:
        raise Invalid("too_long", "shorten this to {most} characters", most=most)
    return words


def _write(session: Session, case: Case, what: str, who: str, value: str = "", text: str = "") -> None:
    cases.note(session, case, what, who, value=value, text=text)
    audit.record(session, case.tenant_id, who, f"case_{what}", f"case:{case.id}", value=value)
