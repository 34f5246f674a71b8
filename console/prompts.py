"""Prompts: what flows play by name, in each language, and the form for another."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, url_for
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as BaseResponse

from console import forms
from console.access import allowed, staff, takes_file
from console.nav import Entry
from console.web import go
from core import clock
from core.errors import NotFound, WrongFields
from core.languages import LANGUAGES
from core.runtime import runtime
from flows import prompts
from flows.prompts import MOST_BYTES, Given

EMPTY = {"name": "", "language": "", "text": ""}
READERS = ("after_sales", "supervisor", "auditor")

bp = Blueprint("prompts", __name__, url_prefix="/prompts")
NAV = Entry("hotline", "play", lazy_gettext("Prompts"), "prompts.index")


@bp.get("")
@allowed(*READERS)
def index() -> Response:
    """The prompts there are."""
    return _page()


@bp.post("")
@allowed("supervisor")
@takes_file(MOST_BYTES + 100_000)
def keep() -> BaseResponse:
    """Keep a prompt in place of the one of its name and language."""
    form, sent = request.form, request.files.get("audio")
    audio = sent.stream.read(MOST_BYTES + 1) if sent and sent.filename else b""
    given = Given(form.get("name", "").strip(), form.get("language", ""), audio, form.get("text", ""))
    try:
        with runtime().database.session(staff().tenant_id) as session:
            prompts.keep(session, staff().tenant_id, given, staff().email, clock.now())
    except WrongFields as error:
        return _page(error.status, forms.told(error))
    return go(url_for(".index"))


@bp.post("/<int:prompt_id>/remove")
@allowed("supervisor")
def remove(prompt_id: int) -> BaseResponse:
    """Callers hear this prompt no more."""
    try:
        with runtime().database.session(staff().tenant_id) as session:
            prompts.remove(session, staff().tenant_id, prompt_id, staff().email)
    except NotFound as error:
        return _page(error.status, forms.told(error))
    return go(url_for(".index"))


@bp.get("/<int:prompt_id>/audio")
@allowed(*READERS)
def audio(prompt_id: int) -> Response:
    """One prompt, to listen to."""
    with runtime().database.reading(staff().tenant_id) as session:
        found = prompts.get(session, staff().tenant_id, prompt_id)
    if not found.media_type:
        raise NotFound("no_prompt", "there is no such prompt")
    answer = Response(found.audio, mimetype=found.media_type)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _page(status: int = 200, faults: dict[str, str] | None = None) -> Response:
    with runtime().database.reading(staff().tenant_id) as session:
        page = render_template(
            "prompts.html",
            rows=prompts.listed(session, staff().tenant_id),
            languages=LANGUAGES,
            faults=faults or {},
            entered=request.form if faults else EMPTY,
        )
    return make_response(page, status)
