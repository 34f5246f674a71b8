"""How a person likes the console: language and theme."""

from __future__ import annotations

from flask import Blueprint, request, session, url_for
from werkzeug.wrappers import Response

from console import sessions
from console.access import public, signed_in
from console.web import go, local_path
from core.errors import Invalid
from core.languages import LANGUAGES
from core.runtime import runtime

THEME_COOKIE = "theme"
THEMES = ("light", "dark", "auto")
YEAR_S = 31_536_000

bp = Blueprint("preferences", __name__)


@bp.post("/preferences")
@public
def keep() -> Response:
    """Keep a language or a theme and go back."""
    language, theme = request.form.get("language"), request.form.get("theme")
    answer = go(local_path(request.form.get("next")) or url_for("console.today.index"))
    if language in LANGUAGES:
        session["language"] = language
        if (person := signed_in()) is not None:
            sessions.set_language(runtime().database, person, language)
    elif theme in THEMES:
        secure = runtime().config.is_production
        answer.set_cookie(THEME_COOKIE, theme, max_age=YEAR_S, samesite="Lax", secure=secure)
    else:
        raise Invalid(
            "bad_preference",
            "choose a language ({languages}) or a theme ({themes})",
            languages=LANGUAGES,
            themes=THEMES,
        )
    return answer
