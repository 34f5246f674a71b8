"""What screens ask about follow-ups and cases: whose they are, what is due, what is late, and how many were kept in time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from aftersales import cases, work_orders
from aftersales.automated import IS_AUTOMATED
from aftersales.follow_ups import WAITING
from aftersales.models import CallRecord, Case, CaseEvent, CustomerFile, FollowUp, WorkOrder
from core.models import Staff
from customers.models import Customer, Vehicle

MOST = 50


@dataclass(frozen=True)
class FollowUpRow:
    """A follow-up in a list."""

    follow_up: FollowUp
    customer_name: str
    plate: str
    owner_name: str


@dataclass(frozen=True)
class CaseRow:
    """A case in a list; nobody may be known to have called."""

    case: Case
    customer_name: str | None
    owner_name: str


@dataclass(frozen=True)
class Kept:
    """*kept* of the *due* follow-ups of a period were made in time."""

    kept: int
    due: int


@dataclass(frozen=True)
class Waiting:
    """How much waits, of one person or of all; *automated* are calls a line of ours makes today, *unnoted* those nobody noted."""

    due_today: int
    automated: int
    overdue: int
    cases_open: int
    cases_late: int
    files_late: int
    orders_at_risk: int
    unnoted: int


def follow_ups(
    session: Session,
    show: str,
    today: date,
    *,
    owner_ids: Collection[int] | None = None,
    limit: int = MOST,
    offset: int = 0,
) -> list[FollowUpRow]:
    """
    Follow-ups: *show* due (may be made today or should have been), overdue, coming (the most urgent first), automated (those a line of
    ours makes, in none of the others), or done (newest first).

    *owner_ids* leaves those of others out.
    """
    wanted = _follow_ups().where(_shown(show, today)).limit(limit).offset(offset)
    if show == "done":
        wanted = wanted.order_by(FollowUp.done_at.desc(), FollowUp.id.desc())
    else:
        wanted = wanted.order_by(FollowUp.due_on, FollowUp.due_at, FollowUp.id)
    wanted = wanted.where(FollowUp.owner_id.in_(owner_ids)) if owner_ids else wanted
    return [FollowUpRow(*row) for row in session.execute(wanted)]


def follow_ups_of(session: Session, customer_id: int) -> list[FollowUpRow]:
    """What a customer was promised, the latest first."""
    mine = _follow_ups().where(FollowUp.customer_id == customer_id)
    ordered = mine.order_by(FollowUp.due_on.desc(), FollowUp.id.desc()).limit(MOST)
    return [FollowUpRow(*row) for row in session.execute(ordered)]


def kept(session: Session, since: date, until: date) -> Kept:
    """How many of the follow-ups due from *since* to *until*, both included, were made in time; cancelled ones count nowhere."""
    in_time = func.count().filter(FollowUp.is_on_time.is_(True))
    counted = select(in_time, func.count()).where(
        FollowUp.due_on.between(since, until), FollowUp.state != "cancelled"
    )
    return Kept(*session.execute(counted).one())


def cases_in(
    session: Session,
    states: Sequence[str],
    *,
    owner_ids: Collection[int] | None = None,
    department: str = "",
    limit: int = MOST,
    offset: int = 0,
) -> list[CaseRow]:
    """Cases in *states*: urgent ones and those that are due first come first; closed ones the newest first."""
    wanted = _cases().where(Case.state.in_(states)).limit(limit).offset(offset)
    wanted = wanted.where(Case.owner_id.in_(owner_ids)) if owner_ids else wanted
    wanted = wanted.where(Case.department == department) if department else wanted
    if "closed" in states:
        wanted = wanted.order_by(Case.closed_at.desc(), Case.id.desc())
    else:
        wanted = wanted.order_by(Case.is_urgent.desc(), Case.due_at, Case.id)
    return [CaseRow(*row) for row in session.execute(wanted)]


def cases_of(session: Session, customer_id: int) -> list[CaseRow]:
    """A customer's cases, the latest first."""
    mine = _cases().where(Case.customer_id == customer_id).order_by(Case.id.desc()).limit(MOST)
    return [CaseRow(*row) for row in session.execute(mine)]


def history(session: Session, case_id: int) -> Sequence[CaseEvent]:
    """Everything that happened to a case, in order."""
    mine = select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.at, CaseEvent.id)
    return session.scalars(mine).all()


