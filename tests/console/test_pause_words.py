"""Why a campaign was paused, as staff read it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_babel import force_locale

from console.pause_words import FIGURES, pause_reason


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("reason", ["budget", *(f"canary: {name} 15.0 %" for name in FIGURES)])
def test_what_paused_it_is_said_in_words(app: Flask, locale: str, reason: str) -> None:
    with app.test_request_context(), force_locale(locale):
        said = pause_reason(reason)

    assert said != reason
    assert ("15.0 %" in said) == (reason != "budget")
    assert any("\u4e00" <= letter <= "\u9fff" for letter in said) == (locale == "zh")


@pytest.mark.parametrize("reason", ["30034: not registered", "canary: moods 3 %", ""])
def test_the_carriers_own_words_stay(app: Flask, reason: str) -> None:
    with app.test_request_context():
        assert pause_reason(reason) == reason


@pytest.mark.parametrize(("locale", "says"), [("en", "5 of 120 people"), ("zh", "120 人中有 5 人")])
def test_too_many_abandoned_is_said_in_words(app: Flask, locale: str, says: str) -> None:
    with app.test_request_context(), force_locale(locale):
        assert says in pause_reason("abandoned: 5 120")
