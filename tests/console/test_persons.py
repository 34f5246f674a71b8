"""A person's copy of everything, and being forgotten: nothing that names them is left, their wish not to be contacted is."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select

from aftersales import calls, cases, follow_ups, resolving, work_orders
from aftersales.calls import Said
from aftersales.models import Case, FollowUp, Letter, WorkOrder
from core import audit, clock
from core.db import ALL_TENANTS, Base, ScopedSession
from core.models import AuditEntry, Staff, Tenant
from customers import editing, suppression
from customers.models import Customer, CustomerNumber, ErasedSuppression, Suppression, Touch
from ivr.models import Voicemail
from outbound.models import Attempt, Delivery
from tests.api import program
from tests.console.browser import send, words
from tests.console.conftest import SignIn
from tests.console.world import NOW, Company, address

pytestmark = pytest.mark.storage
NUMBER = address(1, 0)
# words that stand nowhere once the person is forgotten; the number stands in records of contacts, which the law wants kept
NAMES = (
    "Chen Jie",
    "Harbour Freight",
    "12 Quay Road",
    "沪A·8K016",
    "The brakes squeal",
    "squeals a lot",
    "A new pad",
    "come and see",
)


@pytest.fixture
def boss(signed_in: SignIn) -> FlaskClient:
    return signed_in("supervisor")


@pytest.fixture
def known(app: Flask, ours: Company) -> Company:
    """Our customer with a complaint that is closed, a call to be made, a job that is over, a letter and an opt-out."""
    with app.extensions["carillon"].database.session(ours.tenant_id) as session:
        tenant = session.get_one(Tenant, ours.tenant_id)
        boss = session.scalars(select(Staff).where(Staff.email == ours.email("supervisor"))).one()
        calls.record(
            session, tenant, Said(points="The brakes squeal", demand="complaint", reply="pending"), direction="in", who="desk",
            customer_id=ours.customer_id, address=NUMBER,
        )  # fmt: skip
        case = session.scalars(select(Case)).one()
        resolving.remark(session, case, "squeals a lot", "desk")
        resolving.solve(session, tenant, case, "A new pad", "desk")
        resolving.override(session, case, boss, "squeals a lot")
        order = work_orders.open_order(
            session,
            tenant,
            number="A-1",
            customer_id=ours.customer_id,
            wish="squeals a lot",
            origin="x",
            who="x",
        )
        work_orders.advance(session, tenant, order, "delivered", "x", note="squeals a lot")
        session.add(
            Letter(
                tenant_id=tenant.id, kind="reply", means="post", customer_id=ours.customer_id, address="12 Quay Road",
                subject="come and see", sender="desk", made_at=NOW,
            )
        )  # fmt: skip
        theirs = session.query(Delivery).filter_by(customer_id=ours.customer_id)
        theirs.update({"variables": {"name": "Chen Jie"}})
        session.query(Attempt).update({"state": "ended"})
        suppression.opt_out(session, tenant.id, NUMBER, "marketing", "staff", "staff:1", NOW)
    return ours


def everywhere(app: Flask) -> str:
    """Every word in the tables of our company that may hold a customer's."""
    said: list[str] = []
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        for mapper in Base.registry.mappers:
            table = mapper.local_table
            if "tenant_id" in table.columns and table.name not in ("campaign",):
                mine = select(table).where(table.c.tenant_id == 1)
                said += [repr(tuple(row)) for row in session.execute(mine)]
    return "\n".join(said)


def test_the_copy_holds_everything_we_keep(app: Flask, known: Company, boss: FlaskClient) -> None:
    page = f"/customers/{known.customer_id}"
    assert f'href="{page}/everything.zip"' in boss.get(page).text

    answer = boss.get(f"{page}/everything.zip")

    with zipfile.ZipFile(BytesIO(answer.data)) as packed:
        content = json.loads(packed.read("person.json"))
        assert packed.read("person.pdf").startswith(b"%PDF")
    assert content["customer"]["name"] == "Chen Jie"
    assert [each["address"] for each in content["numbers"]] == [NUMBER]
    assert {each["scope"] for each in content["no_contact"]} == {"marketing"}
    assert content["call_records"][0]["points"] == "The brakes squeal"
    assert {each["what"] for each in content["case_history"]} >= {"opened", "noted", "solved", "closed"}
    for name in (
        "vehicles",
        "consents",
        "contacts",
        "messages",
        "tries",
        "work_orders",
        "letters",
        "calls",
        "call_steps",
        "voice_messages",
    ):
        assert content[name], name
    assert "token" not in json.dumps(content["tries"])
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        taken = session.scalars(select(AuditEntry).where(AuditEntry.action == "person_exported")).one()
        assert (taken.who, taken.about) == (known.email("supervisor"), f"customer:{known.customer_id}")


