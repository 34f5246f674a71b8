"""Whose a promise is: nothing is ever without an owner (R-15, R-51)."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aftersales.models import Case, FollowUp
from aftersales.standing_in import Acting, acting
from core import clock
from core.bulk import in_chunks
from core.errors import Invalid
from core.models import Staff
from customers.models import Customer

# who gets what belongs to nobody yet: staff of the first of these roles that anybody has
OWNERS = ("after_sales", "supervisor", "administrator")


def owner_for(session: Session, tenant_id: int, customer_id: int | None = None, department: str = "") -> int:
    """
    The member of staff who gets something new: the customer's own agent, or whoever of *department* has the least to do and is at work.

    An agent who is away stays the owner: the stand-in has it in hand until they are back. Raises Invalid where nobody works yet.
    """
    return owners_for(session, tenant_id, [customer_id], department)[0]


def owners_for(
    session: Session, tenant_id: int, customer_ids: Sequence[int | None], department: str = ""
) -> list[int]:
    """`owner_for` each of many customers in turn, in a fixed number of queries. Raises Invalid where nobody works yet."""
    agents = _agents_of(session, {one for one in customer_ids if one is not None})
    if all(one in agents for one in customer_ids):
        return [agents[one] for one in customer_ids if one is not None]
    able = _able(session, tenant_id, department) or _able(session, tenant_id, "")
    if not able:
        raise Invalid("nobody_works_here", "add a member of staff first: flask staff add")
    away = acting(session, clock.now())
    able = [staff_id for staff_id in able if staff_id not in away.by] or able
    load = _load(session, tenant_id, away)
    free = [(load[staff_id], staff_id) for staff_id in able]
    heapq.heapify(free)
    return [agents.get(one) or _next(free) for one in customer_ids]


def name_of(session: Session, staff_id: int | None) -> str:
    """The name of a member of staff; "" for nobody."""
    return session.scalar(select(Staff.name).where(Staff.id == staff_id)) or ""


def colleagues(session: Session, tenant_id: int) -> list[Staff]:
    """Whom a follow-up or a case can be given to, by name."""
    able = [staff for staff in _active(session, tenant_id) if not set(OWNERS).isdisjoint(staff.roles)]
    return sorted(able, key=lambda staff: staff.name)


def _agents_of(session: Session, customer_ids: Collection[int]) -> dict[int | None, int]:
    """Each customer's own agent, of those who have one at work."""
    found: dict[int | None, int] = {}
    for chunk in in_chunks(sorted(customer_ids)):
        agents = select(Customer.id, Staff.id).join(Staff, Customer.agent_id == Staff.id)
        for customer_id, staff_id in session.execute(agents.where(Customer.id.in_(chunk), Staff.is_active)):
            found[customer_id] = staff_id
    return found


def _next(free: list[tuple[int, int]]) -> int:
    """Whoever has the least to do, who then has one more."""
    has, staff_id = free[0]
    heapq.heapreplace(free, (has + 1, staff_id))
    return staff_id


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


def _load(session: Session, tenant_id: int, away: Acting) -> Counter[int]:
    """How many open follow-ups and cases each has in hand."""
    load: Counter[int] = Counter()
    for model, is_open in ((FollowUp, FollowUp.state == "open"), (Case, Case.state != "closed")):
        counted = select(model.owner_id, func.count()).where(model.tenant_id == tenant_id, is_open)
        rows = session.execute(counted.group_by(model.owner_id))
        for owner, count in rows:
            load[away.by.get(owner, owner)] += count
    return load
