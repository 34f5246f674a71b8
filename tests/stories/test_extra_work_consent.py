"""Customers asked about work found on the way: real calls and texts over the exchange, answered once, with proof, recorded (R-56)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from aftersales import extra_work, work_orders
from aftersales import recordings as call_recordings
from aftersales.extra_work import Found
from aftersales.jobs import arrange, hear
from aftersales.models import CallRecord, CallRecording, ExtraWork, FollowUp, WorkOrder
from console import persons
from core import clock
from core.errors import NotFound
from core.models import Staff, Tenant
from customers.models import Customer
from flows import publish
from flows.language.rules import Rules
from ivr import erasing, recordings
from tests import plant as plants
from tests.plant import MORNING, Plant

NUMBER = "+1415555{}".format
# what each customer does, what becomes of the work, how its proof begins, and why a person is to call
PEOPLE: dict[str, tuple[dict[str, Any], str, str, str]] = {
    NUMBER(4001): ({"keys": ["1", "1"]}, "agreed", "call CA", ""),
    NUMBER(4002): ({"keys": ["1", "2"]}, "refused", "call CA", ""),
    NUMBER(4003): ({"voice": "invalid", "reply": "1", "reply_after_s": 30}, "agreed", "text SM", ""),
    NUMBER(4004): ({"voice": "invalid", "reply": "2", "reply_after_s": 30}, "refused", "text SM", ""),
    NUMBER(4005): ({"keys": ["1", "0"]}, "unanswered", "", "asked_for_person"),
}


# takes the call and presses nothing
SILENT = NUMBER(4006)


@pytest.fixture
def plant(fresh_url: str, tmp_path: Path) -> Iterator[Plant]:
    people = plants.population(
        {"numbers": {SILENT: {"keys": []}, **{number: does for number, (does, *_) in PEOPLE.items()}}}
    )
    found, stop = plants.start(fresh_url, tmp_path, people)
    yield found
    stop()


@pytest.mark.storage
def test_each_customer_is_asked_and_the_answer_is_kept_with_its_proof(plant: Plant) -> None:
    ids = plant.customers(*PEOPLE)
    with plant.session() as session:
        tenant = session.get_one(Tenant, 1)
        session.add(Staff(tenant_id=1, email="a@x.example", name="Ann", password="", roles=["after_sales"], created_at=MORNING))  # fmt: skip
        publish.publish(session, 1, publish.library("extra_work"), Rules(), clock.now())
        for customer_id in ids:
            order = work_orders.open_order(
                session, tenant, number=f"W{customer_id}", customer_id=customer_id, currency="USD", origin="test", who="x"
            )  # fmt: skip
            work_orders.advance(session, tenant, order, "workshop", "x")
            found = Found("Brake discs", 128_000, clock.now() + timedelta(hours=5))
            extra_work.ask(session, tenant, order, found, "x")

    plant.run_until(lambda: _is_settled(plant), timeout_s=90)

    with plant.session() as session:
        address = dict(zip(ids, PEOPLE, strict=True))
        rows = session.execute(
            select(WorkOrder, ExtraWork).join(ExtraWork, ExtraWork.work_order_id == WorkOrder.id)
        ).all()
        called = {address[one.customer_id]: one.reason for one in session.scalars(select(FollowUp).where(FollowUp.step == "extra_work"))}  # fmt: skip
    assert {address[order.customer_id]: extra.state for order, extra in rows} == {
        number: expected[1] for number, expected in PEOPLE.items()
    }
    for order, extra in rows:
        begins = PEOPLE[address[order.customer_id]][2]
        assert extra.proof.startswith(begins)
        assert not begins or extra.proof.endswith("asked: Brake discs, 1,280.00 US dollars")
        assert [item["text"] for item in order.items] == (["Brake discs"] if extra.state == "agreed" else [])
    assert called == {number: expected[3] for number, expected in PEOPLE.items() if expected[3]}
    assert sorted(row["to"] for row in plant.contacts()) == sorted([*PEOPLE, NUMBER(4003), NUMBER(4004)]), (
        "one call each, and a text to whom no call reached"
    )


@pytest.mark.storage
@pytest.mark.long
def test_the_answer_is_recorded_and_the_recording_deleted_with_the_person(plant: Plant) -> None:
    agreed, alone = plant.customers(NUMBER(4001), SILENT)
    with plant.session() as session:
        tenant = session.get_one(Tenant, 1)
        session.add(Staff(tenant_id=1, email="a@x.example", name="Ann", password="", roles=["after_sales"], created_at=MORNING))  # fmt: skip
        publish.publish(session, 1, publish.library("extra_work"), Rules(), clock.now())
        for customer_id in (agreed, alone):
            order = work_orders.open_order(
                session, tenant, number=f"W{customer_id}", customer_id=customer_id, currency="USD", origin="test", who="x"
            )  # fmt: skip
            work_orders.advance(session, tenant, order, "workshop", "x")
            extra_work.ask(
                session, tenant, order, Found("Brake discs", 128_000, clock.now() + timedelta(hours=5)), "x"
            )

    plant.run_until(lambda: _is_answered(plant, agreed), timeout_s=90)

    with plant.session() as session:
        (kept,) = session.scalars(select(CallRecording)).all()
        order, extra = session.execute(
            select(WorkOrder, ExtraWork).join(ExtraWork, ExtraWork.work_order_id == WorkOrder.id).where(WorkOrder.customer_id == agreed)
        ).one()  # fmt: skip
        assert call_recordings.of_order(session, order.id) == {extra.id: [kept]}, (
            "who pressed no key is not recorded"
        )
        assert kept.call_id in extra.proof
    assert recordings.fetch(plant.runtime.config, kept.recording_id).startswith(b"RIFF")

    with plant.session() as session:
        work_orders.advance(
            session, session.get_one(Tenant, 1), session.get_one(WorkOrder, order.id), "delivered", "x"
        )
        assert persons.erase(session, session.get_one(Customer, agreed), "asked for it", "x") == 1
    with plant.session() as session:
        tenant = session.get_one(Tenant, 1)
    assert erasing.delete_recordings(plant.runtime, tenant) == 1
    with pytest.raises(NotFound):
        recordings.fetch(plant.runtime.config, kept.recording_id)


def _is_answered(plant: Plant, customer_id: int) -> bool:
    """Whether that customer has agreed, in a call that is over, and the other one was called too."""
    _is_settled(plant)
    with plant.session() as session:
        agreed = select(ExtraWork.id).join(WorkOrder, WorkOrder.id == ExtraWork.work_order_id)
        agreed = agreed.where(WorkOrder.customer_id == customer_id, ExtraWork.state == "agreed")
        recorded = session.scalar(select(CallRecording.id).limit(1))
        calls = session.scalars(select(CallRecord.id)).all()
        return bool(session.scalar(agreed) and recorded and len(calls) == 2)


def _is_settled(plant: Plant) -> bool:
    arrange(plant.runtime, plant.pool)
    hear(plant.runtime, plant.pool)
    with plant.session() as session:
        return session.scalar(select(ExtraWork.id).where(ExtraWork.state == "asked").limit(1)) is None
