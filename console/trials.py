"""Tests to one's own number: enter a number, confirm it, send one row's message there."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from broadcast import campaigns, trial, trial_numbers
from console import before
from console.access import allowed, staff
from console.drafts import WRITERS
from console.languages import said
from console.web import go
from core.db import ScopedSession
from core.errors import Conflict, Invalid
from core.runtime import runtime

bp = Blueprint("trials", __name__, url_prefix="/campaigns/<int:campaign_id>/trials")


@bp.post("")
@allowed(*WRITERS)
def send(campaign_id: int) -> BaseResponse:
    """Send what one customer would get to a number of mine."""
    asked = {name: _number(name) for name in ("position", "customer_id", "number_id")}

    def act(session: ScopedSession) -> None:
        trial.send(session, campaigns.get(session, campaign_id), staff().staff_id, **asked)

    return _done(campaign_id, act)


@bp.post("/numbers")
@allowed(*WRITERS)
def add_number(campaign_id: int) -> BaseResponse:
    """Enter a number of mine; a code is sent there."""

    def act(session: ScopedSession) -> None:
        campaigns.get(session, campaign_id)
        trial.send_code(
            session, staff().staff_id, request.form.get("channel", ""), request.form.get("number", "")[:40]
        )

    return _done(campaign_id, act)


@bp.post("/numbers/<int:number_id>")
@allowed(*WRITERS)
def confirm_number(campaign_id: int, number_id: int) -> BaseResponse:
    """Enter the code that came."""
    with runtime().database.session(staff().tenant_id) as session:
        campaigns.get(session, campaign_id)
        is_right = trial_numbers.confirm(
            session, staff().staff_id, number_id, request.form.get("code", "")[:12]
        )
    if not is_right:
        return before.page(
            campaign_id, 422, _("This is not the code, or it is too old. Have a new one sent to the number.")
        )
    return _back(campaign_id)


def _done(campaign_id: int, act: Callable[[ScopedSession], None]) -> BaseResponse:
    try:
        with runtime().database.session(staff().tenant_id) as session:
            act(session)
    except (Invalid, Conflict) as error:
        return before.page(
            campaign_id, error.status, _("The test was not sent: %(why)s", why=said(error.message))
        )
    return _back(campaign_id)


def _back(campaign_id: int) -> BaseResponse:
    return go(url_for("console.drafts.show", campaign_id=campaign_id) + "#tests")


def _number(name: str) -> int:
    sent = request.form.get(name, "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 19 else 0
