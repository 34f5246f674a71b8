"""Service due: told once for each date, by the day entered or the interval; not to whoever comes anyway; a wish has an owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from aftersales import service_due
from aftersales.models import Appointment, Case, Outreach, WorkOrder
from core import clock
from core.models import Tenant
from core.runtime import Runtime
from customers.models import Customer, Vehicle
from flows.language.rules import Rules
from flows.language.turn import Told
from flows.publish import library, publish
from ivr.appointing import ACTS
from ivr.leg import Asking, Leg
from outbound.models import Delivery, Source
from tests.aftersales.booked import TODAY
from tests.aftersales.test_reminders import NUMBER, Reminded

pytestmark = pytest.mark.storage
SOON = TODAY + timedelta(days=10)
YEAR_AGO = SOON.replace(year=SOON.year - 1)


class Fleet(Reminded):
    """The first customer's vehicles."""

    def __init__(self, runtime: Runtime, rules: str = "automated: {service_due: [voice, sms]}") -> None:
        super().__init__(runtime, rules=rules)
        with self.session() as session:
            publish(session, 1, library("service_due"), Rules(), clock.now())

    def vehicle(self, customer_id: int = 1, **values: Any) -> int:
        with self.session() as session:
            one = Vehicle(tenant_id=1, customer_id=customer_id, plate="B-7", **values)
            session.add(one)
            session.flush()
            return one.id

    def job(self, vehicle_id: int, state: str, delivered_on: date | None) -> None:
        at = datetime.combine(delivered_on, clock.now().timetz()) if delivered_on else None
        with self.session() as session:
            session.add(
                WorkOrder(
                    tenant_id=1, number=f"W{vehicle_id}", customer_id=1, vehicle_id=vehicle_id, state=state, origin="test",
                    received_at=at or clock.now(), delivered_at=at, created_at=clock.now(),
                )
            )  # fmt: skip

    def erase(self) -> None:
        with self.session() as session:
            session.get_one(Customer, 1).erased_at = clock.now()

    def tell(self) -> int:
        with self.session() as session:
            return service_due.tell(session, session.get_one(Tenant, 1), clock.now())

    def told(self) -> list[str]:
        return [one.key for one in self.rows(Outreach)]


@pytest.fixture
def fleet(runtime: Runtime) -> Fleet:
    return Fleet(runtime)


@pytest.mark.parametrize(
    ("values", "due_on"),
    [
        pytest.param({"next_service_on": SOON}, SOON, id="on the day entered"),
        pytest.param({"next_service_on": TODAY}, TODAY, id="today"),
        pytest.param({"next_service_on": TODAY + timedelta(days=14)}, TODAY + timedelta(days=14), id="in two weeks"),
        pytest.param({"next_service_on": TODAY + timedelta(days=15)}, None, id="later"),
        pytest.param({"next_service_on": TODAY - timedelta(days=1)}, None, id="past"),
        pytest.param({"service_every_months": 12, "sold_on": YEAR_AGO}, SOON, id="a year after it was sold"),
        pytest.param({"service_every_months": 6, "sold_on": YEAR_AGO}, None, id="half a year ago already"),
        pytest.param({"service_every_months": 12, "sold_on": YEAR_AGO, "next_service_on": date(2027, 9, 1)}, None, id="the day entered goes first"),
        pytest.param({"service_every_months": 12}, None, id="nobody knows since when"),
        pytest.param({}, None, id="nothing is known"),
    ],
)  # fmt: skip
def test_who_is_due_is_told_once(fleet: Fleet, values: dict[str, Any], due_on: date | None) -> None:
    one = fleet.vehicle(**values)
    fleet.tell()
    fleet.tell()

    assert fleet.told() == ([f"service_due:{one}:{due_on}"] if due_on else [])


def test_the_interval_counts_from_the_last_time_it_was_here(fleet: Fleet) -> None:
    one = fleet.vehicle(service_every_months=12, sold_on=date(2020, 1, 1))
    fleet.job(one, "followed_up", YEAR_AGO)
    fleet.tell()

    assert fleet.told() == [f"service_due:{one}:{SOON}"]


