"""People who leave: they sign in no more, and what was theirs is somebody's (R-15)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales import leaving
from console import team
from console.staff import check_department, email_key
from core import audit
from core.errors import Conflict, NotFound
from core.models import Staff, Tenant
from core.sentences import Sentence
from ivr import voicemail
from ivr.models import Voicemail


def deactivate(session: Session, tenant: Tenant, email: str, heir_email: str | None, who: str) -> None:
    """
    The person who signs in with *email* does so no more; *heir_email* takes over what is open and theirs.

    Raises Conflict naming what they still own if nobody takes it over, or if nobody would be left who administers.
    """
    staff = _find(session, email)
    team.check_not_last(session, staff)
    messages = select(Voicemail.id).where(Voicemail.owner_id == staff.id, Voicemail.state == "new")
    waiting = session.scalars(messages).all()
    owned = leaving.owned(session, staff)
    if heir_email is not None:
        heir = _find(session, heir_email)
        leaving.take_over(session, staff, heir, who)
        for message_id in waiting:
            voicemail.assign(session, message_id, heir.id, who)
    elif owned or waiting:
        messages_waiting = [Sentence("{count} voice messages", count=len(waiting))] if waiting else []
        raise Conflict(
            "owns_promises",
            "{name} still has {parts}; name who takes them over",
            name=staff.name,
            parts=[*owned.parts, *messages_waiting],
        )
    staff.is_active = False
    team.end_sessions(session, staff)
    session.flush()
    audit.record(session, tenant.id, who, "staff_deactivated", f"staff:{staff.id}")


def change_department(session: Session, tenant: Tenant, email: str, department: str, who: str) -> None:
    """Somebody works in another *department*. Raises Invalid for one the tenant does not have."""
    check_department(tenant, department)
    staff = _find(session, email)
    staff.department = department
    session.flush()
    audit.record(session, tenant.id, who, "staff_moved", f"staff:{staff.id}", department=department)


def _find(session: Session, email: str) -> Staff:
    found = session.scalar(select(Staff).where(Staff.email == email_key(email), Staff.is_active))
    if found is None:
        raise NotFound("no_staff", "nobody here signs in with {email}", email=email)
    return found
