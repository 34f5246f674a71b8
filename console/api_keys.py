"""Keys with which programs use /api/v1: what there are, the form for another, and the end of one."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from console import forms
from console.access import allowed, staff
from console.nav import Entry
from console.staff_pages import ROLES
from console.web import go
from core.api import keys
from core.errors import Conflict, Invalid, NotFound
from core.runtime import runtime

bp = Blueprint("api_keys", __name__, url_prefix="/api-keys")
NAV = Entry("company", "lock", lazy_gettext("API keys"), "api_keys.index")


@bp.get("")
@allowed("administrator")
def index() -> Response:
    """Every key, the newest first, without its token."""
    return _page()


@bp.post("")
@allowed("administrator")
def add() -> Response:
    """Make a key. Its token is on this one page and nowhere else."""
    form = request.form
    try:
        with runtime().database.session(staff().tenant_id) as session:
            key, token = keys.add(
                session, staff().tenant_id, form.get("name", ""), form.get("role", ""), staff().email
            )
    except Invalid as error:
        return _page(error.status, {"role" if error.code == "bad_role" else "name": forms.told(error)[""]})
    return _page(token=token, name=key.name)


@bp.post("/<int:key_id>/revoke")
@allowed("administrator")
def revoke(key_id: int) -> BaseResponse:
    """Let it open nothing any more, at once."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            keys.revoke(session, key_id, staff().email)
    except (Conflict, NotFound) as error:
        return _page(error.status, forms.told(error))
    return go(url_for(".index"))


def _page(status: int = 200, faults: forms.Faults | None = None, token: str = "", name: str = "") -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        page = render_template(
            "api_keys.html",
            rows=keys.every(session),
            roles=ROLES,
            token=token,
            name=name,
            faults=faults or {},
            entered=request.form if faults else {},
        )
    return make_response(page, status)
