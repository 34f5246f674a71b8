"""
Who works here, and who may change that: administrators everybody's rights, supervisors those of the people they lead, nobody
their own.

A person chooses their password themselves, by a link that whoever adds them hands over (console/password_links.py).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from aftersales import leaving
from aftersales.staffing import OWNERS
from console.sessions import SignedIn
from console.staff import add_staff, check_department
from core import audit, clock
from core.errors import Conflict, Fault, Forbidden, NotFound, WrongFields
from core.models import ROLES, Staff, StaffSession, Tenant

GIVES: Mapping[str, frozenset[str]] = {
    "administrator": frozenset(ROLES),
    "supervisor": frozenset(("marketing", "after_sales")),
}


def gives(actor: SignedIn) -> list[str]:
    """The roles that *actor* may give and take."""
    mine = frozenset().union(*(GIVES.get(role, frozenset()) for role in actor.roles))
    return [role for role in ROLES if role in mine]


def may_change(actor: SignedIn, staff: Staff) -> bool:
    """Whether *actor* may say what *staff* may do."""
    return staff.id != actor.staff_id and set(staff.roles) <= set(gives(actor))


def everybody(session: Session) -> Sequence[Staff]:
    """Who works here by name, then who did."""
    return session.scalars(select(Staff).order_by(Staff.is_active.desc(), Staff.name, Staff.id)).all()


def get(session: Session, staff_id: int, actor: SignedIn) -> Staff:
    """Somebody whose rights are *actor*'s to change, locked. Raises NotFound, Forbidden."""
    found = session.scalar(select(Staff).where(Staff.id == staff_id).with_for_update())
    if found is None:
        raise NotFound("no_staff", "there is no such person here")
    if found.id == actor.staff_id:
        raise Forbidden("own_rights", "nobody changes their own rights; ask somebody else who may")
    if not may_change(actor, found):
        raise Forbidden("not_allowed", "only an administrator changes the rights of this person")
    return found


def hire(
    session: Session,
    tenant: Tenant,
    actor: SignedIn,
    *,
    email: str,
    name: str,
    roles: Collection[str],
    language: str,
    department: str = "",
) -> Staff:
    """Add somebody, who chooses a password by their link. Raises Invalid or Conflict saying what to enter, Forbidden."""
    _check_given(actor, roles)
    unguessable = clock.new_token()
    return add_staff(
        session, tenant.id, email, name, roles, language, unguessable, department, who=actor.email
    )


def change(
    session: Session, tenant: Tenant, actor: SignedIn, staff: Staff, roles: Collection[str], department: str
) -> None:
    """
    *staff* may do what *roles* say from now on, and works in *department*; their very next page goes by it.

    Raises Invalid, Forbidden, Conflict if promises would be owned by somebody who cannot keep them, or nobody would administer.
    """
    _check_given(actor, roles)
    check_department(tenant, department)
    if "administrator" not in roles:
        check_not_last(session, staff)
    if set(roles).isdisjoint(OWNERS) and (owned := leaving.owned(session, staff)):
        raise Conflict(
            "owns_promises",
            "{name} still has {parts}; give these to somebody else first",
            name=staff.name,
            parts=owned.parts,
        )
    staff.roles, staff.department = [role for role in ROLES if role in roles], department
    session.flush()
    audit.record(
        session, tenant.id, actor.email, "staff_changed", f"staff:{staff.id}", roles=staff.roles, department=department
    )  # fmt: skip


def take_back(session: Session, tenant: Tenant, actor: SignedIn, staff: Staff) -> None:
    """Somebody who had left works here again, with the roles they had."""
    staff.is_active = True
    session.flush()
    audit.record(session, tenant.id, actor.email, "staff_taken_back", f"staff:{staff.id}")


def end_sessions(session: Session, staff: Staff) -> None:
    """Whoever is signed in as *staff* is so no more."""
    session.execute(delete(StaffSession).where(StaffSession.staff_id == staff.id))


def check_not_last(session: Session, staff: Staff) -> None:
    """Raises Conflict if nobody would administer without *staff*."""
    if "administrator" not in staff.roles or not staff.is_active:
        return
    there = select(Staff).where(Staff.is_active, Staff.tenant_id == staff.tenant_id).order_by(Staff.id)
    administrators = [
        one.id for one in session.scalars(there.with_for_update()) if "administrator" in one.roles
    ]
    if administrators == [staff.id]:
        raise Conflict("last_administrator", "nobody else administers; make somebody an administrator first")


def _check_given(actor: SignedIn, roles: Collection[str]) -> None:
    if not roles or set(roles) - ROLES.keys():
        raise WrongFields([Fault("roles", "bad_roles", "choose what this person may do, at least one")])
    if above := set(roles) - set(gives(actor)):
        raise Forbidden("above", "only an administrator gives the role {role}", role=min(above))
