"""Whose a promise is, and who stands in: nothing is ever without an owner (R-15, R-51, R-52)."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aftersales.models import Absence, Case, FollowUp
from core.bulk import in_chunks
from core.errors import Invalid
from core.models import Staff
from customers.models import Customer

# who gets what belongs to nobody yet: staff of the first of these roles that anybody has
OWNERS = ("after_sales", "supervisor", "administrator")


def owner_for(session: Session, tenant_id: int, customer_id: int | None = None, department: str = "") -> int:
    """
    The member of staff who gets something new: the customer's own agent, or whoever of *department* has the least to do.

    Raises Invalid where nobody works yet.
    """
    if customer_id is not None and (mine := _agent_of(session, customer_id)):
        return mine
    able = _able(session, tenant_id, department) or _able(session, tenant_id, "")
    if not able:
        raise Invalid("nobody_works_here", "add a member of staff first: flask staff add")
    load = _load(session, tenant_id)
    return min(able, key=lambda staff_id: (load[staff_id], staff_id))


def owners_for(session: Session, tenant_id: int, customer_ids: Sequence[int]) -> list[int]:
    """`owner_for` each of many customers in turn, in a fixed number of queries. Raises Invalid where nobody works yet."""
    able = _able(session, tenant_id, "")
    if not able:
        raise Invalid("nobody_works_here", "add a member of staff first: flask staff add")
    load = _load(session, tenant_id)
    free = [(load[staff_id], staff_id) for staff_id in able]
    heapq.heapify(free)
    mine: dict[int, int] = {}
    for chunk in in_chunks(sorted(set(customer_ids))):
        agents = select(Customer.id, Staff.id).join(Staff, Customer.agent_id == Staff.id)
        mine |= {
            row[0]: row[1] for row in session.execute(agents.where(Customer.id.in_(chunk), Staff.is_active))
        }
    owners = []
    for customer_id in customer_ids:
        if customer_id not in mine:
            has, staff_id = free[0]
            heapq.heapreplace(free, (has + 1, staff_id))
            owners.append(staff_id)
        else:
            owners.append(mine[customer_id])
    return owners


def supervisors(session: Session, tenant_id: int) -> list[int]:
    """Who is told when something is late."""
    return [staff.id for staff in _active(session, tenant_id) if "supervisor" in staff.roles]


def stand_in(session: Session, staff_id: int, on: date) -> int | None:
    """Who does the work of *staff_id* on a day: the delegate while they are away, themselves otherwise; None if away without one."""
    away = session.scalar(
        select(Absence)
        .where(Absence.staff_id == staff_id, Absence.first_on <= on, Absence.last_on >= on)
        .order_by(Absence.id.desc())
        .limit(1)
    )
    return staff_id if away is None else away.delegate_id


def _agent_of(session: Session, customer_id: int) -> int | None:
    agents = select(Staff.id).join(Customer, Customer.agent_id == Staff.id)
    return session.scalar(agents.where(Customer.id == customer_id, Staff.is_active))


def _able(session: Session, tenant_id: int, department: str) -> list[int]:
    """Active staff of *department* (of any if ""), of the first role of OWNERS that any of them has."""
    inside = [
        staff for staff in _active(session, tenant_id) if not department or staff.department == department
    ]
    by_role = ([staff.id for staff in inside if role in staff.roles] for role in OWNERS)
    return next(filter(None, by_role), [])


def _active(session: Session, tenant_id: int) -> list[Staff]:
    mine = select(Staff).where(Staff.tenant_id == tenant_id, Staff.is_active)
    return list(session.scalars(mine.order_by(Staff.id)))


def _load(session: Session, tenant_id: int) -> Counter[int]:
    """How many open follow-ups and cases each has."""
    load: Counter[int] = Counter()
    for model, is_open in ((FollowUp, FollowUp.state == "open"), (Case, Case.state != "closed")):
        counted = select(model.owner_id, func.count()).where(model.tenant_id == tenant_id, is_open)
        rows = session.execute(counted.group_by(model.owner_id))
        for owner, count in rows:
            load[owner] += count
    return load
