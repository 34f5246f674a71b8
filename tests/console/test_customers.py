"""Customer files: found, shown, and their wish to be left alone."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.models import AuditEntry
from customers.models import ConsentEvent, Customer, Suppression
from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.console.world import Company, address


@pytest.fixture
def supervisor(signed_in: SignIn) -> FlaskClient:
    return signed_in("supervisor")


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        pytest.param("chen", "Chen Jie", id="name"),
        pytest.param("王", "王芳", id="Chinese name"),
        pytest.param("K-0002", "Emma Clark", id="reference"),
        pytest.param("沪A·8K3", "Liu Yang", id="beginning of a plate"),
        pytest.param("138 1704", "Omar Haddad", id="digits of a number"),
        pytest.param("%", "", id="no wildcard"),
        pytest.param("<script>", "", id="markup"),
    ],
)
def test_a_customer_is_found(app: Flask, supervisor: FlaskClient, text: str, finds: str) -> None:
    page = supervisor.get("/customers", query_string={"q": text})

    found = re.findall(r'<th scope="row"><a[^>]*>([^<]*)</a>', page.text)
    assert found == ([finds] if finds else [])
    assert "<script>" not in page.text


def test_a_customer_page_says_why_and_why_not(supervisor: FlaskClient, ours: Company) -> None:
    said = words(supervisor.get(f"/customers/{ours.customer_id}").text)

    assert "No consent for this" in said
    assert "No number for this channel" in said
    assert "Allowed now" in said
    assert "Agreed in writing" in said
    assert "Kind of number: Mobile" in said
    assert "Consent needed: Never by this channel" in said


def test_what_is_held_says_until_when_by_both_clocks(
    app: Flask, supervisor: FlaskClient, ours: Company
) -> None:
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        session.get_one(Customer, ours.customer_id).zone = "America/New_York"

    said = words(supervisor.get(f"/customers/{ours.customer_id}").text)

    # it is 01:30 in New York and 14:30 in Shanghai
    assert "Contact hours: 09:00-20:00 America/New_York · until 22:00, 9:00 where they are" in said.replace(
        "09:00 where", "9:00 where"
    )


def test_opting_out_counts_for_the_next_question(app: Flask, supervisor: FlaskClient, ours: Company) -> None:
    path = f"/customers/{ours.customer_id}/opt-out"

    wrong = send(supervisor, path, {"scope": "some"})
    done = send(supervisor, path, {"scope": "all"})

    assert wrong.status_code == 422
    assert "Choose what the customer wants to stop." in wrong.text
    assert done.location == f"/customers/{ours.customer_id}"
    said = words(supervisor.get(done.location).text)
    assert "No contact wanted" in said
    assert (
        "Allowed now" not in said.replace("Transactional", "").split("Details")[0]
        or "Wants no contact" in said
    )
    with app.extensions["carillon"].database.reading(ours.tenant_id) as session:
        kept = session.query(Suppression).one()
        noted = session.query(AuditEntry).filter_by(about=f"customer:{ours.customer_id}").one()
        withdrawn = (
            session.query(ConsentEvent).filter_by(customer_id=ours.customer_id, is_given=False).count()
        )
    assert (kept.address, kept.scope) == (address(1, 0), "all")
    assert noted.who == ours.email("supervisor")
    assert withdrawn
