"""Letters by post on screen, by command and by API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from aftersales.models import Letter
from core.api import keys
from core.db import ALL_TENANTS
from customers.models import Customer
from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.console.world import NOW, Company

FORM = {"kind": "invitation", "subject": "Open day", "sent_on": "2026-11-20", "sender": "Li Wei", "proof": "RR1", "address": "12 Quay Road"}  # fmt: skip


@pytest.fixture
def agent(signed_in: SignIn) -> FlaskClient:
    return signed_in("after_sales")


def letter(app: Flask) -> Letter:
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        return session.scalars(select(Letter)).one()


def test_a_letter_is_entered_and_its_end_told(app: Flask, ours: Company, agent: FlaskClient) -> None:
    path = f"/customers/{ours.customer_id}/letter"
    assert f'href="{path}"' in agent.get(f"/customers/{ours.customer_id}").text
    assert "12 Quay Road, Shanghai" in agent.get(path).text

    assert send(agent, path, FORM).location == "/registers/letters?period=2026-11"

    made = letter(app)
    entry = f"/registers/letters/{made.id}"
    for text in ("Open day", "RR1", "Invitation", "12 Quay Road"):
        assert text in words(agent.get(entry).text)
    assert send(agent, f"/letters/{made.id}/came_back", {"cause": "moved"}).location == entry
    assert "Moved away" in words(agent.get("/registers/letters").text)
    assert send(agent, f"/letters/{made.id}/came_back", {"cause": "moved"}).status_code == 409
    assert send(agent, f"/letters/{made.id}/arrived").location == entry, "the post found it after all"
    assert letter(app).state == "delivered"
    assert agent.get(f"/letters/{made.id}.pdf").status_code == 404, "nobody kept a copy"


@pytest.mark.parametrize(
    ("form", "told"),
    [
        pytest.param({"subject": ""}, "Enter what it was about", id="about nothing"),
        pytest.param({"sent_on": "yesterday"}, "Enter the day on which it was posted", id="no day"),
        pytest.param({"kind": "bill"}, "Choose what kind of letter it is:", id="no kind"),
        pytest.param({"proof": ""}, "Enter what shows that it was sent", id="no proof"),
        pytest.param({"case_id": "77"}, "There is a problem", id="a case of somebody else"),
        pytest.param({"proof": "a\x00b"}, "There is a problem", id="no text"),
    ],
)
def test_a_mistake_is_told_and_nothing_entered(
    app: Flask, ours: Company, agent: FlaskClient, form: dict[str, str], told: str
) -> None:
    answer = send(agent, f"/customers/{ours.customer_id}/letter", {**FORM, **form})

    assert answer.status_code in (400, 422)
    assert told in words(answer.text)
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        assert session.scalars(select(Letter)).all() == []


def test_letters_of_another_company_are_not_found(app: Flask, theirs: Company, agent: FlaskClient) -> None:
    assert send(agent, f"/customers/{theirs.customer_id}/letter", FORM).status_code == 404
    with app.extensions["carillon"].database.session(theirs.tenant_id) as session:
        added = Letter(
            tenant_id=theirs.tenant_id, kind="notice", means="post", state="sent", customer_id=theirs.customer_id,
            address="x", subject="x", sender="x", made_at=session.get_one(Customer, theirs.customer_id).created_at,
        )  # fmt: skip
        session.add(added)
        session.flush()
        found = added.id
    assert send(agent, f"/letters/{found}/arrived").status_code == 404
    assert agent.get(f"/letters/{found}.pdf").status_code == 404
    assert agent.get(f"/registers/letters/{found}").status_code == 404


def test_programs_and_commands_enter_letters(app: Flask, ours: Company) -> None:
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        head = {"Authorization": f"Bearer {keys.add(session, ours.tenant_id, 'crm', 'after_sales', 'x')[1]}"}
    client, body = app.test_client(), {**FORM, "customer_id": ours.customer_id}

    made = client.post("/api/v1/letters", json=body, headers=head)
    assert (made.status_code, made.get_json()["state"]) == (201, "sent")
    assert client.post("/api/v1/letters", json={**body, "kind": "bill"}, headers=head).status_code == 422
    assert client.post("/api/v1/letters", json={**body, "customer_id": 999}, headers=head).status_code in (
        404,
        422,
    )
    path = f"/api/v1/letters/{made.get_json()['id']}"
    assert (
        client.post(f"{path}/came-back", json={"cause": "moved"}, headers=head).get_json()["cause"] == "moved"
    )
    assert client.post(f"{path}/arrived", headers=head).get_json()["state"] == "delivered"
    assert client.post(f"{path}/arrived", headers=head).status_code == 409

    def run(*arguments: str) -> tuple[int, str]:
        done = app.test_cli_runner().invoke(args=["aftersales", "letters", *arguments, "--tenant", "north"])
        return done.exit_code, done.output

    posted = (
        "post",
        str(ours.customer_id),
        "2026-11-20",
        "--kind",
        "notice",
        "--subject",
        "s",
        "--sender",
        "Li",
        "--proof",
    )
    assert run(*posted, "RR2") == (0, "Letter 2 is in the register.\n")
    assert run(*posted, " ")[0] == 1
    assert run("came-back", "2", "moved")[0] == 0
    assert run("arrived", "2")[0] == 0
    assert run("arrived", "2")[0] == 1
    listed = client.get("/api/v1/letters?state=delivered&means=post", headers=head).get_json()["data"]
    assert [each["id"] for each in listed] == [2, 1]


def test_a_letter_that_waits_is_posted_or_given_up(app: Flask, ours: Company, agent: FlaskClient) -> None:
    assert "Nothing to post" in agent.get("/letters").text
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        for subject in ("Open day", "Winter check"):
            session.add(
                Letter(
                    tenant_id=ours.tenant_id, kind="invitation", means="post", state="made", customer_id=ours.customer_id,
                    address="12 Quay Road", subject=subject, sender="", made_at=NOW, due_on=NOW.date() - timedelta(days=1),
                )
            )  # fmt: skip
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        one, other = session.scalars(select(Letter.id).order_by(Letter.id)).all()
    assert "Open day Due Nov 22, 2026" in words(agent.get("/letters").text)
    assert agent.get(f"/letters/{one}/print.pdf").status_code == 404, "no campaign has a letter about it"

    wrong = send(agent, f"/letters/{one}/posted", {"sent_on": "2026-11-24", "sender": "Li", "proof": ""})
    assert wrong.status_code == 422
    assert "Enter what shows that it was sent" in words(wrong.text)
    assert (
        send(
            agent, f"/letters/{one}/posted", {"sent_on": "2026-11-23", "sender": "Li", "proof": "RR9"}
        ).location
        == "/letters"
    )
    assert send(agent, f"/letters/{other}/not_posted").location == "/letters"
    assert send(agent, f"/letters/{other}/not_posted").status_code == 409
    assert "Nothing to post" in agent.get("/letters").text
    register = words(agent.get("/registers/letters").text)
    assert "Open day" in register
    assert "Not posted" in register
