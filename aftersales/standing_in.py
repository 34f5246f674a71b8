"""
Who acts for whom: nothing changes owner while somebody is away, so what is open is theirs again when they are back (R-52).

`chain` is pure; the rest reads the absences it goes by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aftersales.models import Absence
from core.models import Staff
from customers.models import Customer

# where no stand-in is at work, in this order
LAST = ("supervisor", "administrator")


@dataclass(frozen=True)
class Person:
    """What decides for whom somebody can act."""

    department: str
    roles: frozenset[str]
    is_active: bool


@dataclass(frozen=True)
class Acting:
    """*by* is who acts for each person who is away; for those of *uncovered* no stand-in does, so it is the supervisor, or nobody."""

    by: Mapping[int, int]
    uncovered: frozenset[int]

    def whose(self, staff_id: int) -> list[int]:
        """Whose work is now in the hands of a person: their own, and that of those they act for."""
        return [staff_id, *sorted(away for away, who in self.by.items() if who == staff_id)]


NOBODY_AWAY = Acting({}, frozenset())


def chain(people: Mapping[int, Person], away: Mapping[int, int | None]) -> Acting:
    """
    Who acts for each of those *away* (their stand-ins by id). Pure.

    A stand-in who is away too has a stand-in of their own; where that ends with nobody who is at work, it is the supervisor of the
    department, else any supervisor, else an administrator.
    """
    by, uncovered = {}, set()
    for one in away:
        found = _stand_in(people, away, one)
        if found is None:
            uncovered.add(one)
            found = _last(people, away, one)
        if found is not None:
            by[one] = found
    return Acting(by, frozenset(uncovered))


def acting(session: Session, now: datetime) -> Acting:
    """Who acts for whom at *now* in the session's tenant."""
    absent = select(Absence.staff_id, Absence.delegate_id).where(
        Absence.starts_at <= now, Absence.ends_at > now
    )
    away: dict[int, int | None] = dict(iter(session.execute(absent)))
    return chain(people(session), away) if away else NOBODY_AWAY


def people(session: Session) -> Mapping[int, Person]:
    """Everybody of the session's tenant."""
    return {
        each.id: Person(each.department, frozenset(each.roles), each.is_active)
        for each in session.scalars(select(Staff).order_by(Staff.id))
    }


def names(session: Session, now: datetime) -> Mapping[int, str]:
    """The name of whoever acts for each person who is away."""
    found = acting(session, now).by
    if not found:
        return {}
    known = dict(iter(session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(found.values())))))
    return {away: known[who] for away, who in found.items()}


def whose(session: Session, staff_id: int, now: datetime) -> list[int]:
    """Whose work is in the hands of *staff_id* at *now*: their own, and that of those they act for."""
    return acting(session, now).whose(staff_id)


def for_whom(session: Session, customer_id: int | None, agent_id: int | None, now: datetime) -> int | None:
    """The customer's own agent, if *agent_id* acts for them at *now*."""
    if customer_id is None or agent_id is None:
        return None
    own = session.scalar(select(Customer.agent_id).where(Customer.id == customer_id))
    return own if own is not None and acting(session, now).by.get(own) == agent_id else None


def _stand_in(people: Mapping[int, Person], away: Mapping[int, int | None], one: int) -> int | None:
    seen, found = {one}, away[one]
    while found is not None and found not in seen and people[found].is_active:
        if found not in away:
            return found
        seen.add(found)
        found = away[found]
    return None


def _last(people: Mapping[int, Person], away: Mapping[int, int | None], one: int) -> int | None:
    there = [each for each, person in people.items() if person.is_active and each not in away]
    for role in LAST:
        able = [each for each in there if role in people[each].roles]
        beside = [each for each in able if people[each].department == people[one].department]
        if beside or able:
            return (beside or able)[0]
    return None
