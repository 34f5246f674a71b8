"""Choosing a password, behind a link that somebody handed over."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from console import password_links
from console.access import public
from console.languages import refusal
from core.db import ALL_TENANTS
from core.errors import Invalid
from core.runtime import runtime

bp = Blueprint("passwords", __name__, url_prefix="/choose-password")


@bp.get("/<token>")
@public
def form(token: str) -> Response:
    """The form, or that the link is over."""
    return _page(token)


@bp.post("/<token>")
@public
def choose(token: str) -> BaseResponse:
    """Keep the password that was chosen; then sign in with it."""
    try:
        with runtime().database.session(ALL_TENANTS) as session:
            password_links.choose(session, runtime().config, token, request.form.get("password", ""))
    except Invalid as error:
        return _page(token, error)
    return redirect(url_for("console.signin.form"), 303)


def _page(token: str, error: Invalid | None = None) -> Response:
    try:
        with runtime().database.reading(ALL_TENANTS) as session:
            whose = password_links.find(session, runtime().config, token).email
    except Invalid:
        return make_response(render_template("password.html", whose=""), 404)
    said = refusal(error) if error else ""
    page = render_template("password.html", whose=whose, token=token, said=said)
    return make_response(page, error.status if error else 200)
