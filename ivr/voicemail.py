"""Messages callers left: each has an owner and a due time until somebody has dealt with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit, clock
from core.db import clean
from core.errors import Conflict, Invalid, NotFound
from core.models import Staff, Tenant
from core.states import move
from core.working_hours import due_at
from ivr.models import Voicemail

OWNERS = ("after_sales", "supervisor", "administrator")
"""Who gets new messages: staff of the first of these roles that anybody has."""
MAX_NOTE = 400
ESCALATED_AT_ONCE = 200


class Terms:
    """Who gets the new messages of some tenants, and until when they are due. Reads what it needs once."""

    def __init__(self, session: Session, tenant_ids: Collection[int]) -> None:
        zones = select(Tenant.id, Tenant.zone).where(Tenant.id.in_(tenant_ids))
        self._zones: dict[int, str] = {row.id: row.zone for row in session.execute(zones)}
        self._staff: dict[int, list[int]] = {}
        everybody = select(Staff).where(Staff.tenant_id.in_(tenant_ids), Staff.is_active).order_by(Staff.id)
        active = list(session.scalars(everybody))
        for tenant_id in tenant_ids:
            mine = [staff for staff in active if staff.tenant_id == tenant_id]
            able = ([staff.id for staff in mine if role in staff.roles] for role in OWNERS)
            self._staff[tenant_id] = next(filter(None, able), [])
        open_ones = select(Voicemail.owner_id, func.count()).where(
            Voicemail.tenant_id.in_(tenant_ids), Voicemail.state == "new", Voicemail.owner_id.is_not(None)
        )
        rows = session.execute(open_ones.group_by(Voicemail.owner_id))
        self._load = Counter({owner: count for owner, count in rows if owner is not None})

    def next_owner(self, tenant_id: int) -> int | None:
        """Whoever has the fewest open messages; None where nobody works yet."""
        if not self._staff[tenant_id]:
            return None
        owner = min(self._staff[tenant_id], key=lambda staff: self._load[staff])
        self._load[owner] += 1
        return owner

    def due_at(self, tenant_id: int, at: datetime) -> datetime:
        """Until when a message left at *at* is to be answered."""
        return due_at(at, self._zones[tenant_id])


def done(session: Session, voicemail_id: int, staff_id: int, note: str) -> Voicemail:
    """A member of staff has dealt with a message. Raises NotFound, Conflict if somebody already has, Invalid for an overlong note."""
    if len(note) > MAX_NOTE:
        raise Invalid("note_too_long", "shorten the note to {most} characters", most=MAX_NOTE)
    found, staff = get(session, voicemail_id), _staff(session, staff_id)
    if found.state == "done":
        raise Conflict("bad_transition", "somebody has dealt with this message already")
    move(session, found, "done", done_at=clock.now(), owner_id=staff.id, note=clean(note))
    audit.record(session, found.tenant_id, staff.email, "voicemail_done", f"voicemail:{found.id}", note=note)
    return found


def assign(session: Session, voicemail_id: int, owner_id: int, who: str) -> Voicemail:
    """Make another member of staff responsible for a message."""
    found, owner = get(session, voicemail_id), _staff(session, owner_id)
    found.owner_id = owner.id
    audit.record(
        session, found.tenant_id, who, "voicemail_assigned", f"voicemail:{found.id}", owner=owner.email
    )
    return found


def escalate(session: Session, now: datetime) -> int:
    """Put messages nobody answered in time before a supervisor of theirs, once each; how many."""
    late = (
        select(Voicemail)
        .where(Voicemail.state == "new", Voicemail.due_at < now, Voicemail.escalated_at.is_(None))
        .order_by(Voicemail.id)
        .limit(ESCALATED_AT_ONCE)
    )
    found = session.scalars(late).all()
    for message in found:
        message.escalated_at = now
        supervisors = select(Staff).where(Staff.tenant_id == message.tenant_id, Staff.is_active)
        above = next((one for one in session.scalars(supervisors) if "supervisor" in one.roles), None)
        if above is not None:
            message.owner_id = above.id
        about = f"voicemail:{message.id}"
        audit.record(session, message.tenant_id, "escalate", "voicemail_escalated", about)
    return len(found)


def get(session: Session, voicemail_id: int) -> Voicemail:
    """A message of the session's tenant. Raises NotFound."""
    found = session.scalar(select(Voicemail).where(Voicemail.id == voicemail_id))
    if found is None:
        raise NotFound("no_voicemail", "there is no such message")
    return found


def _staff(session: Session, staff_id: int) -> Staff:
    found = session.scalar(select(Staff).where(Staff.id == staff_id))
    if found is None:
        raise NotFound("no_staff", "there is no such person here")
    return found
