"""
Follow-ups that a line of ours makes: one delivery each (`follow_up:9`), heard of once, given back to its owner if it comes to nothing.

Each step of it is one transaction: a process may be killed anywhere, and a follow-up has neither two calls nor none.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import bringing, order_facts, script, settings
from aftersales.bringing import Errand
from aftersales.days import Days
from aftersales.models import FollowUp, WorkOrder
from aftersales.settings import AfterSales, Step
from core import audit
from core.db import ScopedSession
from core.errors import Conflict, Invalid, NotFound
from core.models import Tenant
from core.states import move

WHO = "automated call"
SLICE = 100
IS_AUTOMATED = FollowUp.means != "person"


def arrange(session: ScopedSession, tenant: Tenant, now: datetime) -> int:
    """
    Have those called whose first day has come; how many were looked at, at most SLICE, the most urgent first.

    Where that cannot be done (no number, no published flow, a part of the script that was heard before, no day left) a person has it.
    """
    rules, days = settings.of(tenant), settings.days_of(tenant)
    waiting = select(FollowUp).where(
        FollowUp.tenant_id == tenant.id,
        FollowUp.state == "open",
        IS_AUTOMATED,
        FollowUp.earliest_on <= days.on(now),
    )
    ordered = waiting.order_by(FollowUp.due_on, FollowUp.id).limit(SLICE).with_for_update(skip_locked=True)
    found = session.scalars(ordered).all()
    for follow_up in found:
        try:
            _call(session, tenant, rules, days, follow_up)
        except (Invalid, NotFound) as error:
            give_back(session, follow_up, error.code, WHO)
    return len(found)


def give_back(session: Session, follow_up: FollowUp, reason: str, who: str) -> None:
    """A person makes this call, for a *reason*: a rule or a cause of the network, or what came of the call."""
    bringing.withdraw(session, follow_up.delivery_id, "given back")
    if follow_up.state == "calling":
        move(session, follow_up, "open", means="person", reason=reason)
    else:
        follow_up.means, follow_up.reason = "person", reason
        session.flush()
    about = f"follow_up:{follow_up.id}"
    audit.record(session, follow_up.tenant_id, who, "follow_up_given_back", about, reason=reason)


def take_over(session: Session, follow_up: FollowUp, who: str) -> None:
    """A member of staff would rather make this call. Raises Conflict if a person makes it, or it is over."""
    if follow_up.means == "person" or follow_up.state not in ("open", "calling"):
        raise Conflict("no_line", "a person makes this call already, or it is over")
    give_back(session, follow_up, "taken_over", who)


def step_of(rules: AfterSales, follow_up: FollowUp) -> Step:
    """The line of the plan *follow_up* is made by. Raises NotFound if it is gone."""
    for step in rules.plan:
        if step.step == follow_up.step:
            return step
    raise NotFound("no_step", "the plan has no step {step!r} any more", step=follow_up.step)


def last_call(rules: AfterSales, days: Days, follow_up: FollowUp) -> datetime:
    """Until when a line of ours may try; the days after that are a person's."""
    left = rules.automated.days_for_person if follow_up.means == "call_then_person" else 0
    return days.ends(days.before(follow_up.due_on, left))


def _call(session: ScopedSession, tenant: Tenant, rules: AfterSales, days: Days, follow_up: FollowUp) -> None:
    step = step_of(rules, follow_up)
    script.check(session, follow_up, step.blocks)
    begins = days.starts(follow_up.earliest_on)
    errand = Errand(
        name=f"follow_up:{follow_up.id}",
        purpose="service",
        customer_id=follow_up.customer_id,
        variables=_facts(session, follow_up),
        due_at=max(begins, follow_up.planned_at or begins),
        expires_at=last_call(rules, days, follow_up),
    )
    made = bringing.call(session, tenant, errand, step.flow)
    move(session, follow_up, "calling", delivery_id=made.id)


def _facts(session: Session, follow_up: FollowUp) -> dict[str, str]:
    """What is known of the job a call is about."""
    if follow_up.work_order_id is None:
        return {"topic": follow_up.topic}
    order = session.get_one(WorkOrder, follow_up.work_order_id)
    return {**order_facts.facts(session, order), "topic": follow_up.topic}
