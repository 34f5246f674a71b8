"""Service due: told once for each date, by the day entered or the interval; not to whoever comes anyway; a wish has an owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from aftersales import letters, service_due, settings
from aftersales.models import Appointment, Case, Letter, Outreach, WorkOrder
from aftersales.written import printed
from core import clock
from core.errors import WrongFields
from core.models import Tenant
from core.runtime import Runtime
from customers.models import Customer, CustomerNumber, Vehicle
from customers.suppression import opt_out
from flows.language.rules import Rules
from flows.language.turn import Told
from flows.publish import library, publish
from ivr.appointing import ACTS
from ivr.leg import Asking, Leg
from outbound.models import Delivery, Sender, Source
from tests.aftersales.booked import TODAY
from tests.aftersales.test_reminders import NUMBER, Reminded
from tests.outbound.letters.test_pdf import texts

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


WRITTEN = """
automated:
  service_due: [voice, fax, post]
  variables: {company_phone: "+18005550100", opt_out_phone: "+18005550100", opt_out_fax: "+18005550102"}
"""
FAX = "+14155552009"


class Written(Fleet):
    """The first customer is named and lives somewhere; what can be told of the vehicle is written."""

    def __init__(
        self, runtime: Runtime, rules: str = WRITTEN, address: str = "12 Quay Road", fax: str = ""
    ) -> None:
        super().__init__(runtime, rules)
        with self.session() as session:
            session.get_one(Customer, 1).address = address
            session.add(Sender(tenant_id=1, channel="fax", address="+18005550102", rate_per_s=1.0, next_at=clock.now()))  # fmt: skip
            if fax:
                session.add(CustomerNumber(tenant_id=1, customer_id=1, address=fax, kind="fax"))

    def due(self) -> None:
        """A vehicle is due, and the first channel has tried."""
        self.vehicle(next_service_on=SOON)
        self.tell()
        self.step()

    def fails(self) -> None:
        """Whatever is on its way does not arrive."""
        with self.session() as session:
            for delivery in session.scalars(select(Delivery).where(Delivery.state == "pending")):
                delivery.state, delivery.cause, delivery.ended_at = "failed", "no_answer", clock.now()
        clock.advance(timedelta(minutes=2))
        self.step()

    def outcome(self) -> tuple[str, str]:
        (one,) = self.rows(Outreach)
        return one.state, one.reason

    def sent(self) -> list[str]:
        return [source.channel for source in self.rows(Source)]

    def letters(self) -> list[tuple[str, str]]:
        return [(letter.state, letter.address) for letter in self.rows(Letter) if letter.means == "post"]


def test_who_cannot_be_called_is_faxed(runtime: Runtime) -> None:
    written = Written(runtime, fax=FAX)
    written.due()
    written.fails()

    assert (written.sent(), written.letters()) == (["voice", "fax"], [])
    fax = written.rows(Delivery)[-1]
    assert (fax.channel, fax.address, fax.variables["vehicle"]) == ("fax", FAX, "B-7")
    written.arrives()
    written.step()
    assert written.outcome() == ("told", "")


def test_who_has_no_line_is_written_to_and_told_once_that_is_posted(runtime: Runtime) -> None:
    written = Written(runtime)
    written.due()
    written.fails()

    assert (written.sent(), written.letters(), written.outcome()) == (
        ["voice"],
        [("made", "12 Quay Road")],
        ("sent", ""),
    )
    (letter,) = written.rows(Letter)
    assert (letter.kind, letter.subject, letter.due_on) == (
        "notice",
        "B-7 is due for service",
        TODAY + timedelta(days=2),
    )
    written.step()
    with written.session() as session:
        tenant, found = session.get_one(Tenant, 1), letters.get(session, letter.id)
        pdf = printed(session, tenant, found)
        letters.posted(session, tenant, found, sent_on=TODAY, sender="Ann", proof="RR 1", pdf=pdf, who="ann")
    written.step()

    said = " ".join(texts(pdf))
    assert "Dear Li 1" in said
    assert "Sat, Nov 28" in said
    assert "faxes" not in said, "it is none"
    assert (written.outcome(), len(written.letters())) == (("told", ""), 1)


@pytest.mark.parametrize(
    ("address", "scope", "outcome"),
    [
        pytest.param("", "", ("failed", "no_address"), id="nobody knows where they live"),
        pytest.param("12 Quay Road", "all", ("failed", "suppressed"), id="they want no contact"),
        pytest.param(
            "12 Quay Road", "marketing", ("sent", ""), id="they want no advertising, which this is not"
        ),
    ],
)
def test_a_letter_needs_an_address_and_nobody_s_refusal(
    runtime: Runtime, address: str, scope: str, outcome: tuple[str, str]
) -> None:
    written = Written(runtime, address=address)
    written.due()
    if scope:
        with written.session() as session:
            opt_out(session, 1, NUMBER, scope, "staff", "staff:1", clock.now())
    written.fails()

    assert written.outcome() == outcome


@pytest.mark.parametrize(
    ("happens", "outcome"),
    [
        pytest.param(lambda one: one.book(1, vehicle_id=1), ("withdrawn", "not_needed"), id="its owner books a time"),
        pytest.param(lambda one: one.not_posted(), ("failed", "not_posted"), id="nobody will post it"),
    ],
)  # fmt: skip
def test_a_letter_nobody_needs_is_not_posted(
    runtime: Runtime, happens: Callable[[Any], Any], outcome: tuple[str, str]
) -> None:
    class Waiting(Written):
        def not_posted(self) -> None:
            with self.session() as session:
                letters.not_posted(session, letters.get(session, 1), "ann")

    written = Waiting(runtime)
    written.due()
    written.fails()
    happens(written)
    with written.session() as session:
        service_due.take_back(session, session.get_one(Tenant, 1), clock.now())
    written.step()

    assert (written.outcome(), written.letters()) == (outcome, [("failed", "12 Quay Road")])


def test_nobody_is_written_to_who_has_booked_meanwhile(runtime: Runtime) -> None:
    written = Written(runtime)
    written.due()
    written.book(1, vehicle_id=1)
    written.fails()

    assert (written.outcome(), written.letters()) == (("withdrawn", "not_needed"), [])


def test_a_channel_that_had_nothing_to_try_is_not_counted(runtime: Runtime) -> None:
    """Voice has no flow to play, so the text is the first; when it fails, nothing is left."""
    fleet = Reminded(runtime, rules="automated: {service_due: [voice, sms]}")
    Fleet.vehicle(fleet, next_service_on=SOON)  # type: ignore[arg-type]  # a fleet whose flow is not published
    with fleet.session() as session:
        service_due.tell(session, session.get_one(Tenant, 1), clock.now())
    fleet.step()
    assert [source.channel for source in fleet.rows(Source)] == ["sms"]
    Written.fails(fleet)  # type: ignore[arg-type]  # as above

    (one,) = fleet.rows(Outreach)
    assert (one.state, one.reason) == ("failed", "no_answer")


@pytest.mark.parametrize(
    ("channel", "lacking"),
    [("fax", "company_phone, opt_out_fax, opt_out_phone"), ("post", "company_phone")],
)
@pytest.mark.parametrize("what", ["service_due", "quote"])
def test_a_letter_s_numbers_must_be_known(what: str, channel: str, lacking: str) -> None:
    with pytest.raises(WrongFields) as refused:
        settings.read(f"automated: {{{what}: [{channel}]}}")

    assert lacking in str(refused.value.faults[0].detail)
