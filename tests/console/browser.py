"""What a person does with the pages, for the test client: forms with their token."""

from __future__ import annotations

import re
from typing import Any
from weakref import WeakKeyDictionary

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)"')
HTMX = {"HX-Request": "true"}
# the token of each browser, with the session it belongs to
_TOKENS: WeakKeyDictionary[FlaskClient, tuple[str, str]] = WeakKeyDictionary()


def token_of(client: FlaskClient, path: str = "/sign-in") -> str:
    """The CSRF token a page holds."""
    found = TOKEN.search(client.get(path, follow_redirects=True).text)
    assert found
    return found[1]


def _own_token(client: FlaskClient) -> str:
    """The token of a browser, asked for once a session: whoever sends a form has a page with it open."""
    session = client.get_cookie("carillon_browser")
    kept = _TOKENS.get(client)
    if session and kept and kept[0] == session.value:
        return kept[1]
    token = token_of(client)
    if session := client.get_cookie("carillon_browser"):
        _TOKENS[client] = (session.value, token)
    return token


def send(client: FlaskClient, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
    """Submit a form as a page would."""
    return client.post(path, data={"csrf_token": _own_token(client), **(data or {})}, **options)


def sign_in(client: FlaskClient, email: str, password: str, **more: Any) -> TestResponse:
    """Fill in the sign-in form."""
    return send(client, "/sign-in", {"email": email, "password": password, **more})


def words(html: str) -> str:
    """What a person reads of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
