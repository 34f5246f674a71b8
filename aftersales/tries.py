"""What a call made for a follow-up does to it: one more try, or the promise kept."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from aftersales import bringing, cases, plan, resolving, settings
from aftersales.models import CallRecord, FollowUp
from core.models import Tenant
from core.states import move


def tried(session: Session, tenant: Tenant, follow_up: FollowUp, record: CallRecord, who: str) -> bool:
    """
    Count a call made for *follow_up*; whether it is done by it. Then what the plan has come next is promised.

    A call before its first day is a contact, but not the one that was promised (A10).
    """
    follow_up.tries += 1
    session.flush()
    if record.outcome != "reached" or settings.days_of(tenant).on(record.at) < follow_up.earliest_on:
        return False
    keep(session, tenant, follow_up, record, who)
    return True


def keep(session: Session, tenant: Tenant, follow_up: FollowUp, record: CallRecord, who: str) -> None:
    """The promise is kept by the call on *record*; nobody else makes it any more."""
    on = settings.days_of(tenant).on(record.at)
    move(
        session, follow_up, "done", done_at=record.at, done_by_id=record.agent_id, blocks=list(record.blocks),
        is_on_time=_is_on_time(follow_up, record.at, on),
    )  # fmt: skip
    bringing.withdraw(session, follow_up.delivery_id, "made")
    plan.on_done(session, tenant, follow_up)
    _tell(session, follow_up, who)


def _tell(session: Session, follow_up: FollowUp, who: str) -> None:
    """The call that was promised with a solution has told it."""
    if follow_up.case_id is None or follow_up.step != "solution":
        return
    case = cases.get(session, follow_up.case_id)
    if case.state == "solved":
        resolving.tell(session, case, who)


def _is_on_time(follow_up: FollowUp, at: datetime, on: date) -> bool:
    return on <= follow_up.due_on and (follow_up.due_at is None or at < follow_up.due_at)