def records_of(session: Session, customer_id: int) -> Sequence[tuple[CallRecord, str | None]]:
    """The latest calls with a customer, each with the name of whoever spoke."""
    mine = select(CallRecord, Staff.name).outerjoin(Staff, Staff.id == CallRecord.agent_id)
    ordered = (
        mine.where(CallRecord.customer_id == customer_id)
        .order_by(CallRecord.at.desc(), CallRecord.id.desc())
        .limit(MOST)
    )
    return [(record, name) for record, name in session.execute(ordered)]


def unnoted(
    session: Session, *, owner_ids: Collection[int] | None = None, limit: int = MOST
) -> Sequence[tuple[CallRecord, str | None, str]]:
    """Calls in which staff spoke and noted nothing yet, the oldest first, with the customer's name and theirs (R-48)."""
    mine = select(CallRecord, Customer.name, Staff.name).join(Staff, Staff.id == CallRecord.agent_id)
    mine = mine.outerjoin(Customer, Customer.id == CallRecord.customer_id).where(_is_unnoted(owner_ids))
    rows = session.execute(mine.order_by(CallRecord.at, CallRecord.id).limit(limit))
    return [(record, name, spoke) for record, name, spoke in rows]


def _is_unnoted(owner_ids: Collection[int] | None) -> ColumnElement[bool]:
    waits = CallRecord.noted_at.is_(None) & CallRecord.agent_id.is_not(None)
    return waits & CallRecord.agent_id.in_(owner_ids) if owner_ids else waits


def waiting(
    session: Session, today: date, now: datetime, *, owner_ids: Collection[int] | None = None
) -> Waiting:
    """How much waits for one person, or for everybody."""
    calls = select(func.count()).select_from(FollowUp)
    open_cases = select(func.count()).select_from(Case).where(Case.state != "closed")
    late_files = select(func.count()).select_from(CustomerFile)
    late_files = late_files.where(CustomerFile.state == "open", CustomerFile.is_late)
    at_risk = select(func.count()).select_from(WorkOrder).where(work_orders.at_risk())
    if owner_ids:
        calls = calls.where(FollowUp.owner_id.in_(owner_ids))
        open_cases = open_cases.where(Case.owner_id.in_(owner_ids))
        late_files = late_files.where(CustomerFile.owner_id.in_(owner_ids))
    return Waiting(
        due_today=session.scalar(calls.where(_shown("due", today))) or 0,
        automated=session.scalar(calls.where(_shown("automated", today), FollowUp.earliest_on <= today)) or 0,
        overdue=session.scalar(calls.where(_shown("overdue", today))) or 0,
        cases_open=session.scalar(open_cases) or 0,
        cases_late=session.scalar(open_cases.where(cases.late(now))) or 0,
        files_late=session.scalar(late_files) or 0,
        orders_at_risk=session.scalar(at_risk) or 0,
        unnoted=session.scalar(select(func.count(CallRecord.id)).where(_is_unnoted(owner_ids))) or 0,
    )


def _shown(show: str, today: date) -> ColumnElement[bool]:
    waits = FollowUp.state.in_(WAITING)
    by_person = waits & ~IS_AUTOMATED
    match show:
        case "due":
            return by_person & (FollowUp.earliest_on <= today)
        case "overdue":
            return by_person & (FollowUp.due_on < today)
        case "coming":
            return by_person & (FollowUp.earliest_on > today)
        case "automated":
            return waits & IS_AUTOMATED
        case _:
            return FollowUp.state == "done"


def _follow_ups() -> Select[FollowUp, str, str, str]:
    joined = select(FollowUp, Customer.name, Vehicle.plate, Staff.name)
    joined = joined.join(Customer, Customer.id == FollowUp.customer_id)
    joined = joined.join(Staff, Staff.id == FollowUp.owner_id)
    joined = joined.outerjoin(WorkOrder, WorkOrder.id == FollowUp.work_order_id)
    return joined.outerjoin(Vehicle, Vehicle.id == WorkOrder.vehicle_id)


def _cases() -> Select[Case, str, str]:
    joined = select(Case, Customer.name, Staff.name).join(Staff, Staff.id == Case.owner_id)
    return joined.outerjoin(Customer, Customer.id == Case.customer_id)
