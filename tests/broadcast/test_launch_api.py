"""Launches that need a second person, or a reason, as programs ask for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from broadcast.models import Approval
from core.db import ALL_TENANTS
from core.models import AuditEntry, Tenant
from tests.api import Program, program, said
from tests.broadcast.test_api import SPRING, boss, give_sender
from tests.console.world import DRAFT, Company
from tests.core.api.conftest import app, built, companies, crm, ours, theirs

__all__ = ["app", "boss", "built", "companies", "crm", "ours", "theirs"]
Act = Callable[[Program, str], TestResponse]


@pytest.fixture
def path(app: Flask, ours: Company) -> str:
    """A draft that needs a second person."""
    give_sender(app, ours.tenant_id)
    limit = {"launch": {"second_person_above": {"recipients": 0}}}
    with app.extensions["carillon"].database.session(ALL_TENANTS) as session:
        session.execute(update(Tenant).where(Tenant.id == ours.tenant_id).values(settings=limit))
    return f"/campaigns/{ours.draft_id}"


def told(answer: TestResponse) -> tuple[int, str]:
    """The status, and the state or the code."""
    assert answer.json is not None, answer.text
    return answer.status_code, answer.json["state"] if answer.status_code < 300 else answer.json["code"]


def actions(app: Flask) -> list[tuple[str, str]]:
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        rows = session.execute(select(AuditEntry.action, AuditEntry.who).order_by(AuditEntry.id))
        return [tuple(row) for row in rows if not row.action.startswith("api_key")]


def test_a_second_person_lets_a_large_launch_go(app: Flask, crm: Program, boss: Program, path: str) -> None:
    assert told(crm.get(f"{path}/approval")) == (404, "no_approval")

    asked = crm.post(f"{path}/launch")
    waiting = crm.get(f"{path}/approval").json
    approved = boss.post(f"{path}/approve", again="let it go")
    again = boss.post(f"{path}/approve", again="let it go")
    late = boss.post(f"{path}/approve")

    assert told(asked) == (200, "waiting")
    assert waiting is not None
    assert (waiting["state"], waiting["asked_by"], waiting["decided_by"]) == ("asked", "api:crm", "")
    assert told(approved) == (200, "preparing")
    assert again.data == approved.data
    assert told(late) == (409, "bad_transition")
    decided = crm.get(f"{path}/approval").json
    assert decided is not None
    assert (decided["state"], decided["decided_by"]) == ("given", "api:boss")
    assert ("approve", "api:boss") in actions(app)


@pytest.mark.parametrize(
    ("role", "name", "code"),
    [
        pytest.param("supervisor", "crm", "own_approval", id="whoever asked"),
        pytest.param("supervisor", "CRM", "own_approval", id="another key of the same name"),
        pytest.param("marketing", "other", "not_allowed", id="no supervisor"),
        pytest.param("auditor", "audit", "not_allowed", id="an auditor"),
    ],
)
def test_who_may_not_approve_changes_nothing(
    app: Flask, crm: Program, ours: Company, path: str, role: str, name: str, code: str
) -> None:
    crm.post(f"{path}/launch")

    refused = program(app, ours.tenant_id, role, name).post(f"{path}/approve")

    assert told(refused) == (403, code)
    assert crm.get(path).json["state"] == "waiting"  # type: ignore[index]


def test_what_changed_since_is_not_approved(app: Flask, crm: Program, boss: Program, path: str) -> None:
    crm.post(f"{path}/launch")
    crm.post("/customers", {"name": "New", "numbers": [{"address": "13911110001"}], "tags": ["fleet"]})

    assert told(boss.post(f"{path}/approve")) == (409, "approval_outdated")


def test_a_launch_is_sent_back_with_a_reason_and_asked_for_anew(
    crm: Program, boss: Program, path: str
) -> None:
    assert told(boss.post(f"{path}/send-back", {"reason": "nobody asked"})) == (409, "bad_transition")
    crm.post(f"{path}/launch")

    back = boss.post(f"{path}/send-back", {"reason": "the date is wrong"})
    told_back = crm.get(f"{path}/approval").json

    assert told(back) == (200, "draft")
    assert told_back is not None
    assert (told_back["state"], told_back["reason"]) == ("refused", "the date is wrong")
    assert told(crm.post(f"{path}/launch")) == (200, "waiting")


@pytest.mark.parametrize(
    ("body", "field", "detail"),
    [
        pytest.param(None, "reason", "this field is missing", id="nothing"),
        pytest.param({"reason": "  "}, "reason", "enter something here", id="blanks"),
        pytest.param({"reason": "x" * 401}, "reason", "enter at most 400 characters", id="too long"),
        pytest.param({"reason": 7}, "reason", "enter a text", id="a number"),
        pytest.param({"reason": "a\0b"}, "reason", "remove the NUL character (U+0000) at position 2", id="NUL"),
    ],
)  # fmt: skip
def test_a_send_back_says_why(crm: Program, path: str, body: Any, field: str, detail: str) -> None:
    crm.post(f"{path}/launch")

    refused = crm.post(f"{path}/send-back", body)

    assert refused.status_code == 422
    assert said(refused)[field] == detail
    assert crm.get(path).json["state"] == "waiting"  # type: ignore[index]


def test_a_double_goes_only_with_a_reason(app: Flask, crm: Program, ours: Company) -> None:
    give_sender(app, ours.tenant_id)
    first, second = (
        crm.post("/campaigns", {**SPRING, "name": name}).headers["Location"].removeprefix("/api/v1")
        for name in ("Spring", "Spring again")
    )
    assert told(crm.post(f"{first}/launch")) == (200, "preparing")

    refused = crm.post(f"{second}/launch", {})
    empty = crm.post(f"{second}/launch", {"override": "   "})
    allowed = crm.post(f"{second}/launch", {"override": "the first one had the wrong date"})

    assert told(refused) == told(empty) == (409, "launch_double")
    assert told(allowed) == (200, "preparing")
    assert ("override_double", "api:crm") in actions(app)


def test_the_reason_for_a_double_stands_when_the_second_person_lets_it_go(
    app: Flask, crm: Program, boss: Program, path: str
) -> None:
    crm.post(f"{path}/launch")
    boss.post(f"{path}/approve")
    again = crm.post("/campaigns", {**DRAFT, "name": "Again"}).headers["Location"].removeprefix("/api/v1")

    assert told(crm.post(f"{again}/launch")) == (409, "launch_double")
    assert told(crm.post(f"{again}/launch", {"override": "wrong date before"})) == (200, "waiting")
    assert told(boss.post(f"{again}/approve")) == (200, "preparing")
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        assert list(session.scalars(select(Approval.override).order_by(Approval.id))) == [
            "",
            "wrong date before",
        ]


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        pytest.param({"json": {"override": "x" * 401}}, 422, "invalid_fields", id="too long a reason"),
        pytest.param({"json": {"override": ["x"]}}, 422, "invalid_fields", id="a list"),
        pytest.param({"json": {"force": True}}, 422, "invalid_fields", id="an unknown field"),
        pytest.param({"json": [1]}, 422, "invalid_fields", id="no object"),
        pytest.param({"data": b"{", "content_type": "application/json"}, 400, "bad_json", id="no JSON"),
        pytest.param({"data": b"override=x", "content_type": "text/plain"}, 415, "unsupported_media_type", id="text"),
    ],
)  # fmt: skip
def test_a_launch_with_a_wrong_body_does_not_start(
    app: Flask, crm: Program, ours: Company, arguments: dict[str, Any], status: int, code: str
) -> None:
    give_sender(app, ours.tenant_id)
    path = f"/campaigns/{ours.draft_id}"

    answer = crm.ask("POST", f"{path}/launch", **arguments)

    assert told(answer) == (status, code)
    assert crm.get(path).json["state"] == "draft"  # type: ignore[index]
