"""Keys of programs in the console: shown once, revoked at once, by administrators only, each company's own."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from core.api import keys
from core.models import ApiKey, AuditEntry
from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.console.world import Company

TOKEN = re.compile(r"carillon_[0-9a-z]{8}_[\w-]{43}")


def answers(app: Flask, token: str) -> int:
    head = {"Authorization": f"Bearer {token}"}
    return app.test_client().get("/api/v1/campaigns", headers=head).status_code


def test_a_key_is_seen_once_works_and_ends(app: Flask, ours: Company, signed_in: SignIn) -> None:
    admin = signed_in("administrator")
    assert "No program has a key" in words(admin.get("/api-keys").text)

    made = send(admin, "/api-keys", {"name": "shop", "role": "marketing"})
    [token] = TOKEN.findall(made.text)
    assert answers(app, token) == 200

    listed = admin.get("/api-keys").text
    assert TOKEN.findall(listed) == []
    assert "shop" in words(listed)
    with app.extensions["carillon"].database.reading(ours.tenant_id) as session:
        key_id = session.scalars(select(ApiKey.id)).one()
        assert session.scalars(select(AuditEntry.who).where(AuditEntry.action == "api_key.add")).one()

    assert send(admin, f"/api-keys/{key_id}/revoke").status_code == 303
    assert answers(app, token) == 401
    assert "Revoked" in words(admin.get("/api-keys").text)
    assert send(admin, f"/api-keys/{key_id}/revoke").status_code == 409


@pytest.mark.parametrize(
    ("form", "told"),
    [
        pytest.param({"name": " ", "role": "auditor"}, "Enter a name of 1 to 120 characters", id="no name"),
        pytest.param({"name": "a\u202eb", "role": "auditor"}, "Remove the invisible character", id="turned"),
        pytest.param({"name": "shop", "role": "root"}, "Enter one of these roles", id="no role"),
    ],
)
def test_a_mistake_is_told_and_no_key_made(
    app: Flask, ours: Company, signed_in: SignIn, form: dict[str, str], told: str
) -> None:
    answer = send(signed_in("administrator"), "/api-keys", form)

    assert (answer.status_code, told in words(answer.text)) == (400, True)
    with app.extensions["carillon"].database.reading(ours.tenant_id) as session:
        assert session.scalars(select(ApiKey)).all() == []


def test_a_key_of_another_company_is_not_found(app: Flask, signed_in: SignIn, theirs: Company) -> None:
    with app.extensions["carillon"].database.session(theirs.tenant_id) as session:
        key, token = keys.add(session, theirs.tenant_id, "theirs", "auditor", "x")
    admin = signed_in("administrator")

    assert "theirs" not in words(admin.get("/api-keys").text)
    assert send(admin, f"/api-keys/{key.id}/revoke").status_code == 404
    assert answers(app, token) == 200
