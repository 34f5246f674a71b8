"""Campaigns, as programs run them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from flask import Flask

from outbound.models import Sender
from tests.api import Program, program, said
from tests.console.world import DRAFT, NOW, Company
from tests.core.api.conftest import app, built, companies, crm, ours, theirs

__all__ = ["app", "built", "companies", "crm", "ours", "theirs"]
SPRING: dict[str, Any] = {
    **DRAFT,
    "name": "Spring: 春季",
    "retries": {"busy": {"times": 2, "after_s": 300}},
    "ends_after_h": 24,
}


@pytest.fixture
def boss(app: Flask, ours: Company) -> Program:
    """A program of a supervisor of ours."""
    return program(app, ours.tenant_id, "supervisor", name="boss")


def give_sender(app: Flask, tenant_id: int) -> None:
    with app.extensions["carillon"].database.session(tenant_id) as session:
        session.add(
            Sender(
                tenant_id=tenant_id,
                channel="sms",
                address="+8613800000001",
                rate_per_s=1.0,
                lines=0,
                next_at=NOW,
            )
        )


@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_a_draft_is_made_from_either_form_of_the_document(crm: Program, kind: str) -> None:
    text = yaml.safe_dump(SPRING, allow_unicode=True).encode()
    made = (
        crm.post("/campaigns", SPRING)
        if kind == "json"
        else crm.ask("POST", "/campaigns", data=text, content_type="application/yaml")
    )
    assert made.status_code == 201, made.text
    assert made.json is not None

    whole = crm.get(made.headers["Location"].removeprefix("/api/v1")).json
    assert whole is not None
    assert (whole["name"], whole["state"], whole["created_by"]) == ("Spring: 春季", "draft", "api:crm")
    assert whole["definition"]["ends_after_h"] == 24
    assert [wave["channel"] for wave in whole["waves"]] == ["sms"]
    assert crm.post("/campaigns", SPRING).status_code == 409


def test_every_wrong_field_of_the_document_is_named(crm: Program) -> None:
    wrong = {**SPRING, "channel": "pigeon", "purpose": "fun", "colour": "red", "ends_after_h": 0}

    answer = crm.post("/campaigns", wrong)

    assert (answer.status_code, answer.json and answer.json["code"]) == (422, "campaign_fields")
    assert {"channel", "purpose", "colour", "ends_after_h"} <= said(answer).keys()


@pytest.mark.parametrize(
    ("audience", "kind"),
    [
        pytest.param({"file": "list.csv"}, "a file beside the document", id="a file of the server"),
        pytest.param({"file": "../../etc/passwd"}, "a file beside the document", id="another path"),
    ],
)
def test_no_file_of_the_server_is_an_audience(crm: Program, audience: object, kind: str) -> None:
    assert crm.post("/campaigns", {**SPRING, "audience": audience}).status_code in (400, 422)


def test_a_campaign_goes_from_draft_to_the_end(app: Flask, crm: Program, ours: Company) -> None:
    give_sender(app, ours.tenant_id)
    path = f"/campaigns/{ours.draft_id}"

    launched = crm.post(f"{path}/launch", again="go")
    again = crm.post(f"{path}/launch", again="go")
    late = crm.post(f"{path}/launch")
    cancelled = crm.post(f"{path}/cancel")

    assert (launched.status_code, launched.json and launched.json["state"]) == (200, "preparing")
    assert again.data == launched.data
    assert (late.status_code, late.json and late.json["code"]) == (409, "bad_transition")
    assert cancelled.json is not None
    assert cancelled.json["state"] == "cancelled"
    assert crm.post(f"{path}/resume").status_code == 409


def test_pause_and_resume(crm: Program, ours: Company) -> None:
    path = f"/campaigns/{ours.running_id}"

    assert [crm.post(f"{path}/{verb}").json["state"] for verb in ("pause", "resume")] == [  # type: ignore[index]
        "paused",
        "running",
    ]


def test_progress_certificate_and_recipients(crm: Program, ours: Company) -> None:
    path = f"/campaigns/{ours.finished_id}"
    progress, proof = crm.get(f"{path}/progress").json, crm.get(f"{path}/certificate").json
    recipients = crm.get(f"{path}/recipients", limit=4).json
    rest = crm.get(f"{path}/recipients", limit=4, cursor=recipients["next"]).json  # type: ignore[index]
    failed = crm.get(f"{path}/recipients", state="failed").json

    assert progress is not None
    assert (progress["targeted"], progress["reached"]) == (6, 4)
    assert proof is not None
    assert (proof["targeted"], proof["reached"], proof["contacted_twice"]) == (6, 4, 0)
    assert rest is not None
    assert rest["next"] is None
    assert len(rest["data"]) == 2
    assert failed is not None
    assert [row["reason"] for row in failed["data"]] == ["no_answer"]


def test_campaigns_are_listed_newest_first(crm: Program, ours: Company) -> None:
    listed = crm.get("/campaigns", limit=2).json
    assert listed is not None
    rest = crm.get("/campaigns", cursor=listed["next"]).json
    assert rest is not None
    paused = crm.get("/campaigns", state="draft").json
    assert paused is not None

    ids = [row["id"] for row in listed["data"] + rest["data"]]
    assert ids == sorted((ours.draft_id, ours.running_id, ours.finished_id), reverse=True)
    assert [row["id"] for row in paused["data"]] == [ours.draft_id]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/progress"),
        ("GET", "/certificate"),
        ("GET", "/recipients"),
        ("GET", "/forecast"),
        ("POST", "/forecast"),
        ("POST", "/launch"),
        ("GET", "/approval"),
        ("POST", "/approve"),
        ("POST", "/send-back"),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("POST", "/cancel"),
    ],
)
def test_a_campaign_of_another_company_is_not_there(
    crm: Program, boss: Program, theirs: Company, method: str, path: str
) -> None:
    program = boss if path == "/approve" else crm
    sent = {"json": {"reason": "not ours"}} if path == "/send-back" else {}

    answer = program.ask(method, f"/campaigns/{theirs.running_id}{path}", **sent)

    assert (answer.status_code, answer.json and answer.json["code"]) == (404, "no_campaign")


def test_a_forecast_is_asked_for_and_read(crm: Program, ours: Company) -> None:
    path = f"/campaigns/{ours.draft_id}/forecast"
    before = crm.get(path)
    asked = crm.post(path)

    assert (before.status_code, before.json and before.json["code"]) == (404, "no_forecast")
    assert (asked.status_code, asked.json and asked.json["state"]) == (202, "waiting")
    assert crm.get(path).json == asked.json
    assert crm.post(f"/campaigns/{ours.running_id}/forecast").status_code == 409
