"""What a caller of one of our numbers hears at a day and time: announcements, opening hours and the published flow together."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from console import forms
from console.access import allowed, staff
from console.flows import READERS
from console.web import local, zone
from core import clock
from core.errors import CarillonError, Fault, WrongFields
from core.runtime import runtime
from ivr import hearing

MOST_ANSWERS, MOST_CHARS = 60, 400

bp = Blueprint("hearing", __name__, url_prefix="/hearing")


@bp.get("")
@allowed(*READERS)
def index() -> Response:
    """The question, and the answer once it is asked."""
    asked, at = request.args, local("at")
    heard, faults = None, dict[str, str]()
    with runtime().database.reading(staff().tenant_id) as session:
        numbers = hearing.numbers(session, staff().tenant_id)
        if "number" in asked:
            try:
                if at is None:
                    raise WrongFields([Fault("at", "bad_moment", "enter a day and a time")])
                heard = hearing.hears(session, staff().tenant, asked["number"], at, _answers())
            except CarillonError as error:
                faults = forms.told(error, "number")
        page = render_template(
            "hearing.html",
            numbers=numbers,
            heard=heard,
            entered=asked,
            faults=faults,
            now=clock.now().astimezone(zone()),
            most=MOST_CHARS,
        )
    return make_response(page, 400 if faults else 200)


def _answers() -> list[str]:
    keys = request.args.get("keys", "")[:MOST_CHARS]
    return [key.strip() for key in keys.split(",")][:MOST_ANSWERS] if keys else []
