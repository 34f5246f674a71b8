"""Customers reminded of an appointment: real calls and texts over the exchange, confirmed, moved, cancelled, with effect once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from aftersales import appointments, slots
from aftersales.appointments import Wanted
from aftersales.jobs import arrange, hear
from aftersales.models import Appointment, FollowUp, Outreach, Slot
from aftersales.slots import Pattern
from core import clock
from core.models import Staff, Tenant
from flows import publish
from flows.language.rules import Rules
from ivr import asks
from tests import plant as plants
from tests.plant import MORNING, Plant

NUMBER = "+1415555{}".format
# what each customer does, how the appointment stands then, what is kept as the answer, and who is to call
PEOPLE: dict[str, tuple[dict[str, Any], str, str, str]] = {
    NUMBER(3001): ({"keys": ["1", "1"]}, "confirmed", "confirmed", ""),
    NUMBER(3002): ({"keys": ["1", "2", "2"]}, "moved", "moved", ""),
    NUMBER(3003): ({"keys": ["1", "3", "1"]}, "cancelled", "cancelled", ""),
    NUMBER(3004): ({"keys": ["1", "2", "0"]}, "booked", "", "asked_for_person"),
    NUMBER(3005): ({"voice": "invalid", "reply": "1", "reply_after_s": 30}, "confirmed", "confirmed", ""),
}


@pytest.fixture
def plant(fresh_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    # a busy machine is no failure of the code
    monkeypatch.setattr(asks, "PATIENCE_S", 30.0)
    people = plants.population({"numbers": {number: does for number, (does, *_) in PEOPLE.items()}})
    found, stop = plants.start(fresh_url, tmp_path, people)
    yield found
    stop()


@pytest.mark.storage
def test_each_customer_is_reminded_once_and_what_they_say_happens_once(plant: Plant) -> None:
    ids = plant.customers(*PEOPLE)
    tomorrow = MORNING.astimezone(ZoneInfo("America/New_York")) + timedelta(days=1, hours=1)
    with plant.session() as session:
        tenant = session.get_one(Tenant, 1)
        session.add(Staff(tenant_id=1, email="a@x.example", name="Ann", password="", roles=["after_sales"], created_at=MORNING))  # fmt: skip
        publish.publish(session, 1, publish.library("appointment"), Rules(), clock.now())
        opens, closes = tomorrow.time(), (tomorrow + timedelta(hours=6)).time()
        pattern = Pattern("Bay 1", tomorrow.date(), tomorrow.date(), opens, closes, 60, places=len(ids))
        slots.open_slots(session, tenant, pattern, "sue")
        first = slots.free(session, clock.now(), limit=1)[0].slot.id
        for customer_id in ids:
            appointments.book(session, tenant, first, Wanted(customer_id, f"test:{customer_id}"), "sue")
        # an hour goes by
        session.execute(update(Outreach).values(due_at=clock.now()))

    plant.run_until(lambda: _is_settled(plant), timeout_s=90)

    with plant.session() as session:
        address = dict(zip(ids, PEOPLE, strict=True))
        booked = select(Appointment).where(Appointment.slot_id == first)
        stands = {address[one.customer_id or 0]: one.state for one in session.scalars(booked)}
        asked = {address[one.customer_id]: one for one in session.scalars(select(Outreach).where(Outreach.key.like("appointment:%"), Outreach.state != "waiting"))}  # fmt: skip
        called = {address[one.customer_id]: one.reason for one in session.scalars(select(FollowUp))}
        moved = session.execute(
            select(Appointment.customer_id, Slot.starts_at, Appointment.state)
            .join(Slot, Slot.id == Appointment.slot_id)
            .where(Appointment.earlier_id.is_not(None), Appointment.state == "booked")
        ).all()
    assert stands == {number: expected[1] for number, expected in PEOPLE.items()}
    assert {number: one.answer for number, one in asked.items()} == {
        number: expected[2] for number, expected in PEOPLE.items()
    }
    assert called == {number: expected[3] for number, expected in PEOPLE.items() if expected[3]}
    assert [(address[row[0]], row[1] - first_at(plant, first), row[2]) for row in moved] == [
        (NUMBER(3002), timedelta(hours=2), "booked")
    ]
    assert asked[NUMBER(3002)].proof.startswith("call CA")
    assert asked[NUMBER(3005)].proof.startswith("text SM")
    reached = sorted(row["to"] for row in plant.contacts())
    assert reached == sorted([*PEOPLE, NUMBER(3005)]), "one call each, and a text to whom no call reached"


def first_at(plant: Plant, slot_id: int) -> Any:
    with plant.session() as session:
        return slots.get(session, slot_id).starts_at


def _is_settled(plant: Plant) -> bool:
    arrange(plant.runtime, plant.pool)
    hear(plant.runtime, plant.pool)
    with plant.session() as session:
        states = session.scalars(select(Outreach.state).where(Outreach.due_at <= clock.now())).all()
    return len(states) >= len(PEOPLE) and not {"waiting", "sent"} & set(states)