def test_every_table_that_is_about_a_customer_is_told_of() -> None:
    from console.persons import BELOW, OF_CUSTOMER

    told = {model.__tablename__ for model in OF_CUSTOMER.values()} | {
        model.__tablename__ for _, model, *_ in BELOW
    }
    about = {
        mapper.local_table.name
        for mapper in Base.registry.mappers
        if "customer_id" in inspect(mapper.class_).columns
    }
    # a test to staff shows what a customer would get, and is theirs only by name
    assert about - told == {"trial"}


def test_who_is_forgotten_is_named_nowhere(
    app: Flask, known: Company, boss: FlaskClient, signed_in: SignIn
) -> None:
    assert all(name in everywhere(app) for name in NAMES), "else this proves nothing"
    page = f"/customers/{known.customer_id}/erase"
    assert "Erase for good" in boss.get(page).text

    assert send(boss, page, {"reason": "asked for by letter of 20 November"}).location == "/customers"

    left = everywhere(app)
    assert [name for name in NAMES if name in left] == []
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        found = session.get_one(Customer, known.customer_id)
        assert (found.name, found.reference, found.erased_at) == ("", None, NOW)
        assert (
            session.scalars(select(CustomerNumber).where(CustomerNumber.customer_id == found.id)).all() == []
        )
        states = session.scalars(select(FollowUp.state).where(FollowUp.customer_id == found.id)).all()
        assert set(states) == {"cancelled"}
        messages = session.scalars(select(Voicemail).where(Voicemail.customer_id == found.id)).all()
        assert [message.is_unwanted for message in messages] == [True]
        assert session.scalars(select(Touch).where(Touch.customer_id == found.id)).all(), (
            "the law wants these kept"
        )
        erased = session.scalars(select(AuditEntry).where(AuditEntry.action == "person_erased")).one()
        assert erased.details == {"reason": "asked for by letter of 20 November", "recordings": 1}
    assert "Chen Jie" not in boss.get("/customers").text
    agent = signed_in("after_sales")
    assert "Record a" not in agent.get(f"/customers/{known.customer_id}").text, (
        "nothing is to be done for them"
    )
    assert send(boss, page, {"reason": "again"}).status_code == 409
    assert boss.get(f"/customers/{known.customer_id}/everything.zip").status_code == 409


def test_whom_not_to_contact_is_known_by_a_hash_and_again_when_the_number_comes_back(
    app: Flask, known: Company, boss: FlaskClient
) -> None:
    with app.extensions["carillon"].database.session(known.tenant_id) as session:
        audit.record(session, known.tenant_id, "x", "opt_out", f"number:{NUMBER}")
    send(boss, f"/customers/{known.customer_id}/erase", {"reason": "asked"})
    with app.extensions["carillon"].database.session(known.tenant_id) as session:
        assert session.scalars(select(Suppression).where(Suppression.address == NUMBER)).all() == []
        marks = session.scalars(select(ErasedSuppression)).all()
        about = select(AuditEntry.about).where(AuditEntry.about.startswith("number:"))
        assert set(session.scalars(about)) == {f"number:{marks[0].mark}"}
        assert [(mark.scope, NUMBER in mark.mark, len(mark.mark)) for mark in marks] == [
            ("marketing", False, 64)
        ]

        tenant = session.get_one(Tenant, known.tenant_id)
        editing.create(session, tenant, {"name": "Somebody new"}, [(NUMBER, "mobile")], "x")
        assert suppression.suppressed(session, tenant.id, [NUMBER]) == {NUMBER: {"marketing"}}
        editing.create(session, tenant, {"name": "Another"}, [("+8613900010002", "mobile")], "x")
        assert suppression.suppressed(session, tenant.id, ["+8613900010002"]) == {}


def test_an_import_brings_the_wish_back_too(
    app: Flask, known: Company, boss: FlaskClient, tmp_path: Path
) -> None:
    send(boss, f"/customers/{known.customer_id}/erase", {"reason": "asked"})
    path = tmp_path / "people.csv"
    path.write_text(f"name,mobile\nSomebody new,{NUMBER}\nAnother,+8613900010002\n")

    done = app.test_cli_runner().invoke(args=["customers", "import", str(path), "--tenant", "north"])

    assert done.exit_code == 0, done.output
    with app.extensions["carillon"].database.reading(known.tenant_id) as session:
        assert session.scalars(select(Suppression.address).where(Suppression.source == "erased")).all() == [
            NUMBER
        ]


def test_a_number_somebody_else_holds_stays_stopped_in_clear(
    app: Flask, known: Company, boss: FlaskClient
) -> None:
    with app.extensions["carillon"].database.session(known.tenant_id) as session:
        other = Customer(tenant_id=known.tenant_id, name="Her brother", created_at=NOW)
        session.add(other)
        session.flush()
        session.add(
            CustomerNumber(tenant_id=known.tenant_id, customer_id=other.id, address=NUMBER, kind="mobile")
        )
    send(boss, f"/customers/{known.customer_id}/erase", {"reason": "asked"})

    with app.extensions["carillon"].database.reading(known.tenant_id) as session:
        assert suppression.suppressed(session, known.tenant_id, [NUMBER]) == {NUMBER: {"marketing"}}
        assert session.scalars(select(ErasedSuppression)).all() == []


