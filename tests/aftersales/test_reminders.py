"""Reminders of appointments: planned once, given up when they are not needed, answered by key or by text with effect once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from aftersales import appointments, closing_slots, outreach_heard, settings
from aftersales.models import Appointment, FollowUp, Outreach
from core import clock
from core.models import Tenant
from core.runtime import Runtime
from customers.models import CustomerNumber
from flows.language.rules import Rules
from flows.publish import library, publish
from outbound.models import Delivery, InboundText, Sender, Source
from tests.aftersales.booked import MORNING, Booked

pytestmark = pytest.mark.storage
NUMBER, CHINESE = "+14155552001", "+8613817704401"
# tomorrow is too near for a reminder, the day after is not
LATER = replace(MORNING, last_on=MORNING.last_on + timedelta(days=1), closes=time(12))
FRIDAY = 5


class Reminded(Booked):
    """The first customer has a telephone; slots 1 to 4 are on Thursday, 5 to 8 on Friday from 8 to 11."""

    def __init__(
        self, runtime: Runtime, number: str = NUMBER, rules: str = "automated: {appointment: [sms]}"
    ) -> None:
        super().__init__(runtime, LATER)
        with self.session() as session:
            settings.change(session, session.get_one(Tenant, 1), settings.read(rules), "test")
            publish(session, 1, library("appointment"), Rules(), clock.now())
            session.add(CustomerNumber(tenant_id=1, customer_id=1, address=number, kind="mobile"))
            for channel in ("voice", "sms"):
                session.add(Sender(tenant_id=1, channel=channel, address="+18005550100", rate_per_s=1.0, next_at=clock.now()))  # fmt: skip

    def step(self) -> None:
        with self.session() as session:
            tenant = session.get_one(Tenant, 1)
            outreach_heard.arrange(session, tenant, clock.now())
            outreach_heard.hear(session, tenant, clock.now())

    def due(self) -> None:
        """The reminder's time comes, and it goes out."""
        clock.advance(timedelta(hours=24))
        self.step()

    def arrives(self) -> None:
        with self.session() as session:
            for delivery in session.scalars(select(Delivery).where(Delivery.state == "pending")):
                delivery.state, delivery.ended_at = "reached", clock.now()
        clock.advance(timedelta(minutes=2))

    def texts(self, answer: str) -> None:
        with self.session() as session:
            delivery = session.scalars(select(Delivery).order_by(Delivery.id.desc()).limit(1)).one()
            session.add(
                InboundText(
                    tenant_id=1, carrier_id=f"SM{delivery.id}{answer}", from_address=NUMBER, to_address="+18005550100", body="1", kind="answer",
                    answer=answer, delivery_id=delivery.id, at=clock.now(),
                )
            )  # fmt: skip
        self.step()

    def reminders(self) -> list[tuple[str, str, str]]:
        """Kind, state and answer of each."""
        return [(one.kind, one.state, one.answer) for one in self.rows(Outreach)]

    def calls(self) -> list[tuple[str, str]]:
        return [(one.step, one.reason) for one in self.rows(FollowUp)]


@pytest.fixture
def shop(runtime: Runtime) -> Reminded:
    return Reminded(runtime)


def test_a_day_before_the_customer_is_reminded_once(shop: Reminded) -> None:
    mine = shop.book(FRIDAY)
    shop.step()
    assert shop.rows(Delivery) == []

    shop.due()
    shop.step()
    (delivery,), (source,) = shop.rows(Delivery), shop.rows(Source)
    assert (delivery.variables["slot"], source.purpose) == ("Fri, Nov 20, 8:00 AM", "transactional")
    assert [one.key for one in shop.rows(Outreach)] == [f"appointment:{mine}"]


def test_whoever_books_for_tomorrow_needs_no_reminder(shop: Reminded) -> None:
    shop.book(1)

    assert shop.reminders() == []


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda shop, mine: shop.cancel(mine), id="cancelled"),
        pytest.param(lambda shop, mine: shop.move(mine, 2), id="moved to an earlier day"),
    ],
)
def test_nobody_is_reminded_of_what_is_over(shop: Reminded, act: Callable[[Reminded, int], Any]) -> None:
    act(shop, shop.book(FRIDAY))
    shop.due()

    assert shop.reminders() == [("appointment", "withdrawn", "")]
    assert shop.rows(Source) == []


def test_a_reminder_that_has_not_left_stays_here_once_it_is_not_needed(shop: Reminded) -> None:
    mine = shop.book(FRIDAY)
    shop.due()
    shop.cancel(mine)

    assert shop.reminders() == [("appointment", "withdrawn", "")]
    assert [one.state for one in shop.rows(Source)] == ["stopped"]


