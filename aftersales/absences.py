"""Who is away, from when until when, and who stands in (R-52)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, aliased

from aftersales import settings
from aftersales.models import Absence
from aftersales.staffing import OWNERS
from aftersales.standing_in import acting
from core import audit, clock
from core.db import MAX_ID
from core.errors import Conflict, Fault, Forbidden, NotFound, WrongFields
from core.models import Staff, Tenant
from core.sentences import Sentence

YEARS = (2000, 2200)
LONGEST, INSTANT = timedelta(days=400), timedelta(microseconds=1)
# who enters the absences of others; everybody may enter their own
ENTERERS = frozenset({"supervisor"})


@dataclass(frozen=True)
class AbsenceRow:
    """An absence in a list; *acting* is the name of whoever acts now, if it is under way, "" if it is not or nobody does."""

    absence: Absence
    name: str
    delegate: str
    acting: str
    is_now: bool
    is_uncovered: bool


def span(
    tenant: Tenant, first_on: date, last_on: date, first_at: time | None = None, last_at: time | None = None
) -> tuple[datetime, datetime]:
    """The instants (UTC) between which somebody is away: whole days by the tenant's clocks, or from an hour, until an hour."""
    _check_years(first_on.year, last_on.year, "last_on")
    days, zone = settings.days_of(tenant), ZoneInfo(tenant.zone)
    starts = datetime.combine(first_on, first_at, zone) if first_at else days.starts(first_on)
    ends = datetime.combine(last_on, last_at, zone) if last_at else days.ends(last_on)
    return starts, ends


def _check_years(first: int, last: int, field: str) -> None:
    """Raises WrongFields for years no calendar of ours can count with."""
    if not YEARS[0] <= first <= YEARS[1] or not YEARS[0] <= last <= YEARS[1]:
        raise WrongFields(
            [Fault(field, "too_long", Sentence("enter an end within {days} days", days=LONGEST.days))]
        )