def _open_case(session: ScopedSession, company: Company) -> None:
    tenant = session.get_one(Tenant, company.tenant_id)
    cases.open_case(session, tenant, "record:77", kind="wish", who="x", customer_id=company.customer_id)


def _open_order(session: ScopedSession, company: Company) -> None:
    tenant = session.get_one(Tenant, company.tenant_id)
    work_orders.open_order(
        session, tenant, number="A-2", customer_id=company.customer_id, origin="x", who="x"
    )


def _call_under_way(session: ScopedSession, company: Company) -> None:
    theirs = select(Delivery.id).where(Delivery.customer_id == company.customer_id)
    attempt = session.scalars(
        select(Attempt).where(Attempt.delivery_id.in_(theirs), Attempt.channel == "voice")
    ).first()
    assert attempt
    attempt.state = "accepted"


@pytest.mark.parametrize(
    ("stands", "reason", "told"),
    [
        pytest.param(_open_case, "asked", "is open; close it first", id="an open case"),
        pytest.param(
            _open_order, "asked", "is under way; deliver or cancel it first", id="a car in the workshop"
        ),
        pytest.param(_call_under_way, "asked", "Something is on its way", id="a call under way"),
        pytest.param(
            None, " ", "Write down who asked for it and when, in at most 400 characters", id="no reason"
        ),
        pytest.param(
            None,
            "x" * 401,
            "Write down who asked for it and when, in at most 400 characters",
            id="a reason too long",
        ),
    ],
)
def test_what_is_under_way_comes_to_its_end_first(
    app: Flask, known: Company, boss: FlaskClient, stands: Any, reason: str, told: str
) -> None:
    if stands:
        with app.extensions["carillon"].database.session(known.tenant_id) as session:
            stands(session, known)

    answer = send(boss, f"/customers/{known.customer_id}/erase", {"reason": reason})

    assert answer.status_code in (400, 409)
    assert told in words(answer.text)
    with app.extensions["carillon"].database.reading(known.tenant_id) as session:
        assert session.get_one(Customer, known.customer_id).name == "Chen Jie"
        assert (
            session.scalars(select(WorkOrder.wish).where(WorkOrder.number == "A-1")).one() == "squeals a lot"
        )


def test_only_a_supervisor_sees_the_buttons(known: Company, signed_in: SignIn) -> None:
    page = f"/customers/{known.customer_id}"
    assert "everything.zip" not in signed_in("after_sales").get(page).text
    assert f"{page}/erase" in signed_in("supervisor").get(page).text


def test_commands_export_and_erase(app: Flask, known: Company, tmp_path: Path) -> None:
    runner, path, who = app.test_cli_runner(), tmp_path / "copy.zip", str(known.customer_id)

    def run(*arguments: str) -> int:
        return runner.invoke(args=["persons", *arguments, "--tenant", "north"]).exit_code

    assert run("export", "999", str(path)) == 1
    assert run("export", who, str(path)) == 0
    assert zipfile.is_zipfile(path)
    assert run("erase", who, "--reason", "asked") == 1, "nobody said yes"
    assert run("erase", who, "--reason", " ", "--yes") == 1
    assert run("erase", who, "--reason", "asked", "--yes") == 0
    assert run("export", who, str(path)) == 1


def test_a_follow_up_promised_later_finds_no_name(app: Flask, known: Company, boss: FlaskClient) -> None:
    send(boss, f"/customers/{known.customer_id}/erase", {"reason": "asked"})
    with app.extensions["carillon"].database.session(known.tenant_id) as session:
        day = (clock.now() + timedelta(days=1)).date()
        follow_ups.promise(
            session,
            known.tenant_id,
            "late",
            step="agreed",
            customer_id=known.customer_id,
            earliest_on=day,
            due_on=day,
        )
    assert boss.get("/follow-ups?show=coming&whose=all").status_code == 200
    assert boss.get(f"/customers/{known.customer_id}").status_code == 200


def test_nothing_new_is_kept_of_whom_we_have_forgotten(app: Flask, known: Company, boss: FlaskClient) -> None:
    send(boss, f"/customers/{known.customer_id}/erase", {"reason": "asked"})
    crm = program(app, known.tenant_id, "after_sales")

    for path, body in (
        ("/vehicles", {"plate": "X1"}),
        ("/work-orders", {"number": "Z1"}),
        (
            "/letters",
            {"subject": "s", "sender": "us", "kind": "notice", "sent_on": "2026-11-20", "proof": "RR1"},
        ),
    ):
        answer = crm.post(path, {"customer_id": known.customer_id, **body})
        assert answer.status_code == 422, path
        assert "customer_id" in answer.text, path
