"""What an answer to an outreach means, and what happens where there is none: one branch a kind."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import cases, extra_work, personal, reminder_answers, service_due
from aftersales.models import CallRecord, Case, Outreach
from aftersales.outreach_kinds import KINDS
from core.models import Tenant

WHO = "automated call"
ASKED = "asked_for_person"


def answered(session: Session, tenant: Tenant, one: Outreach) -> None:
    """The customer has answered *one*."""
    match one.kind:
        case "extra_work":
            found = extra_work.get(session, one.subject_id)
            is_agreed = one.answer == "yes"
            extra_work.answer(session, found, is_agreed, one.proof, WHO, at=one.answered_at)
        case "appointment":
            reminder_answers.answered(session, tenant, one, WHO)
        case "service_due" if one.answer == "book":
            cases.open_case(
                session, tenant, f"outreach:{one.id}", kind="appointment", who=WHO, customer_id=one.customer_id,
                text=f"{one.variables.get('vehicle', '')}, {one.variables.get('day', '')}",
            )  # fmt: skip
        case "new_time":
            reminder_answers.chosen(session, tenant, one, WHO)


def told(session: Session, tenant: Tenant, one: Outreach) -> None:
    """The customer knows."""


def failed(session: Session, tenant: Tenant, one: Outreach) -> None:
    """No line could tell or ask the customer: a person has it, where somebody must."""
    if one.kind == "extra_work":
        extra_work.unanswered(session, extra_work.get(session, one.subject_id))
    if KINDS[one.kind].is_needed or one.reason == ASKED:
        personal.call(session, tenant, one, one.reason)


def is_needed(session: Session, tenant: Tenant, one: Outreach) -> bool:
    """Whether the customer is still to be told or asked."""
    match one.kind:
        case "appointment" | "new_time":
            return reminder_answers.is_needed(session, tenant, one)
        case "service_due":
            return service_due.is_needed(session, one)
    return True


def asked_for_person(session: Session, tenant_id: int, record: CallRecord) -> bool:
    """Whether the customer asked to be called by a person during a call."""
    during = Case.origin.startswith(f"call:{record.call_id}:", autoescape=True)
    asked = select(Case.id).where(Case.tenant_id == tenant_id, during, Case.kind == "call_back")
    return session.scalar(asked.limit(1)) is not None
