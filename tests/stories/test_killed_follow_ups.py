"""Automated follow-up calls while their worker is killed between asking and hearing: one call each, every promise kept or given back."""

from __future__ import annotations

import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from aftersales import plan, settings
from aftersales.models import CallRecord, FollowUp, WorkOrder
from core import clock
from core.db import ALL_TENANTS
from core.models import Staff, Tenant
from core.turned import write_turn
from flows import publish
from flows.language.lint import Rules
from outbound.models import Attempt, Delivery
from tests import plant as plants
from tests.plant import MORNING, SPEED, Plant
from tests.stories.test_a_killed_worker import hire, wait

__all__ = ["hire"]
DAYS = settings.read("plan: [{step: first, first: 0, last: 7, by: call_then_person}]")
# who answers, who is busy at first, who has no telephone any more, who wants a person
HAPPY, CROSS = ["1", "1", "5", "5", "1", "10", "2"], ["0"]
NUMBERS: dict[str, dict[str, Any]] = {
    **{f"+1415555{n:04}": {"keys": HAPPY} for n in range(1000, 1012)},
    **{f"+1415555{n:04}": {"keys": HAPPY, "voice": ["busy", "human"]} for n in range(1020, 1023)},
    **{f"+1415555{n:04}": {"voice": "invalid"} for n in range(1030, 1032)},
    **{f"+1415555{n:04}": {"keys": CROSS} for n in range(1040, 1042)},
}


@pytest.fixture
def plant(database_url: str, tmp_path: Path) -> Iterator[Plant]:
    people = plants.population({"numbers": NUMBERS})
    found, stop = plants.start(database_url, tmp_path, people)
    yield found
    stop()


def promise(plant: Plant) -> None:
    """One job handed over and one call promised a number."""
    ids = plant.customers(*NUMBERS)
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


def count(plant: Plant, *where: Any) -> int:
    """How many follow-ups, with their deliveries, are so."""
    with plant.runtime.database.reading(ALL_TENANTS) as session:
        joined = select(func.count(FollowUp.id)).outerjoin(Delivery, Delivery.id == FollowUp.delivery_id)
        return session.scalar(joined.where(*where)) or 0


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.storage
@pytest.mark.long
def test_a_worker_killed_between_asking_and_hearing_calls_nobody_twice_and_forgets_nobody(
    plant: Plant, hire: Callable[[], subprocess.Popen[bytes]]
) -> None:
    clock.turn(turn := clock.Turn(clock.real(), MORNING, SPEED))
    write_turn(plant.runtime.database, turn)
    promise(plant)
    asked, ended = FollowUp.state == "calling", Delivery.ended_at.is_not(None)

    first = hire()
    wait(lambda: count(plant, asked, Delivery.attempts > 0) > 3, 60, "nobody is called")
    kill(first)
    second = hire()
    wait(lambda: count(plant, asked, ended) > 3, 60, "no call has ended")
    kill(second)
    assert count(plant, asked), "killed before all was heard"
    third = hire()
    on_its_way = FollowUp.state.in_(("open", "calling")) & (FollowUp.means != "person")
    wait(lambda: not count(plant, on_its_way), 120, "not every call was heard of")
    third.send_signal(signal.SIGTERM)
    assert third.wait(4.5) == 0

    check(plant)


def check(plant: Plant) -> None:
    """What stands in our books against the exchange's own ledger."""
    with plant.runtime.database.reading(ALL_TENANTS) as session:
        kept = Counter(map(tuple, session.execute(select(FollowUp.state, FollowUp.reason))))
        records = session.scalars(select(CallRecord)).all()
        attempts = session.scalars(select(Attempt).where(Attempt.state == "ended")).all()
    assert kept == {("done", ""): 15, ("open", "bad_number"): 2, ("open", "asked_for_person"): 2}
    contacts = plant.contacts()
    keyed = {sid for (sid,) in plant.exchange.ledger.ask("SELECT DISTINCT call FROM keys")}
    spoken = Counter(row["to"] for row in contacts if row["sid"] in keyed)
    assert set(spoken.values()) == {1}, "nobody who had pressed a key is called again"
    assert spoken.keys() == {number for number, does in NUMBERS.items() if "keys" in does}
    assert Counter(one.carrier_id for one in attempts) == Counter(row["sid"] for row in contacts)
    assert Counter(one.call_id for one in records) == Counter(row["sid"] for row in contacts)
