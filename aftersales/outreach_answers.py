"""What an answer to an outreach means, and what happens where there is none: one branch a kind."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import extra_work, settings
from aftersales.follow_ups import promise
from aftersales.models import CallRecord, Case, Outreach
from aftersales.outreach_kinds import KINDS
from core import clock
from core.models import Tenant

WHO = "automated call"


def answered(session: Session, tenant: Tenant, one: Outreach) -> None:
    """The customer has answered *one*."""
    match one.kind:
        case "extra_work":
            found = extra_work.get(session, one.subject_id)
            is_agreed = one.answer == "yes"
            extra_work.answer(session, found, is_agreed, one.proof, WHO, at=one.answered_at)


def told(session: Session, tenant: Tenant, one: Outreach) -> None:
    """The customer knows."""


def failed(session: Session, tenant: Tenant, one: Outreach) -> None:
    """No line could tell or ask the customer: a person has it, where somebody must."""
    if one.kind == "extra_work":
        extra_work.unanswered(session, extra_work.get(session, one.subject_id))
    if KINDS[one.kind].is_needed:
        days = settings.days_of(tenant)
        on = days.on(clock.now())
        follow_up = promise(
            session, tenant.id, f"outreach:{one.id}", step=one.kind, customer_id=one.customer_id, earliest_on=on, due_on=on,
            due_at=one.expires_at if clock.now() < one.expires_at < days.ends(on) else None, topic=topic_of(one), work_order_id=one.work_order_id,
        )  # fmt: skip
        follow_up.reason = one.reason
        session.flush()


def topic_of(one: Outreach) -> str:
    """What a person is to talk about."""
    return ", ".join(
        one.variables[name] for name in ("job", "item", "price", "slot") if one.variables.get(name)
    )[:200]


def asked_for_person(session: Session, tenant_id: int, record: CallRecord) -> bool:
    """Whether the customer asked to be called by a person during a call."""
    during = Case.origin.startswith(f"call:{record.call_id}:", autoescape=True)
    asked = select(Case.id).where(Case.tenant_id == tenant_id, during, Case.kind == "call_back")
    return session.scalar(asked.limit(1)) is not None
