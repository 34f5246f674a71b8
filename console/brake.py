"""Stop everything that leaves, and let it go on: for a supervisor, from every page."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as BaseResponse

from console.access import allowed, signed_in, staff
from console.web import go
from core import holds
from core.db import storable
from core.models import Hold
from core.runtime import runtime

MAX_WHY = 200

bp = Blueprint("brake", __name__, url_prefix="/sending")


def on() -> list[Hold]:
    """What holds the company of the person who is signed in: every page shows it."""
    found = signed_in()
    if found is None:
        return []
    try:
        with runtime().database.reading(found.tenant_id) as session:
            return holds.open_holds(session, found.tenant_id)
    except OperationalError:  # the page that says so is shown without
        return []


@bp.get("/<any(stop, go):order>")
@allowed("supervisor")
def ask(order: str) -> str:
    """Ask again, and for the reason."""
    return render_template("brake.html", order=order, fault="", why="")


@bp.post("/<any(stop, go):order>")
@allowed("supervisor")
def pull(order: str) -> BaseResponse | tuple[str, int]:
    """Stop everything of this company, or lift what was stopped. A brake brakes: what cannot be kept of a reason is left out."""
    why = storable(request.form.get("why", "")).strip()[:MAX_WHY]
    if not why:
        fault = _("Enter a reason. Everybody sees it.")
        return render_template("brake.html", order=order, fault=fault, why=""), 422
    with runtime().database.session(staff().tenant_id) as session:
        if order == "stop":
            holds.hold(session, staff().tenant_id, "stopped", staff().email, why=why)
        else:
            holds.lift(session, staff().tenant_id, "stopped", staff().email, why=why)
    return go(url_for("console.today.index"))
