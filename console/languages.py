"""Which language a page is in, and its catalogue: read from the .po file itself, so that nothing has to be compiled or kept fresh."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, request, session
from flask_babel import Babel, Domain, get_locale
from flask_babel import gettext as _

from console.access import signed_in
from core.errors import CarillonError, WrongFields
from core.languages import FOLDER, LANGUAGES, in_language
from core.sentences import restored


class _Catalogues(Domain):  # type: ignore[misc]  # flask_babel has no type hints
    """The texts of the language this request is in."""

    def get_translations(self) -> NullTranslations:
        return catalogue(str(get_locale()))


@lru_cache(None)
def catalogue(language: str) -> NullTranslations:
    """Every text in *language*; English needs none, its texts are the keys."""
    path = FOLDER / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return Translations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(fp=compiled)


def pick_language() -> str:
    """What the person chose, else what their browser asks for, else English."""
    found = signed_in()
    if found and found.language in LANGUAGES:
        return found.language
    chosen = session.get("language")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def said(text: Any) -> str:
    """A sentence of the domain, also as it was kept, for who reads this page."""
    return in_language(restored(text), str(get_locale()))


def begun(text: Any) -> str:
    """`said`, begun with a capital: where it stands by itself."""
    told = said(text)
    return told[:1].upper() + told[1:]


def refusal(error: CarillonError) -> str:
    """What *error* tells staff; of states they cannot see, that somebody was faster."""
    if error.code == "bad_transition":
        return str(_("Somebody has taken this further already. Look at it again."))
    if isinstance(error, WrongFields):
        return " · ".join(begun(fault.detail) for fault in error.faults)
    return begun(error.message)


def init_app(app: Flask) -> None:
    """Translate what goes through gettext."""
    babel = Babel(app, locale_selector=pick_language)
    babel.domain_instance = _Catalogues()
    app.jinja_env.filters.update(said=begun, told=said)
    app.jinja_env.policies["ext.i18n.trimmed"] = True
