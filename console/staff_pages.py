"""Staff: who works here, what they may do, and links by which they choose a password."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import lazy_gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from aftersales import settings
from console import forms, leavers, password_links, team
from console.access import allowed, staff
from console.nav import Entry
from console.web import go
from core.db import MAX_ID
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.languages import LANGUAGES
from core.models import Staff
from core.runtime import runtime

MANAGERS = tuple(team.GIVES)
ROLES = {
    "marketing": _l("Marketing"),
    "after_sales": _l("After-sales"),
    "supervisor": _l("Supervisor"),
    "auditor": _l("Auditor"),
    "administrator": _l("Administrator"),
}
DUTIES = {
    "marketing": _l("Prepares and launches campaigns."),
    "after_sales": _l("Keeps follow-ups, messages and cases."),
    "supervisor": _l("Sees and decides everything of the department."),
    "auditor": _l("Reads everything, changes nothing."),
    "administrator": _l("Manages staff, senders and settings."),
}
FIELD_OF = {"bad_email": "email", "email_taken": "email", "bad_name": "name", "bad_roles": "roles", "unknown_department": "department"}  # fmt: skip

bp = Blueprint("team", __name__, url_prefix="/staff")
NAV = Entry("company", "users", lazy_gettext("Staff"), "team.index")


@bp.get("")
@allowed(*MANAGERS, "auditor")
def index() -> Response:
    """Everybody, and the form for somebody new."""
    return _page()


@bp.post("")
@allowed(*MANAGERS)
def hire() -> Response:
    """Add somebody, and show the link they choose a password by."""
    form = request.form
    try:
        with runtime().database.session(staff().tenant_id) as session:
            made = team.hire(
                session, staff().tenant, staff(), email=form.get("email", ""), name=form.get("name", ""),
                roles=form.getlist("roles"), language=form.get("language", ""), department=form.get("department", ""),
            )  # fmt: skip
            link = _link(session, made)
    except (Invalid, Conflict, Forbidden) as error:
        return _page(error.status, forms.told(error, FIELD_OF.get(error.code, "")))
    return _page(link=link, name=made.name)


@bp.post("/<int:staff_id>/<any(change, leave, back, link):standing>")
@allowed(*MANAGERS)
def change(staff_id: int, standing: str) -> BaseResponse:
    """Other roles, the end of somebody's work here or its beginning again, or a link to another password."""
    link = name = ""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            found = team.get(session, min(staff_id, MAX_ID), staff())
            name = found.name
            link = _change(session, found, standing)
    except (Invalid, Conflict, Forbidden, NotFound) as error:
        if not name and isinstance(error, NotFound):
            raise
        return _page(error.status, forms.told(error), at_row=staff_id)
    return _page(link=link, name=name) if link else go(url_for(".index"))


def _change(session: Session, found: Staff, standing: str) -> str:
    """Do what *standing* says; the link, where that makes one."""
    form = request.form
    match standing:
        case "change":
            team.change(
                session, staff().tenant, staff(), found, form.getlist("roles"), form.get("department", "")
            )
        case "leave":
            heir = form.get("heir", "")
            leavers.deactivate(session, staff().tenant, found.email, heir or None, staff().email)
        case "back":
            team.take_back(session, staff().tenant, staff(), found)
            return _link(session, found)
        case _:
            return _link(session, found)
    return ""


def _link(session: Session, found: Staff) -> str:
    token = password_links.make(session, runtime().config, found, staff().email)
    return runtime().url(url_for("console.passwords.form", token=token))


def _page(
    status: int = 200,
    faults: dict[str, str] | None = None,
    *,
    at_row: int = 0,
    link: str = "",
    name: str = "",
) -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        page = render_template(
            "staff.html",
            people=team.everybody(session),
            may_change=lambda one: team.may_change(staff(), one),
            gives=team.gives(staff()),
            roles=ROLES,
            duties=DUTIES,
            departments=settings.of(staff().tenant).departments,
            languages=LANGUAGES,
            faults=faults or {},
            entered=request.form if faults and not at_row else {},
            chosen=request.form.getlist("roles") if faults and not at_row else [],
            at_row=at_row,
            link=link,
            name=name,
        )
    return make_response(page, status)
