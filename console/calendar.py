"""The calendar: what after-sales has promised on each day, beside the campaigns that reach the same people."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext

from aftersales import agenda, settings, standing_in
from aftersales.days import DAY
from aftersales.registers import period
from broadcast.agenda import in_week
from console.access import READERS, allowed, staff
from console.follow_ups import whose
from console.nav import Entry
from core import clock
from core.errors import Invalid
from core.runtime import runtime

MONTH = "%Y-%m"

bp = Blueprint("calendar", __name__, url_prefix="/calendar")
NAV = Entry("after_sales", "calendar-check", lazy_gettext("Calendar"), "calendar.index")


@bp.get("")
@allowed(*READERS)
def index() -> str:
    """A month, week by week."""
    days = settings.days_of(staff().tenant)
    today = days.on(clock.now())
    try:
        month = period(days, request.args.get("month", ""))
    except Invalid:
        month = period(days, f"{today:{MONTH}}")
    if month.last.month != month.first.month:
        month = period(days, f"{month.first:{MONTH}}")
    mondays = list(agenda.weeks_of(month.first, month.last))
    owner = whose()
    with runtime().database.reading(staff().tenant_id) as session:
        mine = standing_in.whose(session, staff().staff_id, clock.now()) if owner == "mine" else None
        end = mondays[-1] + agenda.WEEK - DAY
        due = agenda.due(session, days, mondays[0], end, owner_ids=mine)
        weeks = [
            ([due[monday + n * DAY] for n in range(7)], in_week(session, days, monday)) for monday in mondays
        ]
        return render_template(
            "calendar.html",
            weeks=weeks,
            month=month.first,
            today=today,
            whose=owner,
            before=_named(month.first - DAY),
            after=_named(month.last + DAY),
            this=month.name,
        )


def _named(day: date) -> str:
    return f"{day:{MONTH}}"
