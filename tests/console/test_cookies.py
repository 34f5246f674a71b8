"""Browsers have a session, programs have none."""

from __future__ import annotations

import pytest
from flask import Flask, session
from flask.sessions import NullSession

from console.cookies import MACHINES


@pytest.mark.parametrize("path", MACHINES)
def test_a_program_is_given_no_session(app: Flask, path: str) -> None:
    with app.test_request_context(path, method="POST"):
        assert isinstance(session._get_current_object(), NullSession)  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/", "/today", "/sign-in", "/calls"])
def test_a_browser_is_given_one(app: Flask, path: str) -> None:
    with app.test_request_context(path):
        session["language"] = "zh"
        assert session["language"] == "zh"