def test_another_date_is_told_of_again(fleet: Fleet) -> None:
    one = fleet.vehicle(next_service_on=SOON)
    fleet.tell()
    with fleet.session() as session:
        session.get_one(Vehicle, one).next_service_on = SOON + timedelta(days=1)
    fleet.tell()

    assert fleet.told() == [f"service_due:{one}:{SOON}", f"service_due:{one}:{SOON + timedelta(days=1)}"]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda fleet, one: fleet.job(one, "workshop", None), id="it is here"),
        pytest.param(lambda fleet, one: fleet.book(1, vehicle_id=one), id="it is expected"),
        pytest.param(lambda fleet, one: fleet.book(1), id="its owner is expected"),
        pytest.param(lambda fleet, one: fleet.erase(), id="its owner was erased"),
    ],
)
def test_who_comes_anyway_is_not_told(fleet: Fleet, spoil: Callable[[Fleet, int], Any]) -> None:
    spoil(fleet, fleet.vehicle(next_service_on=SOON))

    assert fleet.tell() == 0


def test_nobody_is_told_unless_the_company_wants_it(runtime: Runtime) -> None:
    fleet = Fleet(runtime, "{}")
    fleet.vehicle(next_service_on=SOON)

    assert fleet.tell() == 0


@pytest.mark.parametrize(
    ("prefers", "channel"), [("", "voice"), ("voice", "voice"), ("sms", "sms"), ("fax", "voice")]
)
def test_by_the_way_the_customer_prefers(fleet: Fleet, prefers: str, channel: str) -> None:
    with fleet.session() as session:
        session.get_one(Customer, 1).preferred_channel = prefers
    fleet.vehicle(next_service_on=SOON)
    fleet.tell()
    fleet.step()

    (source,) = fleet.rows(Source)
    assert (source.channel, source.purpose) == (channel, "service")
    (delivery,) = fleet.rows(Delivery)
    assert (delivery.variables["vehicle"], delivery.variables["day"]) == ("B-7", "Sat, Nov 28")


@pytest.mark.parametrize(("answer", "kinds"), [("book", ["appointment"]), ("not_now", [])])
def test_a_reply_that_wants_a_time_is_somebody_s_case(
    runtime: Runtime, answer: str, kinds: list[str]
) -> None:
    fleet = Fleet(runtime, "automated: {service_due: [sms]}")
    fleet.vehicle(next_service_on=SOON)
    fleet.tell()
    fleet.step()
    fleet.arrives()
    fleet.texts(answer)
    fleet.texts("not_now" if answer == "book" else "book")

    assert [(case.kind, case.owner_id, case.text) for case in fleet.rows(Case)] == [
        (kind, 2, "B-7, Sat, Nov 28") for kind in kinds
    ]
    assert fleet.calls() == []


def test_in_the_call_a_time_is_booked_for_that_vehicle(fleet: Fleet) -> None:
    one = fleet.vehicle(next_service_on=SOON)
    fleet.tell()
    fleet.step()
    with fleet.session() as session:
        tenant = session.get_one(Tenant, 1)
        call_id = session.scalars(select(Outreach.call_id)).one() or 0
        leg = Leg("CA" + "1" * 32, "AC1", "+18005550100", NUMBER, "out")
        asking = Asking(leg, f"call:{leg.call_sid}:1:2", "service_due", "offer", "en", 0, {}, call_id)
        ACTS["offer"](session, tenant, asking)
        done = ACTS["take"](session, tenant, replace(asking, given={"choice": "2"}))

    assert done == Told({"done": "booked", "time": "Thu, Nov 19, 9:00 AM"})
    assert [(row[0], row[2]) for row in fleet.states()] == [(1, "expired"), (2, "booked"), (3, "expired")]
    assert [(made.vehicle_id, made.customer_id) for made in fleet.rows(Appointment)] == [(one, 1)] * 3
