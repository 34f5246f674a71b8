"""Texts that may be opt-outs on their page, what a campaign was answered, and what a customer said and will get."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from core.db import ALL_TENANTS
from core.models import AuditEntry
from customers.models import Suppression
from outbound.models import InboundText
from tests.console.browser import HTMX, send, words
from tests.console.conftest import SignIn
from tests.console.world import Company


@pytest.fixture
def supervisor(signed_in: SignIn) -> FlaskClient:
    return signed_in("supervisor")


def stands(app: Flask, text_id: int) -> str:
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        return session.get_one(InboundText, text_id).state


def test_a_text_is_shown_as_it_was_written_and_with_its_due_time(supervisor: FlaskClient) -> None:
    page = supervisor.get("/texts").text

    assert "Unread" in words(page)
    assert "please stop texting me &lt;b&gt;now&lt;/b&gt;" in page
    assert "Chen Jie" in page
    assert "Marketing to this number waits" in words(page)
    assert "Due" in words(page)


@pytest.mark.parametrize(
    ("decision", "state", "shown", "is_stopped"),
    [
        pytest.param("opt_out", "opted_out", "Opted out", True, id="an opt-out"),
        pytest.param("allow", "allowed", "Not an opt-out", False, id="none"),
        pytest.param("dismiss", "dismissed", "Dismissed", False, id="nothing"),
    ],
)
def test_a_decision_is_kept_shown_and_audited(
    app: Flask,
    supervisor: FlaskClient,
    ours: Company,
    decision: str,
    state: str,
    shown: str,
    is_stopped: bool,
) -> None:
    answer = send(supervisor, f"/texts/{ours.text_id}/{decision}")

    assert answer.location == "/texts"
    assert stands(app, ours.text_id) == state
    assert "No texts to read" in words(supervisor.get("/texts").text)
    assert shown in words(supervisor.get("/texts?state=read").text)
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        assert bool(session.scalars(select(Suppression.id)).all()) is is_stopped
        [who] = session.scalars(select(AuditEntry.who).where(AuditEntry.action == f"text_{state}"))
    assert who == ours.email("supervisor")


def test_a_second_decision_is_told_so(supervisor: FlaskClient, ours: Company, app: Flask) -> None:
    send(supervisor, f"/texts/{ours.text_id}/allow")
    answer = send(supervisor, f"/texts/{ours.text_id}/opt_out", headers=HTMX)

    assert answer.status_code == 409
    assert "Somebody had already decided" in answer.text
    assert stands(app, ours.text_id) == "allowed"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/texts/{theirs}/allow", 404, id="another company's"),
        pytest.param(f"/texts/{2**63}/allow", 404, id="beyond every database"),
        pytest.param("/texts/0/allow", 404, id="none"),
        pytest.param("/texts/1/shred", 404, id="no decision"),
        pytest.param("/texts/-1/allow", 404, id="no number"),
    ],
)
def test_what_is_not_there_cannot_be_decided(
    app: Flask, supervisor: FlaskClient, theirs: Company, path: str, status: int
) -> None:
    assert send(supervisor, path.format(theirs=theirs.text_id)).status_code == status
    assert stands(app, theirs.text_id) == "review"


def test_a_campaign_shows_what_it_was_answered(supervisor: FlaskClient, ours: Company) -> None:
    said = words(supervisor.get(f"/campaigns/{ours.running_id}/answers").text)

    assert "Perhaps an opt-out 1" in said
    assert "please stop texting me" in said
    assert "No answers yet" in words(supervisor.get(f"/campaigns/{ours.draft_id}/answers").text)


def test_a_customer_shows_what_is_to_reach_them_and_what_they_wrote(
    supervisor: FlaskClient, ours: Company
) -> None:
    said = words(supervisor.get(f"/customers/{ours.customer_id}").text)

    assert "Messages for them" in said
    assert "Voice call · Service" in said
    assert "What they answered please stop texting me" in said


def test_a_held_message_says_until_when(supervisor: FlaskClient, ours: Company) -> None:
    said = words(supervisor.get(f"/customers/{ours.customer_id + 2}").text)

    assert "Held back" in said
    assert "Held until" in said
    assert "Outside contact hours" in said