def enter(
    session: Session,
    tenant: Tenant,
    *,
    staff_id: int,
    starts_at: datetime,
    ends_at: datetime,
    delegate_id: int | None,
    who: str,
) -> Absence:
    """
    Somebody is away, and *delegate_id* of the same department stands in; None leaves it to the supervisor, who is told.

    Raises WrongFields naming each field, Conflict if they are away already in that time.
    """
    _check_years(starts_at.year, ends_at.year, "ends_at")
    staff = session.scalar(_at_work(staff_id).with_for_update())
    faults = [] if staff else [Fault("staff_id", "unknown_staff", "choose somebody who works here")]
    if ends_at <= max(starts_at, clock.now()):
        faults.append(Fault("ends_at", "past_end", "enter an end that is after the beginning, and after now"))
    elif ends_at - starts_at > LONGEST:
        faults.append(
            Fault("ends_at", "too_long", Sentence("enter an end within {days} days", days=LONGEST.days))
        )
    if staff and (fault := _delegate_fault(session, staff, delegate_id, starts_at, ends_at)):
        faults.append(fault)
    if faults:
        raise WrongFields(faults)
    _check_free(session, staff_id, starts_at, ends_at)
    days = settings.days_of(tenant)
    made = Absence(
        tenant_id=tenant.id, staff_id=staff_id, delegate_id=delegate_id, starts_at=starts_at, ends_at=ends_at,
        first_on=days.on(starts_at), last_on=days.on(ends_at - INSTANT), created_by=who, created_at=clock.now(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    _record(session, made, "absence_entered", who, ends_at=str(ends_at))
    return made


def stand_in(session: Session, absence: Absence, delegate_id: int | None, who: str) -> None:
    """Somebody else stands in from now on. Raises WrongFields, Conflict if the absence is over."""
    _check_lasts(absence)
    staff = session.get_one(Staff, absence.staff_id)
    if fault := _delegate_fault(session, staff, delegate_id, absence.starts_at, absence.ends_at):
        raise WrongFields([fault])
    absence.delegate_id = delegate_id
    session.flush()
    _record(session, absence, "absence_stand_in", who)


def end(session: Session, tenant: Tenant, absence: Absence, who: str) -> None:
    """They are back: what is open is theirs again from now on. One that has not begun is withdrawn. Raises Conflict if it is over."""
    _check_lasts(absence)
    now = clock.now()
    _record(session, absence, "absence_ended", who)
    if absence.starts_at >= now:
        session.delete(absence)
    else:
        absence.ends_at, absence.last_on = now, settings.days_of(tenant).on(now)
    session.flush()


def get(session: Session, absence_id: int) -> Absence:
    """An absence of the session's tenant. Raises NotFound."""
    found = session.scalar(select(Absence).where(Absence.id == min(absence_id, MAX_ID)))
    if found is None:
        raise NotFound("no_absence", "there is no such absence")
    return found


def check_may(staff: Staff, whose_id: int) -> None:
    """Raises Forbidden unless *staff* may say of that person that they are away."""
    if staff.id != whose_id and not ENTERERS.intersection(staff.roles):
        raise Forbidden("not_allowed", "only a supervisor enters the absence of somebody else")


def coming(session: Session, now: datetime) -> list[AbsenceRow]:
    """Absences under way and to come, the earliest first."""
    away, stands_in = aliased(Staff), aliased(Staff)
    rows = select(Absence, away.name, stands_in.name).join(away, away.id == Absence.staff_id)
    rows = rows.outerjoin(stands_in, stands_in.id == Absence.delegate_id).where(Absence.ends_at > now)
    found = acting(session, now)
    known = {each.id: each.name for each in session.scalars(select(Staff))} if found.by else {}
    return [
        AbsenceRow(
            absence,
            name,
            delegate or "",
            known.get(found.by.get(absence.staff_id, 0), "") if absence.starts_at <= now else "",
            absence.starts_at <= now,
            absence.staff_id in found.uncovered if absence.starts_at <= now else absence.delegate_id is None,
        )
        for absence, name, delegate in session.execute(rows.order_by(Absence.starts_at, Absence.id))
    ]


def uncovered(session: Session, now: datetime) -> list[AbsenceRow]:
    """Absences for which a supervisor has to name a stand-in, those under way first."""
    return [row for row in coming(session, now) if row.is_uncovered]


def candidates(session: Session) -> Sequence[Staff]:
    """Who can be away or stand in, by name."""
    active = session.scalars(select(Staff).where(Staff.is_active).order_by(Staff.name, Staff.id))
    return [each for each in active if not set(OWNERS).isdisjoint(each.roles)]


def _delegate_fault(
    session: Session, staff: Staff, delegate_id: int | None, starts_at: datetime, ends_at: datetime
) -> Fault | None:
    if delegate_id is None:
        return None
    delegate = session.scalar(_at_work(delegate_id))
    if delegate is None or set(OWNERS).isdisjoint(delegate.roles):
        return Fault("delegate_id", "unknown_staff", "choose somebody who works here and makes such calls")
    if delegate.id == staff.id:
        return Fault("delegate_id", "themselves", "choose somebody else: nobody stands in for themselves")
    if delegate.department != staff.department:
        return Fault(
            "delegate_id",
            "other_department",
            Sentence("choose somebody of the same department: {name} is of another one", name=delegate.name),
        )
    returned = Absence.staff_id == delegate.id, Absence.delegate_id == staff.id
    if session.scalar(select(Absence.id).where(*returned, *_during(starts_at, ends_at)).limit(1)) is not None:
        return Fault(
            "delegate_id",
            "mutual",
            Sentence(
                "choose somebody else: {name} is away then, too, with {other} standing in",
                name=delegate.name,
                other=staff.name,
            ),
        )
    return None


def _during(starts_at: datetime, ends_at: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Absence.starts_at < ends_at, Absence.ends_at > starts_at


def _check_free(session: Session, staff_id: int, starts_at: datetime, ends_at: datetime) -> None:
    mine = Absence.staff_id == staff_id, *_during(starts_at, ends_at)
    if session.scalar(select(Absence.id).where(*mine).limit(1)) is not None:
        raise Conflict(
            "away_already", "they are away already in that time; end that absence, then enter this"
        )


def _check_lasts(absence: Absence) -> None:
    if absence.ends_at <= clock.now():
        raise Conflict("over", "this absence is over")


def _at_work(staff_id: int) -> Select[Staff]:
    return select(Staff).where(Staff.id == min(staff_id, MAX_ID), Staff.is_active)


def _record(session: Session, absence: Absence, action: str, who: str, **details: str) -> None:
    audit.record(
        session, absence.tenant_id, who, action, f"absence:{absence.id}", staff=absence.staff_id,
        delegate=absence.delegate_id, **details,
    )  # fmt: skip
