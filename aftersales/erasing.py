"""What after-sales forgets: of one person every word, of everybody the words of records that need not be kept any longer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from aftersales import bringing, outreach
from aftersales.appointments import COMING
from aftersales.follow_ups import WAITING
from aftersales.models import (
    Appointment,
    CallRecord,
    Case,
    CaseEvent,
    CustomerFile,
    ExtraWork,
    FollowUp,
    Letter,
    Outreach,
    WorkOrder,
    WorkOrderStep,
)
from aftersales.work_orders import OVER
from core.errors import Conflict
from core.models import Tenant
from core.states import move_all
from customers.retention import SLICE, horizon, note

QUIET = {"synchronize_session": False}
ERASED = "erased"
# the words of each kind of record, and of whom or what they are
RECORDS = {"points": "", "plate": "", "address": ""}
CASES = {"text": "", "solution": "", "reason": "", "address": ""}
LETTERS = {"address": "", "subject": "", "proof": ""}


def _stop_lines(session: Session, customer_id: int) -> None:
    """Nothing that lines of ours were to tell or ask leaves any more."""
    calls = select(FollowUp.delivery_id).where(
        FollowUp.customer_id == customer_id, FollowUp.state == "calling"
    )
    for delivery_id in session.scalars(calls).all():
        bringing.withdraw(session, delivery_id, "erased")
    mine = Outreach.customer_id == customer_id
    for one in session.scalars(select(Outreach).where(mine)).all():
        outreach.stop_lines(session, one)
    move_all(session, Outreach, mine, "withdrawn", reason="erased")


def check_over(session: Session, customer_id: int) -> None:
    """Raises Conflict while a job is under way or a case is open: these are to be brought to an end first."""
    job = select(WorkOrder.number).where(WorkOrder.customer_id == customer_id, WorkOrder.state.not_in(OVER))
    if (number := session.scalar(job.limit(1))) is not None:
        raise Conflict(
            "under_way", "work order {number} is under way; deliver or cancel it first", number=number
        )
    case = select(Case.number).where(Case.customer_id == customer_id, Case.state != "closed")
    if (number := session.scalar(case.limit(1))) is not None:
        raise Conflict("case_open", "case {number} is open; close it first", number=number)


def forget(session: Session, customer_id: int) -> None:
    """Give up what was promised to a customer and blank every word about them. Raises Conflict as `check_over`."""
    check_over(session, customer_id)
    _stop_lines(session, customer_id)
    waiting = (FollowUp.customer_id == customer_id) & FollowUp.state.in_(WAITING)
    move_all(session, FollowUp, waiting, "cancelled", reason=ERASED)
    theirs = Appointment.customer_id == customer_id
    move_all(session, Appointment, theirs & Appointment.state.in_(COMING), "cancelled")
    move_all(session, Appointment, theirs, "expired")
    to_post = (Letter.customer_id == customer_id) & (Letter.state == "made")
    move_all(session, Letter, to_post, "failed", cause="not_posted")
    jobs = select(WorkOrder.id).where(WorkOrder.customer_id == customer_id)
    cases = select(Case.id).where(Case.customer_id == customer_id)
    _blank(session, FollowUp, FollowUp.customer_id == customer_id, topic="")
    _blank(session, CallRecord, CallRecord.customer_id == customer_id, points="", plate="", answers={})
    _blank(session, Case, Case.customer_id == customer_id, text="", solution="", reason="")
    _blank(session, CaseEvent, CaseEvent.case_id.in_(cases), note="")
    _blank(session, Letter, Letter.customer_id == customer_id, **LETTERS)
    _blank(session, Outreach, Outreach.customer_id == customer_id, variables={}, proof="")
    _blank(session, ExtraWork, ExtraWork.work_order_id.in_(jobs), proof="")
    _blank(session, WorkOrder, WorkOrder.customer_id == customer_id, wish="")
    _blank(session, WorkOrderStep, WorkOrderStep.work_order_id.in_(jobs), note="")
    _blank(session, Appointment, theirs, wish="", address="", reason="")
    words = {"service_items": "", "wished_services": "", "next_topic": ""}
    _blank(session, CustomerFile, CustomerFile.customer_id == customer_id, **words)


def forget_words(session: Session, tenant: Tenant, now: datetime) -> int:
    """Blank the words of calls, closed cases and letters older than records are kept, at most SLICE of each; how many."""
    before = horizon(tenant, now).records
    kinds: tuple[tuple[str, Any, Any, dict[str, str]], ...] = (
        ("records of calls", CallRecord, CallRecord.at < before, RECORDS),
        ("cases", Case, (Case.closed_at < before) & (Case.state == "closed"), CASES),
        ("letters", Letter, Letter.made_at < before, LETTERS),
    )
    return sum(_forget_old(session, tenant, *kind) for kind in kinds)


def _forget_old(
    session: Session,
    tenant: Tenant,
    what: str,
    model: Any,
    is_old: ColumnElement[bool],
    blank: dict[str, str],
) -> int:
    has_words = or_(*(getattr(model, name) != "" for name in blank))
    old = select(model.id).where(model.tenant_id == tenant.id, is_old, has_words)
    ids = session.scalars(old.order_by(model.id).limit(SLICE)).all()
    if ids:
        _blank(session, model, model.id.in_(ids), **blank, **({"answers": {}} if model is CallRecord else {}))
        if model is Case:
            _blank(session, CaseEvent, CaseEvent.case_id.in_(ids), note="")
        note(session, tenant, what, len(ids))
    return len(ids)


def _blank(session: Session, model: Any, where: ColumnElement[bool], **words: Any) -> None:
    session.execute(update(model).where(where).values(**words), execution_options=QUIET)
