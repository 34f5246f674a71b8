"""
Promised contacts: made once, owned always, done by their owner or a stand-in.

Whoever promises a contact calls `promise`: a plan's step, a solution to be told, a repair that will be late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from aftersales import bringing
from aftersales.models import FollowUp
from aftersales.staffing import owner_for, owners_for
from core import audit, clock
from core.bulk import insert_new
from core.db import MAX_ID, clean
from core.errors import Conflict, Invalid, NotFound
from core.models import Staff
from core.states import move

WAITING = ("open", "calling")
MAX_REASON = 200


def promise(
    session: Session,
    tenant_id: int,
    key: str,
    *,
    step: str,
    customer_id: int,
    earliest_on: date,
    due_on: date,
    due_at: datetime | None = None,
    means: str = "person",
    topic: str = "",
    work_order_id: int | None = None,
    case_id: int | None = None,
    earlier_id: int | None = None,
    owner_id: int | None = None,
) -> FollowUp:
    """
    The follow-up called *key* (such as work_order:12:first); made now if there is none yet, else as it is.

    Owned by *owner_id*, or by whoever staffing.owner_for chooses. Raises Invalid where nobody works.
    """
    found = _find(session, tenant_id, key)
    if found is None:
        row = {
            "tenant_id": tenant_id, "key": key, "step": step, "customer_id": customer_id, "earliest_on": earliest_on,
            "due_on": due_on, "due_at": due_at, "means": means, "topic": topic, "work_order_id": work_order_id,
            "case_id": case_id, "earlier_id": earlier_id, "owner_id": owner_id or owner_for(session, tenant_id, customer_id),
            "state": "open", "created_at": clock.now(),
        }  # fmt: skip
        insert_new(session, FollowUp, [row])
        found = _find(session, tenant_id, key)
        assert found, "inserted, or there already"
    return found


def promise_all(session: Session, tenant_id: int, promises: Sequence[Mapping[str, Any]]) -> int:
    """
    Many of one tenant's promises, each as `promise` takes them (with its *key*), in a fixed number of queries; how many are new.
    """
    owners = owners_for(session, tenant_id, [each["customer_id"] for each in promises])
    stays = {
        "tenant_id": tenant_id,
        "means": "person",
        "topic": "",
        "state": "open",
        "created_at": clock.now(),
    }
    rows = [{**stays, "owner_id": owner, **each} for owner, each in zip(owners, promises, strict=True)]
    return insert_new(session, FollowUp, rows)


def get(session: Session, follow_up_id: int) -> FollowUp:
    """A follow-up of the session's tenant. Raises NotFound."""
    found = session.scalar(select(FollowUp).where(FollowUp.id == follow_up_id))
    if found is None:
        raise NotFound("no_follow_up", "there is no such follow-up")
    return found


def plan_for(session: Session, follow_up: FollowUp, at: datetime | None, who: str) -> None:
    """The customer asked to be called at *at* (UTC). Raises Invalid for a time that is past, Conflict if the call was made."""
    if at is None or at <= clock.now():
        raise Invalid("bad_time", "enter a day and a time after now")
    check_waiting(follow_up)
    follow_up.planned_at = at
    session.flush()
    audit.record(
        session, follow_up.tenant_id, who, "follow_up_planned", f"follow_up:{follow_up.id}", at=str(at)
    )


def cancel(session: Session, follow_up: FollowUp, reason: str, who: str) -> None:
    """What was promised is not needed any more, by a supervisor's word. Raises Invalid without a reason, Conflict if it is over."""
    words = clean(reason).strip()
    if not words:
        raise Invalid("missing", "write down why this call is not needed")
    if len(words) > MAX_REASON:
        raise Invalid("too_long", "shorten this to {most} characters", most=MAX_REASON)
    move(session, follow_up, "cancelled", reason=words)
    bringing.withdraw(session, follow_up.delivery_id, "cancelled")
    audit.record(
        session, follow_up.tenant_id, who, "follow_up_cancelled", f"follow_up:{follow_up.id}", reason=words
    )


def assign(session: Session, tenant_id: int, ids: Sequence[int], staff_id: int, who: str) -> int:
    """
    Give those of *ids* that wait to a member of staff; how many. Raises Invalid for somebody who does not work here, NotFound
    for an id there is none of.
    """
    works_here = Staff.id == min(staff_id, MAX_ID), Staff.tenant_id == tenant_id, Staff.is_active
    if session.scalar(select(Staff.id).where(*works_here)) is None:
        raise Invalid("unknown_staff", "choose a member of staff")
    named = FollowUp.tenant_id == tenant_id, FollowUp.id.in_([one for one in ids if one <= MAX_ID])
    if unknown := sorted(set(ids) - set(session.scalars(select(FollowUp.id).where(*named)))):
        raise NotFound("no_follow_up", "there is no follow-up {number}", number=unknown[0])
    mine = update(FollowUp).where(*named, FollowUp.state.in_(WAITING))
    given = session.scalars(mine.values(owner_id=staff_id).returning(FollowUp.id)).all()
    for one in given:
        audit.record(session, tenant_id, who, "follow_up_assigned", f"follow_up:{one}", owner=staff_id)
    return len(given)


def _find(session: Session, tenant_id: int, key: str) -> FollowUp | None:
    return session.scalar(select(FollowUp).where(FollowUp.tenant_id == tenant_id, FollowUp.key == key))


def check_waiting(follow_up: FollowUp) -> None:
    """Raises Conflict for a call that was made already, or is not needed any more."""
    if follow_up.state not in WAITING:
        raise Conflict("over", "this call was made or is not needed any more")
