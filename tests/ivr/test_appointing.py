"""What calls do about appointments, with real rows: by whom they are made or whom they are about, once, and for nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import select

from aftersales import appointments, slots
from aftersales.appointments import Wanted
from aftersales.models import Appointment, Outreach
from aftersales.slots import Pattern
from core import clock
from core.models import Tenant
from core.runtime import Runtime
from customers.models import Customer
from flows.language.turn import Refused, Told
from ivr.asks import Desk
from ivr.leg import Asking, Leg
from outbound.models import Delivery, Source
from tests.ivr.conftest import NOON
from tests.ivr.phone import ACCOUNT, CALLER, HOTLINE

LEG = Leg("CA" + "a" * 32, ACCOUNT, CALLER, HOTLINE, "in")
ANN, BOB = 1, 2


class Line:
    """Tenant 1 with six slots tomorrow and a customer on the line."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        tomorrow = NOON.date() + timedelta(days=1)
        with runtime.database.session(1) as session:
            for number, name in ((ANN, "Ann"), (BOB, "Bob")):
                session.add(Customer(id=number, tenant_id=1, name=name, created_at=NOON))
            session.flush()
            pattern = Pattern(
                "Bay 1", tomorrow, tomorrow, time(8), time(14), 60, weekdays=range(7), skips_holidays=False
            )
            slots.open_slots(session, session.get_one(Tenant, 1), pattern, "sue")

    def book(self, customer_id: int, slot_id: int) -> int:
        with self.runtime.database.session(1) as session:
            wanted = Wanted(customer_id, f"test:{slot_id}")
            return appointments.book(session, session.get_one(Tenant, 1), slot_id, wanted, "sue").id

    def ask(
        self, what: str, person: int = ANN, turn: int = 1, leg: Leg = LEG, delivery_id: int = 0, **given: str
    ) -> Told | Refused:
        key = f"call:{leg.call_sid}:{turn}:2"
        asking = Asking(leg, key, "booking", "it", "en", person, given, delivery_id)
        return Desk(self.runtime)._ask(what, 1, asking)

    def states(self) -> list[tuple[int, int | None, str]]:
        """Slot, customer and state of each appointment."""
        with self.runtime.database.reading(1) as session:
            rows = session.scalars(select(Appointment).order_by(Appointment.id))
            return [(one.slot_id, one.customer_id, one.state) for one in rows]


@pytest.fixture
def line(runtime: Runtime) -> Iterator[Line]:
    clock.freeze(NOON)
    yield Line(runtime)
    clock.freeze(None)


def test_the_next_appointment_is_told(line: Line) -> None:
    assert line.ask("lookup:appointment") == Refused("not_found")
    line.book(ANN, 2)
    line.book(BOB, 1)
    told = line.ask("lookup:appointment")

    assert isinstance(told, Told)
    assert told.values["time"].endswith("9:00 AM")


@pytest.mark.parametrize(("what", "done"), [("confirm", "confirmed"), ("cancel", "cancelled")])
def test_it_is_confirmed_or_cancelled_by_whom_it_belongs_to(line: Line, what: str, done: str) -> None:
    line.book(BOB, 1)
    assert line.ask(f"appointment:{what}") == Refused("not_found")
    line.book(ANN, 2)

    assert line.ask(f"appointment:{what}") == Told({"done": done})
    assert line.states() == [(1, BOB, "booked"), (2, ANN, done)]


def test_whoever_has_proved_nothing_can_do_nothing(line: Line) -> None:
    line.book(ANN, 1)

    for what in ("lookup:appointment", "appointment:confirm", "appointment:cancel", "appointment:offer"):
        assert line.ask(what, person=0) == Refused("not_found")
    assert line.ask("appointment:take", person=0, choice="1") == Refused("lapsed")
    assert line.states() == [(1, ANN, "booked")]


def test_three_times_are_kept_and_one_is_taken(line: Line) -> None:
    line.book(ANN, 1)
    told = line.ask("appointment:offer")
    assert isinstance(told, Told)
    assert [said[-7:].strip() for said in told.values.values()] == ["9:00 AM", "0:00 AM", "1:00 AM"]
    assert line.ask("appointment:offer") == told, "the same turn again"
    assert [state for *_, state in line.states()] == ["booked", "offered", "offered", "offered"]

    taken = line.ask("appointment:take", turn=2, choice="2")
    assert isinstance(taken, Told)
    assert taken.values["done"] == "moved"
    assert line.ask("appointment:take", turn=2, choice="2") == taken, "the same turn again"
    assert line.states() == [(1, ANN, "moved"), (2, ANN, "expired"), (3, ANN, "booked"), (4, ANN, "expired")]


def test_later_times_are_offered_and_those_before_let_go(line: Line) -> None:
    line.ask("appointment:offer")
    line.ask("appointment:offer", turn=2)
    assert [(slot, state) for slot, _, state in line.states()] == [
        (1, "expired"), (2, "expired"), (3, "expired"), (4, "offered"), (5, "offered"), (6, "offered"),
    ]  # fmt: skip
    assert line.ask("appointment:offer", turn=3) == Refused("no_place")


def test_who_has_none_books_one(line: Line) -> None:
    line.ask("appointment:offer")
    taken = line.ask("appointment:take", turn=2, choice="1")

    assert isinstance(taken, Told)
    assert taken.values["done"] == "booked"
    assert line.states()[0] == (1, ANN, "booked")


def test_two_callers_are_offered_different_times(line: Line) -> None:
    other = replace(LEG, call_sid="CA" + "b" * 32)
    line.ask("appointment:offer")
    line.ask("appointment:offer", person=BOB, leg=other)

    assert [slot for slot, *_ in line.states()] == [1, 2, 3, 4, 5, 6]
    assert line.ask("appointment:take", turn=2, choice="9") == Refused("lapsed")


def test_an_offer_that_lapsed_is_not_taken(line: Line) -> None:
    line.ask("appointment:offer")
    clock.advance(timedelta(minutes=10))

    assert line.ask("appointment:take", turn=2, choice="1") == Refused("lapsed")


def test_a_call_of_ours_is_about_the_appointment_it_was_made_for(line: Line) -> None:
    line.book(ANN, 1)
    second = line.book(ANN, 2)
    with line.runtime.database.session(1) as session:
        source = Source(
            tenant_id=1, name="outreach:9:voice", channel="voice", purpose="transactional", priority=1, content={}, created_at=NOON
        )  # fmt: skip
        session.add(source)
        session.flush()
        call = Delivery(
            tenant_id=1, source_id=source.id, customer_id=ANN, channel="voice", address=CALLER, language="en", due_at=NOON,
            expires_at=NOON + timedelta(days=1), created_at=NOON,
        )  # fmt: skip
        session.add(call)
        session.flush()
        mine = session.scalars(select(Outreach).where(Outreach.subject_id == second)).all()
        assert mine == [], "booked a day ahead, nobody is reminded"
        session.add(
            Outreach(
                tenant_id=1, kind="appointment", key="appointment:2", customer_id=ANN, subject_id=second, state="sent", call_id=call.id,
                due_at=NOON, expires_at=NOON, created_at=NOON,
            )
        )  # fmt: skip
        delivery_id = call.id

    assert line.ask("appointment:cancel", person=0, delivery_id=delivery_id) == Told({"done": "cancelled"})
    assert line.states() == [(1, ANN, "booked"), (2, ANN, "cancelled")]
    with line.runtime.database.reading(1) as session:
        assert session.scalars(select(Outreach.state)).all() == ["sent"], "it is heard of with its proof"
