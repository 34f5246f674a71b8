"""Absences and their stand-ins, and whose follow-ups are whose."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from flask import Blueprint
from pydantic import AwareDatetime, Field
from sqlalchemy import select

from aftersales import absences, follow_ups
from aftersales.api.work_orders import EDITORS, Id
from aftersales.models import Absence
from core.api import paging
from core.api.checks import Sent, Told
from core.api.document import PREFIX
from core.api.endpoint import caller, endpoint, writing
from core.api.paging import Listed, Page
from core.runtime import runtime

READERS, SUPERVISORS = (*EDITORS, "auditor"), ("supervisor",)
bp = Blueprint("people_api", __name__, url_prefix=PREFIX)


class NewAbsence(Sent):
    """Somebody is away; without *delegate_id* the supervisor stands in."""

    staff_id: Id
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    delegate_id: Id | None = None


class StandIn(Sent):
    """Who stands in from now on; null leaves it to the supervisor."""

    delegate_id: Id | None


class AbsenceTold(Told):
    """An absence. *first_on* and *last_on* are the company's days, both included."""

    id: int
    staff_id: int
    delegate_id: int | None
    starts_at: datetime
    ends_at: datetime
    first_on: date
    last_on: date


class AbsencePage(Page):
    """Only absences of one person."""

    staff_id: Id | None = None


class Assignment(Sent):
    """Follow-ups that wait, and whose they are to be."""

    follow_up_ids: Annotated[list[Id], Field(min_length=1, max_length=500)]
    owner_id: Id


class Assigned(Told):
    """How many of them still waited, and are given."""

    assigned: int


@bp.get("/absences")
@endpoint(*READERS, tag="people", query=AbsencePage, answer=Listed[AbsenceTold])
def list_absences(query: AbsencePage) -> Listed[AbsenceTold]:
    """Absences, the latest entered first."""
    wanted = select(Absence)
    wanted = wanted.where(Absence.staff_id == query.staff_id) if query.staff_id else wanted
    with runtime().database.reading(caller().tenant_id) as session:
        found, next_ = paging.rows(session, wanted, Absence.id, "absences", query, newest_first=True)
        return paging.listed(found, AbsenceTold.model_validate, next_)


@bp.post("/absences")
@endpoint(*SUPERVISORS, tag="people", body=NewAbsence, answer=AbsenceTold, status=201)
def enter_absence(body: NewAbsence) -> AbsenceTold:
    """Enter an absence: meanwhile what is theirs is in the hands of the stand-in."""
    made = absences.enter(writing(), caller().tenant, **body.model_dump(), who=caller().who)
    return AbsenceTold.model_validate(made)


@bp.post("/absences/<int:absence_id>/stand-in")
@endpoint(*SUPERVISORS, tag="people", body=StandIn, answer=AbsenceTold)
def change_stand_in(absence_id: int, body: StandIn) -> AbsenceTold:
    """Somebody else stands in from now on."""
    session = writing()
    found = absences.get(session, absence_id)
    absences.stand_in(session, found, body.delegate_id, caller().who)
    return AbsenceTold.model_validate(found)


@bp.post("/absences/<int:absence_id>/end")
@endpoint(*SUPERVISORS, tag="people", answer=AbsenceTold)
def end_absence(absence_id: int) -> AbsenceTold:
    """They are back: what is open is theirs again. An absence that has not begun is withdrawn."""
    session = writing()
    found = absences.get(session, absence_id)
    told = AbsenceTold.model_validate(found)
    absences.end(session, caller().tenant, found, caller().who)
    return told.model_copy(update={"ends_at": found.ends_at, "last_on": found.last_on})


@bp.post("/follow-ups/assign")
@endpoint(*SUPERVISORS, tag="people", body=Assignment, answer=Assigned)
def assign_follow_ups(body: Assignment) -> Assigned:
    """Give follow-ups that wait to somebody; those that were made meanwhile are left alone."""
    given = follow_ups.assign(writing(), caller().tenant_id, body.follow_up_ids, body.owner_id, caller().who)
    return Assigned(assigned=given)
