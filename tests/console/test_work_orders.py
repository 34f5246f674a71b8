"""Work orders and files on screen: who sees what, what the buttons do, what a mistake is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from aftersales.models import CustomerFile, WorkOrder
from core.db import ALL_TENANTS
from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.console.orders import add_orders
from tests.console.world import NOW, Company


@pytest.fixture
def order_id(app: Flask, ours: Company) -> int:
    return add_orders(app, ours)[0]


@pytest.fixture
def file_id(app: Flask, ours: Company, order_id: int) -> int:
    with app.extensions["carillon"].database.reading(ours.tenant_id) as session:
        return session.scalars(select(CustomerFile.id)).one()


@pytest.fixture
def agent(signed_in: SignIn) -> FlaskClient:
    return signed_in("after_sales")


@pytest.mark.parametrize(
    ("query", "there"),
    [
        pytest.param("", {"A-1", "A-2"}, id="those under way"),
        pytest.param("?state=workshop", {"A-1"}, id="by step"),
        pytest.param("?state=delivered", set(), id="none at a step"),
        pytest.param("?state=nonsense&before=-1", {"A-1", "A-2"}, id="nonsense"),
        pytest.param("?late=1", {"A-1"}, id="late"),
        pytest.param("?department=workshop", set(), id="by department"),
        pytest.param("?q=a-2", {"A-2"}, id="by number"),
        pytest.param("?q=沪A·8K0", {"A-1", "A-2"}, id="by plate"),
        pytest.param("?q=Chen", {"A-1", "A-2"}, id="by customer"),
        pytest.param("?q=%25", set(), id="a wildcard is a sign"),
    ],
)
def test_jobs_are_found(agent: FlaskClient, order_id: int, query: str, there: set[str]) -> None:
    page = agent.get(f"/work-orders{query}")

    assert page.status_code == 200
    assert {number for number in ("A-1", "A-2") if f">{number}</a>" in page.text} == there


def test_a_job_shows_where_it_is_and_what_happened(agent: FlaskClient, order_id: int) -> None:
    said = words(agent.get(f"/work-orders/{order_id}").text)

    for shown in (
        "In the workshop",
        "Late",
        "Business",
        "Chen Jie",
        "brake pads",
        "Date promised",
        "Waiting for consent",
    ):
        assert shown in said


def test_the_forms_take_a_job_on(app: Flask, agent: FlaskClient, order_id: int) -> None:
    path = f"/work-orders/{order_id}"
    promised = (NOW + timedelta(days=2)).strftime("%Y-%m-%dT17:00")
    assert send(agent, f"{path}/hand_over", {"department": "workshop", "note": "lift 2"}).status_code == 303
    assert send(agent, f"{path}/promise", {"promised_at": promised}).status_code == 303
    assert send(agent, f"{path}/urgent", {"note": "travels"}).status_code == 303
    assert send(agent, f"{path}/advance", {"to": "delivered"}).status_code == 303

    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        order = session.get_one(WorkOrder, order_id)
        assert (order.state, order.department, order.is_urgent) == ("delivered", "workshop", True)
        assert order.promised_at is not None
        assert order.promised_at.isoformat().startswith(promised[:10] + "T09:00")  # 17:00 in Shanghai


@pytest.mark.parametrize(
    ("act", "data", "status", "told"),
    [
        pytest.param("advance", {"to": "reception"}, 409, "it cannot go back to", id="back"),
        pytest.param("advance", {"to": "lunch"}, 400, "Choose a step", id="no step"),
        pytest.param("promise", {"promised_at": "soon"}, 400, "Enter a day and a time", id="no date"),
        pytest.param(
            "promise", {"promised_at": "2020-01-01T10:00"}, 422, "Enter a time after", id="an early date"
        ),
        pytest.param("hand_over", {"department": "kitchen"}, 400, "Choose a department:", id="no department"),
        pytest.param("urgent", {"note": "\0"}, 400, "Remove the NUL character", id="no text"),
    ],
)
def test_a_mistake_is_told_beside_its_form(
    agent: FlaskClient, order_id: int, act: str, data: dict[str, str], status: int, told: str
) -> None:
    answer = send(agent, f"/work-orders/{order_id}/{act}", data)

    assert answer.status_code == status
    assert f'id="fe-{act}"' in answer.text
    assert told in words(answer.text)


def test_a_file_is_completed_with_the_next_contact(app: Flask, agent: FlaskClient, file_id: int) -> None:
    path = f"/files/{file_id}"
    assert "brake pads" in agent.get(path).text
    empty = send(agent, f"{path}/complete", {"next_topic": "", "wished_services": "pick-up"})
    assert empty.status_code == 422
    assert "Enter what the next contact is about" in words(empty.text)
    assert 'value="pick-up"' in empty.text

    body = {
        "next_topic": "winter tyres",
        "next_contact_at": "2027-01-05T10:00",
        "service_items": "brake pads",
    }
    assert send(agent, f"{path}/complete", body).status_code == 303
    said = words(agent.get(path).text)
    assert "winter tyres" in said
    assert "Late" in said
    again = send(agent, f"{path}/complete", body)
    assert (again.status_code, "already" in again.text) == (409, True)


@pytest.mark.parametrize(("show", "count"), [("open", 1), ("late", 1), ("complete", 0), ("nonsense", 1)])
def test_files_are_listed(agent: FlaskClient, file_id: int, show: str, count: int) -> None:
    assert agent.get(f"/files?show={show}").text.count(f'id="file-{file_id}"') == count


def test_a_customer_s_page_shows_jobs_and_files_and_records_a_visit(
    app: Flask, agent: FlaskClient, ours: Company, file_id: int
) -> None:
    page = agent.get(f"/customers/{ours.customer_id}").text
    assert ">A-1</a>" in page
    assert f'id="file-{file_id}"' in page

    made = send(agent, "/files", {"customer_id": ours.customer_id, "intake": "visit"})
    assert made.status_code == 303
    assert "Visit" in words(agent.get(made.headers["Location"]).text)
    assert send(agent, "/files", {"customer_id": ours.customer_id, "intake": "repair"}).status_code == 400
    assert send(agent, "/files", {"customer_id": "x", "intake": "visit"}).status_code == 422


@pytest.fixture
def foreign(app: Flask, theirs: Company) -> tuple[int, int]:
    """Ids of a job and a file of the other company."""
    return add_orders(app, theirs)


def test_another_company_s_jobs_and_files_are_not_there(agent: FlaskClient, foreign: tuple[int, int]) -> None:
    order, file = foreign
    assert agent.get(f"/work-orders/{order}").status_code == 404
    assert send(agent, f"/work-orders/{order}/advance", {"to": "ready"}).status_code == 404
    assert agent.get(f"/files/{file}").status_code == 404
    assert send(agent, f"/files/{file}/complete", {"next_topic": "x"}).status_code == 404
    assert ">A-1</a>" not in agent.get("/work-orders").text


def test_readers_have_no_buttons(signed_in: SignIn, order_id: int, file_id: int) -> None:
    auditor = signed_in("auditor")
    for path in (f"/work-orders/{order_id}", f"/files/{file_id}"):
        page = auditor.get(path)
        assert page.status_code == 200
        assert page.text.count('method="post"') == auditor.get("/calls").text.count('method="post"')


def test_a_quote_is_sent_once_the_job_has_prices_and_a_currency(
    app: Flask, agent: FlaskClient, order_id: int, ours: Company
) -> None:
    path = f"/work-orders/{order_id}"
    assert "Send the quote" in words(agent.get(path).text)
    refused = send(agent, f"{path}/quote", {})
    assert (refused.status_code, "what it costs and the currency" in words(refused.text)) == (400, True)
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        session.get_one(WorkOrder, order_id).currency = "CNY"
    assert send(agent, f"{path}/quote", {}).status_code == 303

    assert "Told and asked by our lines Quote Not begun" in words(agent.get(path).text)
