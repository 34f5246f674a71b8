"""Keys: shown once, kept as hashes, revoked at once; no other opens anything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock
from core.db import ALL_TENANTS
from core.models import ApiKey, AuditEntry
from tests.api import Program, program
from tests.console.world import Company


def kept(app: Flask) -> list[ApiKey]:
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        return list(session.scalars(select(ApiKey).order_by(ApiKey.id)))


def test_a_token_is_shown_once_and_kept_as_a_hash(app: Flask, ours: Company) -> None:
    run = app.test_cli_runner().invoke

    made = run(args=["api-keys", "add", "crm", "--role", "marketing", "--tenant", "north"])
    token = made.stdout.strip()
    listed = run(args=["api-keys", "list", "--tenant", "north"]).output

    [key] = kept(app)
    assert token.startswith(f"carillon_{key.prefix}_")
    assert token not in f"{key.token_hash} {listed}"
    assert f"carillon_{key.prefix}_…" in listed
    assert "last used never" in listed
    assert Program(app.test_client(), token).get("/campaigns").status_code == 200
    assert "last used 2026" in run(args=["api-keys", "list", "--tenant", "north"]).output


def test_a_revoked_key_opens_nothing(app: Flask, ours: Company, crm: Program) -> None:
    assert crm.get("/campaigns").status_code == 200
    run = app.test_cli_runner().invoke
    [key] = kept(app)

    assert run(args=["api-keys", "revoke", str(key.id), "--tenant", "north"]).exit_code == 0
    assert crm.get("/campaigns").status_code == 401
    again = run(args=["api-keys", "revoke", str(key.id), "--tenant", "north"])
    assert (again.exit_code, "revoked already" in again.output) == (1, True)
    with app.extensions["carillon"].database.reading(ours.tenant_id) as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-2:] == ["api_key.add", "api_key.revoke"]


def test_the_key_of_another_company_is_not_ours_to_revoke(app: Flask, ours: Company, theirs: Company) -> None:
    program(app, theirs.tenant_id)
    [key] = kept(app)

    refused = app.test_cli_runner().invoke(args=["api-keys", "revoke", str(key.id), "--tenant", "north"])

    assert (refused.exit_code, refused.output) == (1, f"Error: there is no key {key.id}\n")


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="none"),
        pytest.param("Bearer", id="empty"),
        pytest.param("Basic bWU6bWU=", id="another scheme"),
        pytest.param("Bearer carillon_{prefix}_" + "A" * 43, id="a forged secret"),
        pytest.param("Bearer carillon_abcdefgh_" + "A" * 43, id="an unknown prefix"),
        pytest.param("Bearer {token}x", id="one character more"),
        pytest.param("Bearer {hash}", id="the hash itself"),
        pytest.param("Bearer ' OR 1=1 --", id="SQL"),
        pytest.param("Bearer " + "x" * 5000, id="very long"),
    ],
)
def test_no_other_token_opens_anything(app: Flask, crm: Program, header: str) -> None:
    [key] = kept(app)
    said = header.format(prefix=key.prefix, token=crm.token, hash=key.token_hash)

    answer = app.test_client().get("/api/v1/customers", headers={"Authorization": said} if said else {})

    assert (answer.status_code, answer.json and answer.json["code"]) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "Set-Cookie" not in answer.headers


def test_a_signed_in_browser_is_no_program(app: Flask, ours: Company) -> None:
    client = app.test_client()
    client.set_cookie("carillon_staff", "x")

    assert client.get("/api/v1/customers").status_code == 401


def test_a_key_has_so_many_requests_a_minute(app: Flask, ours: Company, crm: Program) -> None:
    runtime = app.extensions["carillon"]
    runtime.config.__dict__["api_requests_per_minute"] = 3
    other = program(app, ours.tenant_id, name="other")

    answers = [crm.get("/campaigns").status_code for _ in range(3)]
    refused = crm.get("/campaigns")

    assert answers == [200, 200, 200]
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_requests")  # type: ignore[index]
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert other.get("/campaigns").status_code == 200
    clock.advance(timedelta(seconds=int(refused.headers["Retry-After"])))
    assert crm.get("/campaigns").status_code == 200