def test_what_was_confirmed_meanwhile_needs_no_reminder(shop: Reminded) -> None:
    mine = shop.book(FRIDAY)
    with shop.session() as session:
        appointments.confirm(session, appointments.get(session, mine), "ann")
    shop.due()

    assert shop.reminders() == [("appointment", "withdrawn", "")]


def test_nobody_is_reminded_once_the_company_wants_no_reminders(shop: Reminded) -> None:
    shop.book(FRIDAY)
    with shop.session() as session:
        rules = settings.read("automated: {appointment: []}")
        settings.change(session, session.get_one(Tenant, 1), rules, "test")
    shop.due()

    assert shop.reminders() == [("appointment", "withdrawn", "")]
    shop.book(FRIDAY + 1)
    assert len(shop.reminders()) == 1


@pytest.mark.parametrize(
    ("answer", "state"),
    [pytest.param("confirmed", "confirmed", id="1"), pytest.param("cancelled", "cancelled", id="3")],
)
def test_a_reply_has_its_effect_once(shop: Reminded, answer: str, state: str) -> None:
    shop.book(FRIDAY)
    shop.due()
    shop.arrives()
    shop.texts(answer)
    shop.texts("cancelled" if answer == "confirmed" else "confirmed")

    assert [row[2] for row in shop.states()] == [state]
    (one,) = shop.rows(Outreach)
    assert (one.state, one.answer) == ("answered", answer)
    assert one.proof.startswith("text SM1")
    assert "asked: Fri, Nov 20, 8:00 AM" in one.proof
    assert shop.calls() == []


def test_who_wants_another_time_is_texted_three_and_chooses_one(shop: Reminded) -> None:
    shop.book(FRIDAY)
    shop.due()
    shop.arrives()
    shop.texts("move")
    shop.step()
    offered = shop.rows(Delivery)[-1].variables
    assert [offered[name] for name in ("first", "second", "third")] == [
        "Thu, Nov 19, 10:00 AM", "Thu, Nov 19, 11:00 AM", "Fri, Nov 20, 9:00 AM",
    ]  # fmt: skip

    shop.arrives()
    shop.texts("third")
    assert shop.states() == [(FRIDAY, 1, "moved"), (FRIDAY + 1, 1, "booked")]
    assert [kind for kind, *_ in shop.reminders()] == ["appointment", "new_time"]
    assert shop.calls() == []


@pytest.mark.parametrize(
    ("answer", "spoils", "reason"),
    [
        pytest.param("none", False, "no_time_suits", id="none suits"),
        pytest.param("third", True, "time_taken", id="somebody else was faster"),
    ],
)
def test_or_a_person_calls_and_the_appointment_stands(
    shop: Reminded, answer: str, spoils: bool, reason: str
) -> None:
    shop.book(FRIDAY)
    shop.due()
    shop.arrives()
    shop.texts("move")
    shop.step()
    shop.arrives()
    if spoils:
        shop.book(FRIDAY + 1, 2)
    shop.texts(answer)

    assert shop.states()[0] == (FRIDAY, 1, "booked")
    assert shop.calls() == [("new_time", reason)]


def test_with_fewer_than_three_free_times_a_person_calls(shop: Reminded) -> None:
    shop.book(FRIDAY)
    with shop.session() as session:
        closing_slots.close(session, session.get_one(Tenant, 1), [1, 2, 3, 4, 7, 8], "sue")
    shop.due()
    shop.arrives()
    shop.texts("move")
    shop.step()

    assert shop.calls() == [("new_time", "content")]


def test_a_reply_to_what_is_over_changes_nothing(shop: Reminded) -> None:
    mine = shop.book(FRIDAY)
    shop.due()
    shop.arrives()
    clock.advance(timedelta(hours=24))
    shop.close(mine, True)
    shop.texts("cancelled")

    assert [row[2] for row in shop.states()] == ["kept"]
    assert shop.rows(Outreach)[0].answer == "cancelled", "it is on record"


def test_who_cannot_be_reached_is_nobody_s_call(runtime: Runtime) -> None:
    shop = Reminded(runtime, CHINESE)
    shop.book(FRIDAY)
    shop.due()

    assert shop.reminders() == [("appointment", "failed", "")]
    assert (shop.rows(Outreach)[0].reason, shop.calls()) == ("text_one_way", [])
    assert [one.state for one in shop.rows(Appointment)] == ["booked"]
