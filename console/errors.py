"""What staff see when something goes wrong: what happened, what was kept, what to do."""

from __future__ import annotations

from flask import Blueprint, Flask, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from console.access import is_fragment
from console.cookies import MACHINES
from console.languages import refusal
from core import web
from core.errors import CarillonError

# what staff asked for cannot be done, and the error says why
SAID = (400, 409, 422)


def _texts(status: int) -> tuple[str, str]:
    """Title and advice."""
    return {
        400: (_("This could not be done"), _("Go back, change what is named here and send it again.")),
        403: (_("You may not do this"), _("Ask a supervisor of your department if you need it.")),
        404: (_("There is no such page"), _("Check the address, or start again from Today.")),
        405: (_("There is no such page"), _("Check the address, or start again from Today.")),
        409: (_("Somebody was faster"), _("The state has changed meanwhile. Go back and look at it again.")),
        413: (_("That is too large"), _("Send a smaller file, or ask your administrator to import it.")),
        503: (
            _("Not reachable just now"),
            _("The database does not answer. The hotline goes on. Try again in a moment."),
        ),
    }.get(
        status,
        (
            _("Something went wrong"),
            _("It was not your fault and has been logged. Nothing was changed. Try again."),
        ),
    )


def page(status: int, detail: str = "") -> ResponseReturnValue:
    """The error as a page. htmx keeps what it shows, except for a fault of the form's."""
    title, advice = _texts(status)
    part = "_error.html" if is_fragment() else "error.html"
    return make_response(
        render_template(part, title=title, advice=advice, detail=detail, status=status), status
    )


def _ours(error: CarillonError) -> ResponseReturnValue:
    return page(error.status, refusal(error) if error.status in SAID else "")


def _csrf(error: CSRFError) -> ResponseReturnValue:
    return page(400, _("This page was open for too long. Load it again, then repeat what you did."))


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:
        return error
    return page(error.code or 500)


def _away(error: OperationalError) -> ResponseReturnValue:
    current_app.logger.error("database: %s", type(error.orig).__name__)
    return page(503)


def _surprise(error: Exception) -> ResponseReturnValue:
    current_app.logger.exception("unexpected: %s", type(error).__name__)
    return page(500)


def attach(bp: Blueprint) -> None:
    """Answer the errors of *bp*'s views with pages."""
    bp.register_error_handler(CarillonError, _ours)
    bp.register_error_handler(CSRFError, _csrf)
    bp.register_error_handler(HTTPException, _http)
    bp.register_error_handler(OperationalError, _away)
    bp.register_error_handler(Exception, _surprise)


def init_app(app: Flask) -> None:
    """An address nobody serves, or not that way, is a page for people and JSON for programs."""

    def unknown(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 404
        if request.path.startswith(MACHINES):
            return web.problem(status, error.name.lower().replace(" ", "_"), error.description or "")
        return page(status)

    for status in (404, 405):
        app.register_error_handler(status, unknown)
