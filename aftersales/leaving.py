"""Who leaves the company leaves no promise behind: what they own goes to somebody first (R-15)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from aftersales import cases
from aftersales.follow_ups import WAITING
from aftersales.models import Case, CustomerFile, FollowUp
from aftersales.staffing import OWNERS
from core import audit
from core.errors import Invalid
from core.models import Staff
from core.sentences import Sentence
from customers.models import Customer


@dataclass(frozen=True)
class Owned:
    """How much of it is somebody's."""

    follow_ups: int
    cases: int
    files: int
    customers: int

    def __bool__(self) -> bool:
        return any((self.follow_ups, self.cases, self.files, self.customers))

    @property
    def parts(self) -> list[Sentence]:
        """What there is any of, each with its number."""
        counted = (
            (self.follow_ups, Sentence("{count} follow-ups", count=self.follow_ups)),
            (self.cases, Sentence("{count} cases", count=self.cases)),
            (self.files, Sentence("{count} files to complete", count=self.files)),
            (self.customers, Sentence("{count} customers of their own", count=self.customers)),
        )
        return [said for count, said in counted if count]


def owned(session: Session, staff: Staff) -> Owned:
    """What is open and theirs."""
    counted = (
        select(func.count()).select_from(FollowUp).where(FollowUp.owner_id == staff.id, FollowUp.state.in_(WAITING)),
        select(func.count()).select_from(Case).where(Case.owner_id == staff.id, Case.state != "closed"),
        select(func.count()).select_from(CustomerFile).where(CustomerFile.owner_id == staff.id, CustomerFile.state == "open"),
        select(func.count()).select_from(Customer).where(Customer.agent_id == staff.id),
    )  # fmt: skip
    return Owned(*(session.scalar(each) or 0 for each in counted))


def take_over(session: Session, staff: Staff, heir: Staff, who: str) -> Owned:
    """Everything open of *staff* is *heir*'s from now on; each case says so. Raises Invalid for somebody who cannot."""
    if heir.id == staff.id or not heir.is_active or set(OWNERS).isdisjoint(heir.roles):
        raise Invalid("bad_heir", "name somebody else who works here and makes calls, such as a supervisor")
    found, tenant_id = owned(session, staff), staff.tenant_id
    for case in session.scalars(select(Case).where(Case.owner_id == staff.id, Case.state != "closed")):
        case.owner_id = heir.id
        cases.note(session, case, "given", who, value=heir.name, text=f"{staff.name} → {heir.name}")
    session.execute(
        update(FollowUp)
        .where(FollowUp.owner_id == staff.id, FollowUp.tenant_id == tenant_id, FollowUp.state.in_(WAITING))
        .values(owner_id=heir.id)
    )
    session.execute(
        update(CustomerFile)
        .where(CustomerFile.owner_id == staff.id, CustomerFile.tenant_id == tenant_id)
        .where(CustomerFile.state == "open")
        .values(owner_id=heir.id)
    )
    session.execute(
        update(Customer)
        .where(Customer.agent_id == staff.id, Customer.tenant_id == tenant_id)
        .values(agent_id=heir.id)
    )
    session.flush()
    audit.record(
        session, tenant_id, who, "staff_taken_over", f"staff:{staff.id}", heir=heir.id, **vars(found)
    )
    return found
