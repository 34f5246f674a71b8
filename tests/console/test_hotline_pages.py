"""Announcements and blocked callers on screen: in both languages, with every fault at its field."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import ALL_TENANTS
from core.models import AuditEntry, Tenant
from flows import publish
from flows.language.lint import Rules
from ivr import numbers
from ivr.models import Announcement, BlockedCaller
from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.console.world import NOW, Company

SAID = {"text_en": "Main Street is closed.", "text_zh": "主街封闭。", "ends_at": "2026-11-24T18:00"}


@pytest.fixture(autouse=True)
def hotline(app: Flask, ours: Company) -> None:
    """A number of ours is answered in English and Chinese."""
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        publish.publish(session, ours.tenant_id, publish.library("hotline"), Rules(), NOW)
        numbers.answer(session, session.get_one(Tenant, ours.tenant_id), "+18005550177", "hotline")


def rows(app: Flask, model: type[Any]) -> list[Any]:
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        return list(session.scalars(select(model)))


def test_a_supervisor_announces_something_and_ends_it(app: Flask, signed_in: SignIn, ours: Company) -> None:
    client = signed_in("supervisor")
    assert "No announcement" in words(client.get("/announcements").text)

    assert send(client, "/announcements", SAID).status_code == 303

    (added,) = rows(app, Announcement)
    page = words(client.get("/announcements").text)
    assert "Main Street is closed." in page
    assert "On the air" in page
    assert send(client, f"/announcements/{added.id}/end", {}).status_code == 303
    assert "On the air" not in words(client.get("/announcements").text)
    assert send(client, f"/announcements/{added.id}/end", {}).status_code == 409


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        pytest.param({"ends_at": ""}, "Enter a day and a time", id="no end"),
        pytest.param({"ends_at": "tomorrow"}, "Enter a day and a time", id="an end in words"),
        pytest.param({"starts_at": "2026-99-99T00:00"}, "Enter a day and a time", id="a day there is not"),
        pytest.param({"ends_at": "2020-01-01T00:00"}, "Enter a time to come", id="in the past"),
        pytest.param(
            {"text_zh": ""}, "Write what callers hear in this language, too", id="in one language only"
        ),
        pytest.param({"text_en": "x" * 301}, "Write at most 300 characters", id="too long"),
        pytest.param({"text_en": "a\x00b"}, "Remove the NUL character (U+0000) at position 2", id="a NUL"),
    ],
)
def test_a_fault_is_told_and_what_was_written_stays(
    app: Flask, signed_in: SignIn, wrong: dict[str, str], told: str
) -> None:
    answer = send(signed_in("supervisor"), "/announcements", {**SAID, **wrong})

    assert answer.status_code in (400, 422)
    assert told in words(answer.text)
    assert wrong.get("text_zh", "主街封闭。") in answer.text
    assert rows(app, Announcement) == []


def test_a_supervisor_blocks_a_caller_and_answers_them_again(
    app: Flask, signed_in: SignIn, theirs: Company
) -> None:
    client = signed_in("supervisor")
    assert (
        send(client, "/blocked-callers", {"number": "415 555 0123", "why": "holds the line"}).status_code
        == 303
    )

    (blocked,) = rows(app, BlockedCaller)
    page = client.get("/blocked-callers").text
    assert "holds the line" in page
    assert blocked.address not in page, "numbers are masked in lists"
    assert blocked.address in send(client, "/blocked-callers/numbers", {}).text
    assert "numbers_shown" in [entry.action for entry in rows(app, AuditEntry)]
    assert send(client, f"/blocked-callers/{blocked.id}/unblock", {}).status_code == 303
    assert send(client, f"/blocked-callers/{blocked.id}/unblock", {}).status_code == 404
    assert rows(app, BlockedCaller) == []


@pytest.mark.parametrize(
    ("number", "why", "told"),
    [
        pytest.param("abc", "robot", "Enter digits only; this holds letters", id="no number"),
        pytest.param("", "", "Enter a telephone number", id="nothing at all"),
        pytest.param("+14155550123", " ", "Enter why, in at most 200 characters", id="no reason"),
        pytest.param("+14155550123", "a\x00", "Remove the NUL character (U+0000) at position 2", id="a NUL"),
    ],
)
def test_who_cannot_be_blocked_is_told_by_field(
    app: Flask, signed_in: SignIn, number: str, why: str, told: str
) -> None:
    answer = send(signed_in("supervisor"), "/blocked-callers", {"number": number, "why": why})

    assert answer.status_code in (400, 409, 422)
    assert told in words(answer.text)
    assert rows(app, BlockedCaller) == []


@pytest.mark.parametrize("page", ["/announcements", "/blocked-callers"])
def test_pages_are_in_chinese_too(signed_in: SignIn, page: str) -> None:
    client = signed_in("supervisor")
    send(client, "/preferences", {"language": "zh", "next": page})

    assert "来电黑名单" in client.get(page).text


def test_a_refusal_is_told_in_chinese_too(app: Flask, signed_in: SignIn) -> None:
    client = signed_in("supervisor")
    send(client, "/preferences", {"language": "zh", "next": "/announcements"})

    answer = send(client, "/announcements", {**SAID, "text_en": "x" * 301})

    assert (answer.status_code, "最多 300 个字符" in answer.text) == (422, True)
