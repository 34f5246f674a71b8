"""Signing in and out."""

from __future__ import annotations

from flask import Blueprint, current_app, make_response, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from console import sessions
from console.access import COOKIE, EVERYONE, allowed, public, session_length, signed_in, staff
from console.web import go, local_path
from core.runtime import runtime

bp = Blueprint("signin", __name__)


@bp.get("/sign-in")
@public
def form() -> Response:
    """The form, or straight on for who is signed in."""
    if signed_in():
        return go(url_for("console.today.index"))
    return make_response(_page(request.args.get("next", "")))


@bp.post("/sign-in")
@public
def enter() -> Response:
    """Open a session. Whatever is wrong, the answer is the same."""
    email, password = request.form.get("email", ""), request.form.get("password", "")
    back = request.form.get("next", "")
    database, host = runtime().database, request.remote_addr or ""
    if not sessions.may_try(database, email, host):
        current_app.logger.warning("sign-in: too many tries, last from %s", host)
        return make_response(_page(back, email, _("Too many tries. Wait 15 minutes, then try again.")), 429)
    token = sessions.sign_in(database, email, password, session_length())
    if token is None:
        current_app.logger.warning("sign-in refused, from %s", host)
        return make_response(
            _page(back, email, _("This e-mail address and password do not belong together.")), 422
        )
    language = session.get("language")
    session.clear()  # a fresh CSRF secret for a fresh session
    if language:
        session["language"] = language
    answer = go(local_path(back) or url_for("console.today.index"))
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(session_length().total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=runtime().config.is_production,
    )
    return answer


@bp.post("/sign-out")
@allowed(*EVERYONE)
def leave() -> Response:
    """End the session on every side."""
    sessions.sign_out(runtime().database, staff())
    session.clear()
    answer = go(url_for("console.signin.form"))
    answer.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=runtime().config.is_production)
    return answer


def _page(back: str, email: str = "", problem: str = "") -> str:
    return render_template("signin.html", back=local_path(back) or "", email=email, problem=problem)
