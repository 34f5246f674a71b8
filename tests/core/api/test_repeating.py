"""The same request again: the work is done once, the answer is the same to the byte."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import create_app
from core import clock
from core.api import keys, repeating
from core.config import Config
from core.db import ALL_TENANTS, Database
from core.errors import Conflict
from core.models import KeptAnswer, Tenant
from core.runtime import Runtime
from customers.models import Customer
from tests.api import Program, program, said
from tests.console.world import NOW, Company

ZHAO = {"name": "Zhao Lei", "numbers": [{"address": "13911110001"}]}


def named(app: Flask, name: str) -> int:
    with app.extensions["carillon"].database.reading(ALL_TENANTS) as session:
        return session.scalar(select(func.count()).where(Customer.name == name)) or 0


def test_the_answer_is_kept_to_the_byte(app: Flask, crm: Program) -> None:
    first = crm.post("/customers", ZHAO, again="order-1")
    second = crm.post("/customers", ZHAO, again="order-1")

    assert first.status_code == second.status_code == 201
    assert first.data == second.data
    assert first.headers["Location"] == second.headers["Location"]
    assert second.content_type == first.content_type
    assert named(app, "Zhao Lei") == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("/customers", {**ZHAO, "name": "Other"}, id="another body"),
        pytest.param("/segments/count", ZHAO, id="another address"),
    ],
)
def test_a_used_name_does_not_go_with_another_request(crm: Program, path: str, body: object) -> None:
    crm.post("/customers", ZHAO, again="order-1")

    refused = crm.post(path, body, again="order-1")

    assert (refused.status_code, refused.json and refused.json["code"]) == (422, "idempotency_key_reused")


def test_each_key_has_names_of_its_own(app: Flask, crm: Program, theirs: Company) -> None:
    other = program(app, theirs.tenant_id)

    assert crm.post("/customers", ZHAO, again="order-1").status_code == 201
    assert other.post("/customers", ZHAO, again="order-1").status_code == 201
    assert named(app, "Zhao Lei") == 2


@pytest.mark.parametrize("name", ["", "x" * 201, "a\tb", "键"])
def test_a_name_that_cannot_be_kept_is_refused(crm: Program, name: str) -> None:
    headers = {"Idempotency-Key": name.encode().decode("latin-1")}

    refused = crm.ask("POST", "/customers", json=ZHAO, headers=headers)

    assert refused.status_code == 422
    assert said(refused).keys() == {"Idempotency-Key"}


def test_a_refused_request_may_be_mended_under_the_same_name(app: Flask, crm: Program) -> None:
    assert crm.post("/customers", {"name": "Zhao Lei"}, again="order-1").status_code == 422
    assert crm.post("/customers", ZHAO, again="order-1").status_code == 201


def test_a_day_later_the_name_is_free(app: Flask, crm: Program) -> None:
    crm.post("/customers", ZHAO, again="order-1")
    clock.advance(timedelta(hours=24, minutes=1))

    assert crm.post("/customers", {"name": "Li", "numbers": [{"address": "13911110009"}]}, again="order-1").status_code == 201  # fmt: skip


def test_what_is_worked_on_is_a_conflict_until_its_worker_must_be_dead(app: Flask, crm: Program) -> None:
    runtime: Runtime = app.extensions["carillon"]
    caller = keys.holder(runtime.database, crm.token)
    claim = repeating.begin(runtime.database, caller, "order-1", "hash")
    assert isinstance(claim, repeating.Claim)

    with pytest.raises(Conflict):
        repeating.begin(runtime.database, caller, "order-1", "hash")
    clock.advance(timedelta(seconds=repeating.WORKING_S + 1))
    taken = repeating.begin(runtime.database, caller, "order-1", "hash")
    answer = repeating.Answer(201, "{}", {})

    assert isinstance(taken, repeating.Claim)
    with pytest.raises(Conflict), runtime.database.session(caller.tenant_id) as session:
        repeating.keep(session, claim, answer)
    with runtime.database.session(caller.tenant_id) as session:
        repeating.keep(session, taken, answer)
    assert repeating.begin(runtime.database, caller, "order-1", "hash") == answer


@pytest.mark.storage
def test_of_two_at_once_one_does_the_work(database_url: str, tmp_path: object) -> None:
    app = create_app(Config(database_url=database_url, state_dir=tmp_path), carriers={})
    runtime: Runtime = app.extensions["carillon"]
    with runtime.database.session(ALL_TENANTS) as session:
        session.add(Tenant(id=1, slug="ours", name="Ours", region="CN", created_at=NOW))
    token = program(app, 1).token
    ready = threading.Barrier(6)

    def ask() -> tuple[int, bytes]:
        ready.wait()
        answer = Program(app.test_client(), token).post("/customers", ZHAO, again="order-1")
        return answer.status_code, answer.data

    with ThreadPoolExecutor(6) as pool:
        answers = [task.result() for task in [pool.submit(ask) for _ in range(6)]]
    runtime.spool.close()
    database: Database = runtime.database
    with database.reading(1) as session:
        count = session.scalar(select(func.count()).where(Customer.name == "Zhao Lei"))
        kept = session.scalars(select(KeptAnswer.status)).all()
    database.close()

    assert {status for status, _ in answers} <= {201, 409}
    assert len({body for status, body in answers if status == 201}) == 1
    assert (count, kept) == (1, [201])
