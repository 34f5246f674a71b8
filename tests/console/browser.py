"""What a person does with the pages, for the test client: forms with their token."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)"')
HTMX = {"HX-Request": "true"}


def token_of(client: FlaskClient, path: str = "/sign-in") -> str:
    """The CSRF token a page holds."""
    found = TOKEN.search(client.get(path, follow_redirects=True).text)
    assert found
    return found[1]


def send(client: FlaskClient, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
    """Submit a form as a page would."""
    return client.post(path, data={"csrf_token": token_of(client), **(data or {})}, **options)


def sign_in(client: FlaskClient, email: str, password: str, **more: Any) -> TestResponse:
    """Fill in the sign-in form."""
    return send(client, "/sign-in", {"email": email, "password": password, **more})


def words(html: str) -> str:
    """What a person reads of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())
