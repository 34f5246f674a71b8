"""The browser's session: a signed cookie for the language of strangers and the token against forged forms."""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

# asked by programs, which read JSON or TwiML and keep no cookies
MACHINES = ("/api/", "/ivr/", "/receipts/", "/inbound/", "/healthz", "/readyz", "/metrics")


class _ForBrowsers(SecureCookieSessionInterface):
    """Programs get no session: opening one for every webhook would cost a tenth of it."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if request.path.startswith(MACHINES) else super().open_session(app, request)


def init_app(app: Flask) -> None:
    """Name and guard the cookie."""
    config = app.extensions["carillon"].config
    app.session_interface = _ForBrowsers()
    app.config.update(
        SECRET_KEY_FALLBACKS=list(config.keys[1:]),
        SESSION_COOKIE_NAME="carillon_browser",
        SESSION_COOKIE_SECURE=config.is_production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
