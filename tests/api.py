"""Programs that use /api/v1: keys of two companies, and requests with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.api import keys
from core.runtime import Runtime

PREFIX = "/api/v1"


@dataclass(frozen=True)
class Program:
    """A client with a key."""

    client: FlaskClient
    token: str

    def ask(self, method: str, path: str, *, again: str = "", **arguments: Any) -> TestResponse:
        """Send a request below /api/v1; *again* is its Idempotency-Key."""
        headers = {"Authorization": f"Bearer {self.token}", **arguments.pop("headers", {})}
        if again:
            headers["Idempotency-Key"] = again
        return self.client.open(PREFIX + path, method=method, headers=headers, **arguments)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.ask("GET", path, query_string=query)

    def post(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.ask("POST", path, json=json, **more)


def program(app: Flask, tenant_id: int, role: str = "marketing", name: str = "crm") -> Program:
    """A program of a company with a fresh key."""
    runtime: Runtime = app.extensions["carillon"]
    with runtime.database.session(tenant_id) as session:
        _, token = keys.add(session, tenant_id, name, role, "test")
    return Program(app.test_client(), token)


def said(answer: TestResponse) -> dict[str, str]:
    """What a problem says of each field."""
    assert answer.mimetype == "application/problem+json", answer.text
    return {fault["field"]: fault["detail"] for fault in answer.json["errors"]}  # type: ignore[index]
