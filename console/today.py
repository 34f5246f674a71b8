"""What waits and what runs: the first page of the day."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from aftersales import absences, appointment_lists, due_lists, settings, standing_in
from broadcast import queries as broadcast
from broadcast.models import UNDER_WAY
from console.access import EVERYONE, allowed, may, staff
from console.nav import Entry
from console.web import fragment
from core import clock
from core.runtime import runtime
from ivr import queries as ivr

LATEST = 6

bp = Blueprint("today", __name__)
NAV = Entry("", "calendar-check", lazy_gettext("Today"), "today.index")


@bp.get("/")
@allowed(*EVERYONE)
def home() -> BaseResponse:
    """The console begins with Today."""
    return redirect(url_for(".index"), 303)


@bp.get("/today")
@allowed(*EVERYONE)
def index() -> Response:
    """What is to be kept today, campaigns under way, messages that wait, the latest calls."""
    days = settings.days_of(staff().tenant)
    today = days.on(clock.now())
    is_agent = "after_sales" in staff().roles
    with runtime().database.reading(staff().tenant_id) as session:
        care, mine = None, None
        if is_agent:
            mine = standing_in.whose(session, staff().staff_id, clock.now())
        if may("console.follow_ups.index"):
            care = due_lists.waiting(session, today, clock.now(), owner_ids=mine)
        to_call = due_lists.follow_ups(session, "due", today, owner_ids=mine, limit=LATEST) if care else []
        coming, unmarked = [], 0
        if may("console.appointments.index"):
            coming = appointment_lists.between(session, days.starts(today), days.ends(today))
            unmarked = appointment_lists.unmarked(session, days)
        campaigns = [row for row in broadcast.campaigns(session) if row.state in UNDER_WAY]
        messages = ivr.voicemails(session, "new") if may("console.voicemail.index") else []
        uncovered = absences.uncovered(session, clock.now()) if absences.ENTERERS & staff().roles else []
        calls = ivr.calls(session, limit=LATEST) if may("console.calls.index") else []
    overdue = sum(message.is_overdue(clock.now()) for message in messages)
    return fragment(
        "_today.html",
        "today.html",
        campaigns=campaigns,
        coming=coming,
        unmarked=unmarked,
        messages=messages,
        overdue=overdue,
        calls=calls,
        latest=LATEST,
        now=clock.now(),
        care=care,
        to_call=to_call,
        uncovered=uncovered,
        whose="mine" if is_agent else "all",
        today=today,
    )
