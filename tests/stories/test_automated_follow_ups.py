"""Customers whose first call after a repair is automated: real calls over the exchange, from the plan to the score on record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from aftersales import plan, settings
from aftersales.jobs import arrange, hear
from aftersales.models import CallRecord, Case, FollowUp, WorkOrder
from core import clock
from core.models import Staff, Tenant
from flows import publish
from flows.language.lint import Rules
from tests import plant as plants
from tests.plant import MORNING, Plant

NUMBER = "+1415555{}".format
DAYS = settings.read("plan: [{step: first, first: 0, last: 7, by: call_then_person}]")
# what each customer does, how the follow-up stands then, its reason, the score on record and the case
PEOPLE: dict[str, tuple[dict[str, Any], str, str, int | None, str]] = {
    NUMBER(2001): ({"keys": ["1", "1", "5", "5", "1", "10", "2"]}, "done", "", 5, ""),
    NUMBER(2002): ({"keys": ["1", "1", "1", "2", "2", "03", "2"]}, "open", "low_score", 1, "low_score"),
    NUMBER(2003): ({"keys": ["0"]}, "open", "asked_for_person", None, "call_back"),
    NUMBER(2004): ({"keys": ["9"]}, "open", "suppressed", None, ""),
    NUMBER(2005): ({"voice": "invalid"}, "open", "bad_number", None, ""),
}


@pytest.fixture
def plant(fresh_url: str, tmp_path: Path) -> Iterator[Plant]:
    people = plants.population({"numbers": {number: does for number, (does, *_) in PEOPLE.items()}})
    found, stop = plants.start(fresh_url, tmp_path, people)
    yield found
    stop()


@pytest.mark.storage
def test_each_customer_gets_one_call_and_what_comes_to_nothing_is_a_person_s(plant: Plant) -> None:
    ids = plant.customers(*PEOPLE)
    with plant.session() as session:
        tenant = session.get_one(Tenant, 1)
        session.add(Staff(tenant_id=1, email="a@x.example", name="Ann", password="", roles=["after_sales"], created_at=MORNING))  # fmt: skip
        settings.change(session, tenant, DAYS, "test")
        publish.publish(session, 1, publish.library("survey"), Rules(), clock.now())
        for customer_id in ids:
            order = WorkOrder(
                tenant_id=1, number=f"W{customer_id}", customer_id=customer_id, state="delivered", origin="test",
                received_at=MORNING, delivered_at=MORNING, created_at=MORNING,
            )  # fmt: skip
            session.add(order)
            session.flush()
            plan.on_delivered(session, tenant, order)

    assert arrange(plant.runtime, plant.pool)["arranged"] == len(PEOPLE)
    plant.run_until(lambda: plant.is_over() and _all_heard(plant), timeout_s=60)

    with plant.session() as session:
        found = {
            record.address: (follow_up.state, follow_up.reason, record.satisfaction)
            for follow_up, record in session.execute(
                select(FollowUp, CallRecord).join(CallRecord, CallRecord.follow_up_id == FollowUp.id)
            )
        }
        kinds = {case.address: case.kind for case in session.scalars(select(Case))}
    assert found == {number: expected[1:4] for number, expected in PEOPLE.items()}
    assert kinds == {number: expected[4] for number, expected in PEOPLE.items() if expected[4]}
    called = [row["to"] for row in plant.contacts()]
    assert sorted(called) == sorted(PEOPLE), "the exchange's ledger knows one call each"


def _all_heard(plant: Plant) -> bool:
    hear(plant.runtime, plant.pool)
    with plant.session() as session:
        return session.scalar(select(FollowUp.id).where(FollowUp.state == "calling").limit(1)) is None
