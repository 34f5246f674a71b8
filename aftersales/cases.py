"""
Cases: opened once, from a call, a record or a score; owner and due time always.

Whoever hears a demand, a wish or a complaint calls `open_case`.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from aftersales import settings
from aftersales.models import Case, CaseEvent
from aftersales.models.cases import KINDS
from aftersales.staffing import owner_for
from core import clock
from core.bulk import insert_new
from core.db import clean
from core.errors import Invalid, NotFound
from core.models import Tenant
from core.sentences import Sentence

# seven digits and a check digit: said twice on the telephone, and a slip of a finger finds nobody else's case
DIGITS = 7
MAX_TEXT = 4000
KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")
CALL = re.compile(r"call:(?P<call>[^:]+):")


def open_case(
    session: Session,
    tenant: Tenant,
    origin: str,
    *,
    kind: str,
    who: str,
    text: str = "",
    customer_id: int | None = None,
    address: str = "",
    work_order_id: int | None = None,
    is_urgent: bool = False,
    department: str = "",
    owner_id: int | None = None,
    at: datetime | None = None,
) -> Case:
    """
    The case that began at *origin* (such as call:CA…:3:0); opened now if there is none yet, else as it is.

    *text* is what somebody wrote, or a sentence, kept for every reader's language. Due at the end of the day on which it would go to the supervisor (R-43); *owner_id*'s, or whose staffing.owner_for chooses. Raises Invalid for a *kind* that is no word, or where
    nobody works.
    """
    if not KIND.fullmatch(kind):
        raise Invalid("bad_kind", "choose a kind of case, such as {kinds}", kinds=KINDS[:3])
    if found := _find(session, tenant.id, origin):
        return found
    text, at, rules, days = clean(text), at or clock.now(), settings.of(tenant), settings.days_of(tenant)
    department = department or rules.departments[0]
    row = {
        "tenant_id": tenant.id, "number": new_number(session, tenant.id), "origin": origin, "kind": kind, "state": "open",
        "is_urgent": is_urgent, "customer_id": customer_id, "address": address, "work_order_id": work_order_id,
        "text": text if isinstance(text, Sentence) else text[:MAX_TEXT], "department": department, "opened_at": at,
        "owner_id": owner_id or owner_for(session, tenant.id, customer_id, department),
        "due_at": days.ends(days.after(days.on(at), rules.escalate_after)),
    }  # fmt: skip
    is_new = insert_new(session, Case, [row])
    found = _find(session, tenant.id, origin)
    assert found, "inserted, or there already"
    if is_new:
        note(session, found, "opened", who, value=kind)
    return found


def get(session: Session, case_id: int) -> Case:
    """A case of the session's tenant. Raises NotFound."""
    found = session.scalar(select(Case).where(Case.id == case_id))
    if found is None:
        raise NotFound("no_case", "there is no such case")
    return found


def by_number(session: Session, number: str) -> Case | None:
    """The case with a number as it was keyed in; None if a digit is wrong or nobody has it."""
    if not number.isascii() or not number.isdigit() or len(number) != DIGITS + 1:
        return None
    if check_digit(number[:-1]) != number[-1]:
        return None
    return session.scalar(select(Case).where(Case.number == number))


def call_of(case: Case) -> str:
    """The carrier's id of the call in which a case was opened; "" where it was none."""
    found = CALL.match(case.origin)
    return found["call"] if found else ""


def late(now: datetime) -> ColumnElement[bool]:
    """Cases that are not solved in time (R-43), or whose customer was not told in time (R-44)."""
    return or_(
        (Case.state == "open") & (Case.due_at <= now),
        (Case.state == "solved") & (Case.tell_by <= now),
    )


def is_late(case: Case, now: datetime) -> bool:
    """`late` of one case."""
    by = {"open": case.due_at, "solved": case.tell_by}.get(case.state)
    return by is not None and by <= now


def note(session: Session, case: Case, what: str, who: str, value: str = "", text: str = "") -> None:
    """Write down what happened to a case."""
    session.add(
        CaseEvent(
            tenant_id=case.tenant_id, case_id=case.id, what=what, value=value, note=clean(text), who=who, at=clock.now()
        )
    )  # fmt: skip


def new_number(session: Session, tenant_id: int) -> str:
    """A number nobody has yet, with a check digit."""
    while True:
        digits = str(10 ** (DIGITS - 1) + secrets.randbelow(9 * 10 ** (DIGITS - 1)))
        number = digits + check_digit(digits)
        if session.scalar(select(Case.id).where(Case.tenant_id == tenant_id, Case.number == number)) is None:
            return number


def check_digit(digits: str) -> str:
    """The digit that makes *digits* a number that one wrong key or two swapped ones cannot make of another (Luhn)."""
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits))]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def _find(session: Session, tenant_id: int, origin: str) -> Case | None:
    return session.scalar(select(Case).where(Case.tenant_id == tenant_id, Case.origin == origin))
